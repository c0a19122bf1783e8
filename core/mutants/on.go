//go:build mutants

package mutants

import (
	"fmt"
	"reflect"
)

// Enabled says whether bugs can be switched on.
const Enabled = true

var on Set

// On is the bugs that are switched on.
func On() Set { return on }

// Switch sets the bugs for the whole process.
func Switch(s Set) { on = s }

// Plant switches on the bugs that are named as the fields of a Set are, until the test ends or the function it returns
// is called. Tests that do so must not run side by side.
func Plant(t interface{ Cleanup(func()) }, names ...string) (pull func()) {
	var s Set
	for _, name := range names {
		f := reflect.ValueOf(&s).Elem().FieldByName(name)
		if !f.IsValid() {
			panic(fmt.Sprintf("mutants: there is no bug %q; is it a field of Set?", name))
		}
		f.SetBool(true)
	}
	Switch(s)
	pull = func() { Switch(Set{}) }
	t.Cleanup(pull)
	return pull
}
