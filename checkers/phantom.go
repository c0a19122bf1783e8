package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/kafka"
)

// phantom-record: every record was sent by a producer. Records below the first that this history sent may
// be older than it, and partitions it did not send to are left alone.
var _ = registerHistory(ofContents, []Property{
	{"phantom-record", "a record that no producer sent is in the log", `
		1 p1 send 1 a
		2 p1 sent 1 0
		3 c1 polled 1 0=a 1=b
		=> phantom-record t-0@1, event 3: offset 1 holds "b", which no producer sent there
	`},
}, phantoms)

func phantoms(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		first, any := p.firstSent()
		if !any {
			continue
		}
		for i := range p.versions {
			v := &p.versions[i]
			for k, value := range v.values {
				if v.offset > first && p.writer(v, k) == nil {
					event := p.claimed(v, value).since
					f := finding("phantom-record", p, v.offset, event,
						fmt.Sprintf("offset %d holds %q, which no producer sent there", v.offset, value))
					f.Attributed = ix.damaged()
					found = append(found, f)
				}
			}
		}
	}
	return byEvent(found)
}

func (p *partition) firstSent() (first kafka.Offset, any bool) {
	for i := range p.versions {
		v := &p.versions[i]
		for k := range v.values {
			if p.writer(v, k) != nil {
				return v.offset, true
			}
		}
	}
	return 0, false
}

func (ix *index) damaged() string {
	for _, m := range ix.history.Faults {
		if m.Kind == history.DiskDamage {
			return fmt.Sprintf("the disk of %s was damaged at event %d", m.Node, m.Event)
		}
	}
	return ""
}
