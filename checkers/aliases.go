package checkers

import "gregor/checkers/history"

// What a history holds, under the names that it had when this package held the file format.
type (
	Stamped    = history.Stamped
	Mishap     = history.Fault
	MishapKind = history.FaultKind
	Entry      = history.Entry
	FinalLog   = history.FinalLog
	History    = history.History
)

// The kinds of faults.
const (
	Killed     = history.Killed
	PowerCut   = history.PowerCut
	DiskDamage = history.DiskDamage
	SyncFailed = history.SyncFailed
	Wiped      = history.Wiped
)

// Befell is Fault.
func (v *Invariants) Befell(m Mishap) { v.Fault(m) }
