package checkers

import (
	"fmt"

	"gregor/core/env"
)

// explain says why a record that was there at event from may be gone at event to, "" if it may not: a power
// cut of a broker that had not flushed it yet, or a disk that broke its promise.
func (ix *index) explain(p *part, o env.Offset, from, to uint64) string {
	for _, m := range ix.history.Mishaps {
		if m.Event < from || m.Event > to {
			continue
		}
		if m.Kind == DiskDamage {
			return fmt.Sprintf("the disk of %s was damaged at event %d", m.Node, m.Event)
		}
		if m.Kind != PowerCut {
			continue
		}
		if safe, known := p.flushedAt(m.Node, m.Event); !known || o >= safe {
			return fmt.Sprintf("the power cut of %s at event %d took what was not flushed; flushed was up to %d", m.Node, m.Event, safe)
		}
	}
	return ""
}

// flushedAt is the offset below which a broker had flushed before an event, as it told.
func (p *part) flushedAt(node string, event uint64) (to env.Offset, known bool) {
	for _, f := range p.flushes {
		if f.node != node || f.event >= event {
			continue
		}
		known = true
		if f.cut {
			to = min(to, f.to)
		} else {
			to = max(to, f.to)
		}
	}
	return to, known
}
