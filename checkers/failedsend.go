package checkers

import (
	"fmt"

	"gregor/core/env"
)

// failed-append-seen: a record whose send failed for certain is not in the log.
var _ = registerHistory(ofContents, []Property{
	{"failed-append-seen", "a record whose send failed for certain is in the log", `
		1 p1 send 1 a
		2 p1 failed 1
		log 0..1 0=a
		=> failed-append-seen t-0@0, event 2: the send of "a" by p1 failed (), but the record is at
		   offset 0
	`},
}, failedSends)

func failedSends(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		for i := range p.versions {
			v := &p.versions[i]
			for k, value := range v.values {
				w := p.writer(v, k)
				if w == nil || w.outcome != env.Failed {
					continue
				}
				found = append(found, finding("failed-append-seen", p, v.offset, w.returned,
					fmt.Sprintf("the send of %q by %s failed (%s), but the record is at offset %d", value, w.Client, w.err, v.offset)))
			}
		}
	}
	return byEvent(found)
}
