package checkers

import (
	"fmt"

	"gregor/core/kafka"
)

// freshness: an end offset counts everything that was acknowledged, read or counted before it was asked for.
// Kafka promises that only while a partition has one leader who knows it; a cut-off former leader answers with
// what it has.
var _ = registerOptional(ofDelivery, []Property{
	{"freshness", "an end offset does not count what was acknowledged before", `
		1 p1 send 1 a
		2 p1 sent 1 0
		3 c1 end? 1
		4 c1 end 1 0
		log 0..1 0=a
		ask freshness
		=> freshness t-0@0, event 4: c1 called ListOffsets at event 3 and got end offset 0, but offset 0
		   was known at event 2
	`},
}, staleEnds)

func staleEnds(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		if len(p.ends) == 0 {
			continue
		}
		intervals := p.intervals()
		ends := p.soundEnds(ix)
		proofs := proofs(intervals, ends)
		for _, e := range ends {
			if pr := proofs[intervalsBelow(intervals, e.offset)]; pr.event < e.called {
				found = append(found, staleEnd(p, e, pr))
			}
		}
	}
	return byEvent(found)
}

func staleEnd(p *partition, e endRead, pr proof) Finding {
	text := fmt.Sprintf("%s called ListOffsets at event %d and got end offset %d, but offset %d was known at event %d",
		e.client, e.called, e.offset, pr.offset, pr.event)
	return finding("freshness", p, pr.offset, e.returned, text)
}

// proof is the first event by which a client knew that an offset, or a later one, was taken.
type proof struct {
	event  uint64
	offset kafka.Offset
}

func proofs(intervals []interval, ends []endRead) []proof {
	out := make([]proof, len(intervals)+1)
	for i := range intervals {
		out[i] = proof{intervals[i].ret, intervals[i].offset}
	}
	out[len(intervals)] = proof{event: never}
	for _, e := range ends {
		if i := intervalsBelow(intervals, e.offset) - 1; i >= 0 && e.returned < out[i].event {
			out[i] = proof{e.returned, intervals[i].offset}
		}
	}
	for i := len(intervals) - 1; i >= 0; i-- {
		if out[i+1].event < out[i].event {
			out[i] = out[i+1]
		}
	}
	return out
}
