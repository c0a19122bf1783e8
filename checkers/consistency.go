package checkers

import "fmt"

// inconsistent-offsets: an offset never changes its meaning, whoever asks and whenever, unless what it held was
// lost in a permitted way and the offset taken again.
func inconsistentOffsets(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		for i := range p.versions {
			v := &p.versions[i]
			for _, other := range v.values[1:] {
				c := p.claimed(v, other)
				f := finding("inconsistent-offsets", p, v.offset, c.since, fmt.Sprintf("offset %d held %q and %q", v.offset, other, v.values[0]))
				f.Attributed = ix.explain(p, c, never)
				found = append(found, f)
			}
		}
	}
	return byEvent(found)
}

// claimed is the first word on an offset's having held a value.
func (p *part) claimed(v *version, value string) claimed {
	first := claimed{offset: v.offset, called: never, since: never}
	switch w := p.byValue[value]; {
	case w == nil:
	case w.acked() && w.offset == v.offset:
		first = w.told()
	default:
		first.called = w.called // nobody was told where it is, but it was written after this
	}
	for _, q := range p.polls {
		for i := range q.Records {
			if q.Records[i].Offset == v.offset && q.Records[i].Value == value {
				first.called, first.since, first.promised = min(first.called, q.called), min(first.since, q.returned), true
			}
		}
	}
	return first
}
