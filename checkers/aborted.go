package checkers

import (
	"fmt"

	"gregor/core/env"
)

// failed-append-seen: a record whose producer was told that it is definitely not in the log is not in the log.
func failedSeen(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		for i := range p.versions {
			v := &p.versions[i]
			for k, value := range v.values {
				w := p.writer(v, k)
				if w == nil || w.outcome != env.Failed {
					continue
				}
				found = append(found, finding("failed-append-seen", p, v.offset, w.returned,
					fmt.Sprintf("%q of %s failed (%s), but is at offset %d", value, w.Client, w.err, v.offset)))
			}
		}
	}
	return byEvent(found)
}
