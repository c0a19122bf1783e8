package checkers

import (
	"fmt"

	"gregor/core/env"
)

// no-answer: every send has ended, one way or the other, unless its client is gone. Progress is only demanded
// of a run that was left alone long enough at its end.
var _ = registerOptional(ofDelivery, []Property{
	{"no-answer", "a send never returned", `
		1 p1 send 1 a
		2 p1 send 2 b
		3 p1 sent 1 0
		log 0..1 0=a
		ask no-answer
		=> no-answer t-0, event 2: the send of "b" by p1 never returned
	`},
}, unanswered)

func unanswered(ix *index) []Finding {
	last := lastSessions(ix)
	var found []Finding
	for _, p := range ix.partitions {
		for _, w := range p.sends {
			if w.returned == never && w.session == last[w.Client] {
				found = append(found,
					finding("no-answer", p, -1, w.called, fmt.Sprintf("the send of %q by %s never returned", w.Value, w.Client)))
			}
		}
	}
	return byEvent(found)
}

// lastSessions is the number of the life that each client is in at the end.
func lastSessions(ix *index) map[string]int {
	last := map[string]int{}
	for i := range ix.history.Facts {
		switch f := ix.history.Facts[i].Fact.(type) {
		case env.ClientCrashed:
			last[f.Client]++
		case env.ClientClosed:
			last[f.Client]++
		}
	}
	return last
}
