package page

import (
	"gregor/scenarios"
)

// Marks are what the scrubber paints: how long the run is, what happened in it, and how much was acknowledged when.
type Marks struct {
	Whole  bool   `json:"whole"` // false: ask again for more
	Nanos  int64  `json:"nanos"` // how far it goes
	Events uint64 `json:"events"`
	Marks  []Mark `json:"marks"`
	Acks   []int  `json:"acks"` // records acknowledged, for each tenth of a second from the start of the clients
}

// Mark is a moment that stands out.
type Mark struct {
	Event uint64 `json:"event"`
	Nanos int64  `json:"nanos"`
	Kind  string `json:"kind"` // as the kinds of moments of gregor step
	Text  string `json:"text"`
}

// The bounds of one scan: how much of a run one request looks at, and how many marks are kept.
const (
	scanEvents = 5_000
	marksMax   = 2000
	binNanos   = 100_000_000
)

// scan is a look at a whole run, in pieces.
type scan struct {
	session *scenarios.Session
	seen    scenarios.Seen
	marks   Marks
}

// scanned looks at more of the branch that the cursor is in.
func (r *run) scanned() *Marks {
	_, branch := r.cursor.Branches()
	s := r.scans[branch]
	if s == nil {
		t := r.cursor.Token()
		t.Step = 0
		s = &scan{session: scenarios.New(t, scenarios.Options{})}
		r.scans[branch] = s
	}
	s.more()
	return &s.marks
}

func (s *scan) more() {
	for end := s.session.Event() + scanEvents; s.session.Event() < end && s.session.Step(); {
	}
	for _, m := range s.session.Moments(&s.seen) {
		s.note(m)
	}
	s.marks.Whole, s.marks.Events = s.session.Done(), s.session.Event()
	s.marks.Nanos = int64(s.session.Now().Sub(s.session.Begin()))
}

func (s *scan) note(m scenarios.Moment) {
	if m.Kind == "ack" {
		bin := int(max(m.Nanos, 0) / binNanos)
		for len(s.marks.Acks) <= bin {
			s.marks.Acks = append(s.marks.Acks, 0)
		}
		s.marks.Acks[bin]++
		return
	}
	if m.Nanos >= 0 && len(s.marks.Marks) < marksMax {
		s.marks.Marks = append(s.marks.Marks, Mark{Event: m.Event, Nanos: m.Nanos, Kind: m.Kind, Text: m.Text})
	}
}
