package checkers

import (
	"fmt"

	"gregor/core/env"
)

// explain says why a record that was there at event from may be gone at event to, "" if it may not: a power
// cut, or a sync that failed, of a broker that had not flushed it yet, or a disk that broke its promise.
func (ix *index) explain(p *part, o env.Offset, from, to uint64) string {
	if ix.history.Explain != nil {
		if why := ix.history.Explain(p.TopicPartition, o, from, to); why != "" {
			return why
		}
	}
	for _, m := range ix.history.Mishaps {
		if m.Event > to {
			break
		}
		if why := p.excuse(m, o, from); why != "" {
			return why
		}
	}
	return ""
}

func (p *part) excuse(m Mishap, o env.Offset, from uint64) string {
	at := m.Event
	switch m.Kind {
	case DiskDamage:
		return fmt.Sprintf("the disk of %s was damaged at event %d", m.Node, m.Event)
	case PowerCut:
		if m.Event < from {
			return ""
		}
	case SyncFailed:
		at = p.reopened(m.Node, max(from, m.Event))
	default:
		return ""
	}
	safe, known := p.flushedAt(m.Node, at)
	if known && o < safe {
		return ""
	}
	return fmt.Sprintf("the %s of %s at event %d took what was not flushed; flushed was up to %d", m.Kind, m.Node, m.Event, safe)
}

// reopened is the event at which a broker opened the log the next time after an event; never.
func (p *part) reopened(node string, after uint64) uint64 {
	for _, f := range p.flushes {
		if f.opened && f.node == node && f.event > after {
			return f.event
		}
	}
	return never
}

// flushedAt is the offset below which a broker had flushed before an event, as it told.
func (p *part) flushedAt(node string, event uint64) (to env.Offset, known bool) {
	for _, f := range p.flushes {
		if f.node != node || f.event >= event {
			continue
		}
		known = true
		if f.opened && !f.clean {
			to = min(to, f.to)
		} else {
			to = max(to, f.to)
		}
	}
	return to, known
}
