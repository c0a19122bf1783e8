package checkers

import "fmt"

// freshness: an end offset counts everything that was acknowledged before it was asked for. Kafka promises that
// only while a partition has one leader who knows it; a cut-off former leader answers with what it has.
func freshness(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		for _, e := range p.ends {
			if p.lossy && ix.mishapAfter(e.called) {
				continue
			}
			for _, w := range p.sends {
				if w.acked() && w.returned < e.called && w.offset >= e.offset && !p.lost(w) {
					found = append(found, finding("freshness", p, w.offset, e.returned, fmt.Sprintf("%s was told the end offset %d, though %q had been acknowledged at %d",
						e.client, e.offset, w.Value, w.offset)))
					break
				}
			}
		}
	}
	return byEvent(found)
}
