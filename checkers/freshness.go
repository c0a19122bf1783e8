package checkers

import (
	"fmt"

	"gregor/core/env"
)

// freshness: an end offset counts everything that was acknowledged, read or counted before it was asked for.
// Kafka promises that only while a partition has one leader who knows it; a cut-off former leader answers with
// what it has.
func freshness(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		if len(p.ends) == 0 {
			continue
		}
		steps := p.steps()
		ends := p.soundEnds(ix)
		proofs := proofs(steps, ends)
		for _, e := range ends {
			if pr := proofs[stepsBelow(steps, e.offset)]; pr.event < e.called {
				found = append(found, finding("freshness", p, pr.offset, e.returned, fmt.Sprintf("%s asked at event %d and was told the end offset %d, though offset %d had been acknowledged, read or counted at event %d",
					e.client, e.called, e.offset, pr.offset, pr.event)))
			}
		}
	}
	return byEvent(found)
}

// soundEnds are the end offsets that no later loss can have made wrong. Replicas lose records by elections too.
func (p *part) soundEnds(ix *index) []endRead {
	var out []endRead
	watched := ix.watched(p)
	for _, e := range p.ends {
		if !p.lossy || !watched && !ix.mishapAfter(e.called) {
			out = append(out, e)
		}
	}
	return out
}

// proof is the first event by which somebody knew that an offset, or a later one, was taken.
type proof struct {
	event  uint64
	offset env.Offset
}

func proofs(steps []step, ends []endRead) []proof {
	out := make([]proof, len(steps)+1)
	for i := range steps {
		out[i] = proof{steps[i].ret, steps[i].offset}
	}
	out[len(steps)] = proof{event: never}
	for _, e := range ends {
		if i := stepsBelow(steps, e.offset) - 1; i >= 0 && e.returned < out[i].event {
			out[i] = proof{e.returned, steps[i].offset}
		}
	}
	for i := len(steps) - 1; i >= 0; i-- {
		if out[i+1].event < out[i].event {
			out[i] = out[i+1]
		}
	}
	return out
}
