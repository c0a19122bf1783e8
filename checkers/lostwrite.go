package checkers

import (
	"fmt"

	"gregor/core/env"
)

// lost-write: where the final log is not known, an acknowledged record counts as lost if consumers were given
// records before and after it, but nobody was ever given it. Retention may have taken it first.
func lostWrite(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		if p.log != nil {
			continue
		}
		first, last := p.sightedRange()
		for _, w := range p.sends {
			if !w.acked() || w.offset < max(first, p.deleted) || w.offset > last || p.superseded(w) || p.sighted(w) {
				continue
			}
			f := finding("lost-write", p, w.offset, w.returned, fmt.Sprintf("%q of %s was acknowledged at offset %d; consumers saw offsets from %d to %d, but never this",
				w.Value, w.Client, w.offset, first, last))
			f.Attributed = ix.explain(p, w.told(), never)
			found = append(found, f)
		}
	}
	return byEvent(found)
}

// sightedRange is the lowest and the highest offset that a consumer was given.
func (p *part) sightedRange() (first, last env.Offset) {
	first, last = 1<<62, -1
	for _, q := range p.polls {
		for i := range q.Records {
			first, last = min(first, q.Records[i].Offset), max(last, q.Records[i].Offset)
		}
	}
	return first, last
}

func (p *part) sighted(w *send) bool {
	v := p.version(w.offset)
	return v.values[0] == w.Value && v.seen != never
}
