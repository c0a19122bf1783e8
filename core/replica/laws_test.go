package replica

import (
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/seglog"
)

// entry is one record of a log.
type entry struct {
	offset kafka.Offset
	epoch  kafka.LeaderEpoch
	crc    uint32
}

// Emit keeps the mirror of the log, and writes the story.
func (m *machine) Emit(f env.Fact) {
	switch f := f.(type) {
	case env.Appended:
		m.mirror = append(m.mirror, entry{f.Base, f.Epoch, f.CRC})
		return
	case env.LogTruncated:
		m.mirror = slices.DeleteFunc(m.mirror, func(e entry) bool { return e.offset >= f.To })
	case env.LogRecovered:
		m.mirror = slices.DeleteFunc(m.mirror, func(e entry) bool { return e.offset >= f.End || e.offset < f.Start })
		return
	case env.HighWatermarkAdvanced:
		if m.r.Role() == Leading {
			m.s.laws.committed(m, f.From, f.To)
		} else {
			m.s.laws.exposed(m, f.From, f.To)
		}
	case env.Flushed, env.Rolled:
		return
	case env.EpochBegun, env.FollowerHeard:
		m.own = append(m.own, f)
		return
	}
	m.s.say("%d: %s", m.id, brief(f))
}

// laws are what must hold after every step.
type laws struct {
	s      *stage
	names  map[uint32]string
	wanted map[int]kafka.Acks      // what acks each record was produced with
	truth  map[kafka.Offset]entry  // what some leader has exposed
	safe   map[string]kafka.Offset // acknowledged with acks=all
	high   map[string]kafka.Offset // a leader's high watermark, by broker and epoch
	bad    []string
	free   bool // an unclean election, or a loss beyond what replication survives, excuses what is missing
	agreed bool
	later  []func() // looks that wait for the end of the event
}

func (l *laws) made(crc uint32, n int) {
	if l.names == nil {
		l.names, l.wanted, l.truth = map[uint32]string{}, map[int]kafka.Acks{}, map[kafka.Offset]entry{}
		l.safe, l.high = map[string]kafka.Offset{}, map[string]kafka.Offset{}
	}
	l.names[crc] = name(n)
}

func (l *laws) want(n int, acks kafka.Acks) { l.wanted[n] = acks }

func (l *laws) excuse() { l.free = true }

func (l *laws) broken(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(l.bad, text) {
		l.bad = append(l.bad, text)
		l.s.say("BROKEN %s", text)
	}
}

// committed takes what a leader exposes. What was exposed before must be the same.
func (l *laws) committed(m *machine, from, to kafka.Offset) {
	for _, e := range m.mirror {
		if e.offset < from || e.offset >= to {
			continue
		}
		if was, ok := l.truth[e.offset]; ok && was.crc != e.crc && !l.free {
			l.broken("ConsistentRead: offset %d was %s, and is %s on %d", e.offset, l.names[was.crc], l.names[e.crc], m.id)
		}
		l.truth[e.offset] = e
	}
}

// exposed takes what a follower lets consumers read: only what a leader has committed. What the follower deletes in the
// same event cannot be read: one answer of its leader moves the high watermark and the log start.
func (l *laws) exposed(m *machine, from, to kafka.Offset) {
	for _, e := range m.mirror {
		if e.offset < from || e.offset >= to || l.free {
			continue
		}
		if was, ok := l.truth[e.offset]; !ok || was.crc != e.crc {
			l.later = append(l.later, func() {
				if e.offset >= m.log.LogStart() {
					l.broken("DirtyRead: %d exposes %s at offset %d", m.id, l.names[e.crc], e.offset)
				}
			})
		}
	}
}

func (l *laws) acked(n int) {
	if l.wanted[n] != kafka.AcksAll {
		return
	}
	for offset, e := range l.truth {
		if l.names[e.crc] == name(n) {
			l.safe[name(n)] = offset
			return
		}
	}
	l.broken("LeaderCompleteness: %s is acknowledged, and no high watermark has covered it", name(n))
}

func (m *machine) at(offset kafka.Offset) (entry, bool) {
	for _, e := range m.mirror {
		if e.offset == offset {
			return e, true
		}
	}
	return entry{}, false
}

// steady reports whether the log can be looked at: in the middle of a truncation it cannot.
func (m *machine) steady() bool { return m.live && m.log.State() == seglog.Ready }

func (l *laws) check() {
	for _, look := range l.later {
		look()
	}
	l.later = nil
	for i, a := range l.s.nodes {
		if !a.steady() {
			continue
		}
		l.monotone(a)
		for _, b := range l.s.nodes[i+1:] {
			if b.steady() {
				l.matching(a, b)
			}
		}
		if !l.free {
			l.complete(a)
		}
	}
}

// monotone: the high watermark never goes back in one epoch of a leader.
func (l *laws) monotone(m *machine) {
	if m.r.Role() != Leading || l.high == nil {
		return
	}
	key := fmt.Sprintf("%d/%d/%d", m.id, m.life, m.r.Epoch())
	if hw := m.log.HighWatermark(); hw < l.high[key] {
		l.broken("MonotoneHighWatermark: on %d in epoch %d it went back from %d to %d", m.id, m.r.Epoch(), l.high[key], hw)
	} else {
		l.high[key] = hw
	}
}

// matching: below the lower of two high watermarks, two logs are the same where both can be read. Where more was lost
// than replication survives, a replica is held to it once it is in sync.
func (l *laws) matching(a, b *machine) {
	if isr := l.s.ctl.state.ISR; l.free && !(slices.Contains(isr, a.id) && slices.Contains(isr, b.id)) {
		return
	}
	from, below := max(a.log.LogStart(), b.log.LogStart()), min(a.log.HighWatermark(), b.log.HighWatermark())
	for _, e := range a.mirror {
		if e.offset >= below {
			return
		}
		if e.offset < from {
			continue
		}
		if o, ok := b.at(e.offset); ok && o.crc != e.crc {
			l.broken("LogMatching: offset %d is %s on %d and %s on %d", e.offset, l.names[e.crc], a.id, l.names[o.crc], b.id)
		}
	}
}

// complete: a replica that may be elected, or was, holds all that was exposed (StrongIsr, LeaderCompleteness).
func (l *laws) complete(m *machine) {
	law := "LeaderCandidateCompleteness"
	if leader := l.s.ctl.state.Leader == m.id; leader && m.r.Epoch() == l.s.ctl.state.LeaderEpoch {
		law = "LeaderCompleteness"
	} else if !slices.Contains(l.s.ctl.state.ISR, m.id) || leader {
		return
	}
	for offset := range kafka.Offset(len(l.truth)) {
		was, ok := l.truth[offset]
		if !ok || offset < m.log.LogStart() {
			continue
		}
		if e, has := m.at(offset); !has {
			l.broken("%s: %s at offset %d was committed, and %d does not have it", law, l.names[was.crc], offset, m.id)
		} else if e.crc != was.crc {
			l.broken("%s: %s at offset %d was committed, and %d has %s there", law, l.names[was.crc], offset, m.id,
				l.names[e.crc])
		}
	}
}
