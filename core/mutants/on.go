//go:build mutants

package mutants

// Enabled says whether bugs can be switched on.
const Enabled = true

var on Set

// On is the bugs that are switched on.
func On() Set { return on }

// Switch sets the bugs for the whole process.
func Switch(s Set) { on = s }
