package page

import (
	"fmt"

	"gregor/scenarios"
	"gregor/sim"
)

// Difference is where two branches part, and what the other one is at the time of the cursor.
type Difference struct {
	Branch int              `json:"branch"` // the other one
	Same   uint64           `json:"same"`   // the last event that is the same in both
	Here   *scenarios.Event `json:"here"`   // what follows it here; nil: nothing up to now
	There  *scenarios.Event `json:"there"`
	View   scenarios.View   `json:"view"` // of the other one
	Story  []string         `json:"story"`
}

// difference compares the branch that the cursor is in with another one, up to now.
func (r *run) difference(other int) (*Difference, error) {
	branches, here := r.cursor.Branches()
	if other < 0 || other >= len(branches) || other == here {
		return nil, fmt.Errorf("there is no other branch %d to compare with", other)
	}
	t := branches[other].Token
	t.Step = 0
	s := scenarios.New(t, scenarios.Options{Trace: sim.TraceAll})
	s.RunTo(r.cursor.Session().Now())
	d := &Difference{Branch: other, View: s.View(), Story: s.Story()}
	ours, theirs := r.cursor.Events(), s.Events()
	i := 0
	for i < len(ours) && i < len(theirs) && ours[i].Hash == theirs[i].Hash {
		d.Same = ours[i].Event
		i++
	}
	if i < len(ours) {
		d.Here = &ours[i]
	}
	if i < len(theirs) {
		d.There = &theirs[i]
	}
	return d, nil
}
