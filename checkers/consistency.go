package checkers

import "fmt"

// inconsistent-offsets: an offset holds the same record for every reader at every time, unless what it held was
// lost in a permitted way and the offset taken again.
var _ = registerHistory(ofContents, []Property{
	{"inconsistent-offsets", "an offset held different records at different times", `
		1 p1 send 1 a
		2 p1 unsure 1
		3 p1 send 2 b
		4 p1 unsure 2
		5 c1 polled 1 0=a
		6 c2 polled 1 0=b
		=> inconsistent-offsets t-0@0, event 5: offset 0 held "a" and "b"
	`},
}, inconsistentOffsets)

func inconsistentOffsets(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		for i := range p.versions {
			v := &p.versions[i]
			for _, other := range v.values[1:] {
				c := p.claimed(v, other)
				f := finding("inconsistent-offsets", p, v.offset, c.since,
					fmt.Sprintf("offset %d held %q and %q", v.offset, other, v.values[0]))
				f.Attributed = ix.explain(p, c, never)
				found = append(found, f)
			}
		}
	}
	return byEvent(found)
}
