package checkers

import (
	"fmt"

	"gregor/core/kafka"
)

// lost-write: where the final log is not known, an acknowledged record counts as lost if consumers were given
// records before and after it, but none ever read it. Retention may have taken it first.
var _ = registerHistory(ofLoss, []Property{
	{"lost-write", "an acknowledged record was read by no consumer, and records before and after it were", `
		1 p1 send 1 a
		2 p1 sent 1 0
		3 p1 send 2 b
		4 p1 sent 2 1
		5 p1 send 3 c
		6 p1 sent 3 2
		7 c1 polled 1 0=a
		8 c2 polled 2 2=c
		=> lost-write t-0@1, event 4: "b" of p1 was acknowledged at offset 1; consumers read offsets
		   from 0 to 2, but never this one
	`},
}, lostWrite)

func lostWrite(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		if p.log != nil {
			continue
		}
		first, last := p.sightedRange()
		for _, w := range p.sends {
			if !w.acked() || w.offset < max(first, p.deleted) || w.offset > last || p.superseded(w) || p.sighted(w) {
				continue
			}
			f := finding("lost-write", p, w.offset, w.returned,
				fmt.Sprintf("%q of %s was acknowledged at offset %d; consumers read offsets from %d to %d, but never this one",
					w.Value, w.Client, w.offset, first, last))
			f.Attributed = ix.explain(p, w.claim(), never)
			found = append(found, f)
		}
	}
	return byEvent(found)
}

// sightedRange is the lowest and the highest offset that a consumer was given.
func (p *partition) sightedRange() (first, last kafka.Offset) {
	first, last = 1<<62, -1
	for _, q := range p.polls {
		for i := range q.Records {
			first, last = min(first, q.Records[i].Offset), max(last, q.Records[i].Offset)
		}
	}
	return first, last
}
