package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/kafka"
)

// claimed is what a client had reason to believe of an offset.
type claimed struct {
	offset   kafka.Offset
	called   uint64 // the event of the call that wrote or read it
	since    uint64 // the event by which it was known
	promised bool   // it was acknowledged with acks=all, or read: it had been committed
}

// claim is what the acknowledgement of a send claims.
func (s *send) claim() claimed {
	return claimed{offset: s.offset, called: s.called, since: s.returned, promised: s.Acks == kafka.AcksAll}
}

// explain is why a record that was there may be gone at an event, "" if it may not. The invariants, if they have
// watched, are asked first. Otherwise it is a power cut, or a sync that failed, of a broker that had not flushed it
// yet, or a disk that broke its promise.
func (ix *index) explain(p *partition, c claimed, gone uint64) string {
	if ix.history.Explain != nil {
		if why, known := ix.history.Explain(p.TopicPartition, c.offset, c.called, gone, c.promised); known {
			return why
		}
	}
	for _, m := range ix.history.Faults {
		if m.Event > gone {
			break
		}
		if why := p.excuse(m, c.offset, c.since); why != "" {
			return why
		}
	}
	return ""
}

// watched reports whether the invariants have watched the partition's replicas.
func (ix *index) watched(p *partition) bool {
	if ix.history.Explain == nil {
		return false
	}
	_, known := ix.history.Explain(p.TopicPartition, 0, 0, 0, false)
	return known
}

// excuse is what a fault may have lost, "" if nothing. Where brokers report their logs, only those count.
func (p *partition) excuse(m history.Fault, o kafka.Offset, from uint64) string {
	at := m.Event
	switch m.Kind {
	case history.DiskDamage:
		return fmt.Sprintf("the disk of %s was damaged at event %d", m.Node, m.Event)
	case history.Wiped:
		return fmt.Sprintf("the disk of %s was emptied at event %d", m.Node, m.Event)
	case history.PowerCut:
		if m.Event < from {
			return ""
		}
	case history.SyncFailed:
		at = p.reopened(m.Node, max(from, m.Event))
	default:
		return ""
	}
	safe, known := p.flushedAt(m.Node, at)
	if known && o < safe || !known && len(p.flushes) > 0 {
		return ""
	}
	return fmt.Sprintf("the %s of %s at event %d lost what was not flushed; the flushed offset was %d", m.Kind,
		m.Node, m.Event, safe)
}

// reopened is the event at which a broker opened the log the next time after an event; never.
func (p *partition) reopened(node string, after uint64) uint64 {
	for _, f := range p.flushes {
		if f.opened && f.node == node && f.event > after {
			return f.event
		}
	}
	return never
}

// flushedAt is the offset below which a broker had flushed before an event, as it reported.
func (p *partition) flushedAt(node string, event uint64) (to kafka.Offset, known bool) {
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

// claimed is the first word on an offset's having held a value.
func (p *partition) claimed(v *version, value string) claimed {
	first := claimed{offset: v.offset, called: never, since: never}
	switch w := p.byValue[value]; {
	case w == nil:
	case w.acked() && w.offset == v.offset:
		first = w.claim()
	default:
		first.called = w.called // no response named its offset, but it was written after this
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

// faultAfter reports whether a fault hit a broker at or after an event.
func (ix *index) faultAfter(event uint64) bool {
	for _, m := range ix.history.Faults {
		if m.Event >= event {
			return true
		}
	}
	return false
}
