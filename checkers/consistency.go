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
				event := p.claimed(v, other)
				f := finding("inconsistent-offsets", p, v.offset, event, fmt.Sprintf("offset %d held %q and %q", v.offset, other, v.values[0]))
				f.Attributed = ix.explain(p, v.offset, event, never)
				found = append(found, f)
			}
		}
	}
	return byEvent(found)
}

// claimed is the first event at which an offset was said to hold a value.
func (p *part) claimed(v *version, value string) uint64 {
	first := uint64(never)
	if w := p.byValue[value]; w != nil && w.acked() && w.offset == v.offset {
		first = w.returned
	}
	for _, q := range p.polls {
		for i := range q.Records {
			if q.Records[i].Offset == v.offset && q.Records[i].Value == value {
				first = min(first, q.returned)
			}
		}
	}
	return first
}
