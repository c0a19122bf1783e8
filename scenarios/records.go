package scenarios

import (
	"fmt"
	"time"

	"gregor/core/env"
)

// FaultRecord is a step that was carried out, with the nodes that had the roles it names, or another line of the run:
// the end of a step, the heal, a text of the scenario.
type FaultRecord struct {
	Event uint64 // what a later event emits came after it
	At    env.Instant
	Text  string
	Verb  string   // of a step's action; "" of everything else
	Nodes []string // that the action was done to
	Other []string // of a partition, the other side
	ID    int      // numbers them, from 1 up
	Ends  int      // the ID of the step whose end it is; 0: of none
}

// The texts of the records that end faults: one of them, all of them, and the run.
const (
	overPrefix = "end of "
	healed     = "all faults end"
	theEnd     = "all nodes are stopped" // the last: a story that holds goes no further
)

func (r *run) record(format string, args ...any) {
	r.records = append(r.records, FaultRecord{ID: len(r.records) + 1, Event: r.w.Event(), At: r.w.Now(),
		Text: fmt.Sprintf(format, args...)})
}

// recordStep records a step and what it was done to.
func (r *run) recordStep(text, verb string, nodes, others []string) {
	r.record("%s", text)
	step := &r.records[len(r.records)-1]
	step.Verb, step.Nodes, step.Other = verb, nodes, others
	r.permits.noteRemoval(*step)
}

// after is a duration in ms below a second, and in seconds otherwise.
func after(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%d.%d s", d/time.Second, d%time.Second/(100*time.Millisecond))
}

// judgeStep judges a condition at its moment.
func (r *run) judgeStep(st Step) {
	s := r.view.judge(st.Action.Condition, st.when()+" "+st.Action.Condition.String())
	how := "as expected"
	if !s.Held {
		how = "which is not expected"
	}
	r.record("%s: it is %s, %s", st.Action, s.Is, how)
}
