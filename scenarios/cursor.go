package scenarios

import (
	"slices"

	"gregor/checkers"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/sim"
)

// Stop is a kind of moment that a [Cursor] stops at.
type Stop struct {
	Name string // what a person writes
	Text string // what happens then

	fact func(f env.Fact) bool // one that is reported then; nil:
	at   func(e *Event) bool   // of the event itself
}

// reported reports whether a fact is of a kind, and about no internal topic: those have a coordinator's reasons.
func reported[F env.Fact](f env.Fact) bool {
	if about, is := f.(interface{ About() kafka.TopicPartition }); is && kafka.IsInternalTopic(about.About().Topic) {
		return false
	}
	_, is := f.(F)
	return is
}

// Stops are all kinds.
func Stops() []Stop {
	return []Stop{
		{Name: "event", Text: "anything happens", at: func(*Event) bool { return true }},
		{Name: "message", Text: "a request or a response is received", at: func(e *Event) bool {
			return e.Kind == env.Message.String()
		}},
		{Name: faultKind, Text: "a fault happens, or ends", at: func(e *Event) bool { return e.Kind == faultKind }},
		{Name: "leader", Text: "a replica becomes the leader of its partition", fact: reported[env.BecameLeader]},
		{Name: "isr", Text: "a leader changes its ISR", fact: reported[env.IsrChanged]},
		{Name: "hw", Text: "a high watermark advances", fact: reported[env.HighWatermarkAdvanced]},
		{Name: "truncation", Text: "a log is truncated", fact: reported[env.LogTruncated]},
		{Name: "group", Text: "a group has a new generation", fact: reported[env.GroupRebalanced]},
		{Name: "controller", Text: "a controller is elected", fact: reported[env.BecameQuorumLeader]},
		{Name: ackKind, Text: "a record is acknowledged", fact: func(f env.Fact) bool {
			r, is := f.(env.ProduceReturned)
			return is && r.Outcome == env.OK
		}},
		{Name: findingKind, Text: "a broken guarantee is found"},
	}
}

// StopNamed finds a kind by its name.
func StopNamed(name string) (Stop, bool) {
	all := Stops()
	i := slices.IndexFunc(all, func(s Stop) bool { return s.Name == name })
	if i < 0 {
		return Stop{}, false
	}
	return all[i], true
}

// StopNames lists the names of all kinds.
func StopNames() (names []string) {
	for _, s := range Stops() {
		names = append(names, s.Name)
	}
	return names
}

// is reports whether an event is such a moment.
func (s Stop) is(e *Event) bool {
	if s.at != nil {
		return s.at(e)
	}
	return s.fact != nil && slices.ContainsFunc(e.Facts, func(r FactReport) bool { return s.fact(r.Fact) })
}

// Branch is a run that a cursor has been in: the first one, or one that left another with a line of its own.
type Branch struct {
	Token  Token
	From   int    // index of the branch that it left; -1: none
	Event  uint64 // after which
	Action string // with which line
	Last   uint64 // the event at which the cursor left it last
}

// Cursor is a place in a run that moves forward and back, and into branches. To go back it makes the run again up to
// the event: a run is fast enough for that, and is the same every time.
type Cursor struct {
	branches []Branch
	in       int
	session  *Session
	begin    env.Instant // when the clients begin
	events   []Event     // of the session so far
	seen     int         // entries of its trace that are in events
}

// NewCursor returns a cursor at the beginning of a run, or at the event that the token names.
func NewCursor(t Token) *Cursor {
	c := &Cursor{branches: []Branch{{Token: t, From: -1}}}
	for c.session = New(t, Options{}); c.session.Begin() == 0 && c.session.Step(); {
	}
	c.begin = c.session.Begin()
	c.restart()
	c.To(t.Step)
	return c
}

func (c *Cursor) restart() {
	c.session = New(c.branches[c.in].Token, Options{Trace: sim.TraceAll})
	c.session.zero = c.begin
	c.events, c.seen = nil, 0
}

// Session is the run as it is at the cursor. It is another one after the cursor has gone back.
func (c *Cursor) Session() *Session { return c.session }

// Event is the number of the last event.
func (c *Cursor) Event() uint64 { return c.session.Event() }

// Token names the run and the moment.
func (c *Cursor) Token() Token {
	t := c.branches[c.in].Token
	t.Step = c.Event()
	return t
}

// Events returns the events so far, the oldest first.
func (c *Cursor) Events() []Event {
	if c.session.run == nil || c.session.run.sim == nil {
		return nil
	}
	c.events, c.seen = moreEvents(c.events, c.session.run.sim.Trace(), c.begin, c.seen)
	return c.events
}

// To moves to an event, forward or back: the last one, if the run has fewer.
func (c *Cursor) To(event uint64) {
	if event < c.Event() {
		c.restart()
	}
	c.session.RunToEvent(event)
}

// ToInstant moves to an instant, counted from the start of the clients.
func (c *Cursor) ToInstant(nanos int64) {
	if c.session.Now() > c.begin+env.Instant(nanos) {
		c.restart()
	}
	c.session.RunTo(c.begin + env.Instant(nanos))
}

// Next moves forward to the next moment of a kind. It reports false at the end of the run.
func (c *Cursor) Next(s Stop) bool {
	from := len(c.Events())
	findings := len(c.session.found())
	for c.session.Step() {
		if s.fact == nil && s.at == nil {
			if len(c.session.found()) > findings {
				return true
			}
			continue
		}
		now := c.Events()
		for i := from; i < len(now); i++ {
			if s.is(&now[i]) {
				return true
			}
		}
		from = len(now)
	}
	return false
}

// Previous moves back to the moment of a kind before this one. It reports false if there is none, and stays.
func (c *Cursor) Previous(s Stop) bool {
	at, ok := c.before(s)
	if ok {
		c.To(at)
	}
	return ok
}

func (c *Cursor) before(s Stop) (event uint64, ok bool) {
	if s.fact == nil && s.at == nil {
		return c.session.findingBefore(c.Event())
	}
	events := c.Events()
	for i := len(events) - 1; i >= 0; i-- {
		if e := &events[i]; e.Event < c.Event() && s.is(e) {
			return e.Event, true
		}
	}
	return 0, false
}

// Find moves forward to the next event whose sentence or facts contain a text. It reports false at the end of the run.
func (c *Cursor) Find(text string) bool {
	return c.Next(Stop{at: func(e *Event) bool { return e.contains(text) }})
}

// Branches are the runs that the cursor has been in, and the index of the one that it is in now.
func (c *Cursor) Branches() (all []Branch, now int) {
	c.branches[c.in].Last = c.Event()
	return slices.Clone(c.branches), c.in
}

// Branch makes an action happen now: the cursor goes on in a run that is the same up to here.
func (c *Cursor) Branch(action string) error {
	t, err := c.session.Branch(action)
	if err != nil {
		return err
	}
	at := c.Event()
	c.branches[c.in].Last = at
	c.branches = append(c.branches, Branch{Token: t, From: c.in, Event: at, Action: action})
	c.in = len(c.branches) - 1
	c.restart()
	c.To(at)
	return nil
}

// Enter goes to another branch, to where the cursor was in it last.
func (c *Cursor) Enter(branch int) {
	c.branches[c.in].Last = c.Event()
	c.in = branch
	c.restart()
	c.To(c.branches[branch].Last)
}

// found are the broken guarantees that have been found so far. Some checks judge only once a run is over.
func (s *Session) found() []checkers.Finding {
	if s.done {
		return s.result.Findings
	}
	return s.run.findings
}

// findingBefore is the event of the latest finding before one.
func (s *Session) findingBefore(event uint64) (at uint64, ok bool) {
	for _, f := range s.found() {
		if f.Event < event && f.Event > at {
			at, ok = f.Event, true
		}
	}
	return at, ok
}

// Story narrates the run so far.
func (s *Session) Story() []string {
	if s.run == nil {
		return []string{s.result.Sentence}
	}
	if s.done {
		return Timeline(s.result)
	}
	r := Result{Token: s.token, Scenario: s.run.s, Verdict: Holds, History: s.run.h, Begin: s.run.begin,
		Faults: s.run.records}
	r.Token.Step = s.Event()
	return Timeline(r)
}

// moreEvents adds to events what a trace has beyond its first entries.
func moreEvents(events []Event, t *sim.Trace, begin env.Instant, seen int) ([]Event, int) {
	entries := t.Since(seen)
	for _, e := range entries {
		events = addEntry(events, t, begin, e)
	}
	return events, seen + len(entries)
}
