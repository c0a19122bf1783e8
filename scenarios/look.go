package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"gregor/core/env"
	"gregor/netsim"
	"gregor/sim"
)

// View is a run between two events as plain data: what a stepper or a page shows of it. It shares nothing with the run
// that changes later, and taking it changes nothing in the run.
type View struct {
	Event    uint64        `json:"event"` // the last one
	Nanos    int64         `json:"nanos"` // of virtual time since the clients began; negative before
	Clock    string        `json:"clock"` // that, as stories show it
	Phase    string        `json:"phase"`
	Hash     string        `json:"hash"` // of the run so far
	Done     bool          `json:"done"`
	Machines []sim.Machine `json:"machines"`
	Messages []MessageView `json:"messages"`
	Cuts     []netsim.Cut  `json:"cuts"`
	Findings int           `json:"findings"` // broken guarantees so far
}

// MessageView is a request or a response under way.
type MessageView struct {
	From     string       `json:"from"`
	To       string       `json:"to"`
	Conn     env.ConnID   `json:"conn"` // as the node names it that dialed
	Label    sim.Label    `json:"label"`
	Place    netsim.Place `json:"place"`
	InMicros int64        `json:"inMicros"` // until its last byte arrives, if it is flying
	Bytes    int          `json:"bytes"`
	Cause    uint64       `json:"cause"` // the event in which it was sent; 0: not known
}

// Branch returns the token of a run that is the same up to now, and in which an action happens then: a line of the
// scenario, such as "crash leader(orders-0) for 2s", without its moment. The error is what is wrong with the line, or
// with the moment: only while faults are on can there be another one.
func (s *Session) Branch(action string) (Token, error) {
	if s.run == nil || s.run.sim == nil {
		return Token{}, errors.New("only a simulated run has branches")
	}
	if s.done || !s.run.faulty {
		return Token{}, fmt.Errorf("no fault can happen now, in the phase %q: faults are on from the start of the clients to %s", s.Phase(), short(s.run.s.Run))
	}
	if strings.ContainsAny(action, "\r\n") {
		return Token{}, errors.New("an action is one line")
	}
	text := strings.TrimRight(s.token.Text, "\n") + fmt.Sprintf("\nafter %d %s\n", s.Event(), action)
	branch, err := Parse(s.token.Scenario.Name, text)
	if err != nil {
		return Token{}, err
	}
	return Token{Scenario: branch, Text: text, Seed: s.token.Seed}, nil
}

// View returns the run as it is now. A run that was refused, or whose world is not simulated, has no machines in it.
func (s *Session) View() View {
	v := View{Event: s.Event(), Nanos: int64(s.Now().Sub(s.Zero())), Clock: s.Now().Clock(s.Zero()), Phase: s.Phase(),
		Done: s.done}
	if s.run == nil || s.run.sim == nil {
		return v
	}
	w := s.run.sim
	l := w.Look()
	v.Hash, v.Machines, v.Cuts, v.Findings = fmt.Sprintf("%016x", w.Hash()), l.Machines, l.Cuts, len(s.run.findings)
	for _, m := range l.Messages {
		v.Messages = append(v.Messages, messageView(w, m))
	}
	return v
}
