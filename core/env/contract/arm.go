package contract

import (
	"testing"
	"time"

	"gregor/core/env"
)

// Arm is one node of the world under test. The connections it accepts are framed by [Frames], those it dials
// by [Answers]; its disk is empty at first.
type Arm interface {
	// Do runs f as a step of the node: what f submits is carried out after f has returned.
	Do(f func(w *env.World))
	// Wait returns the next event the node was given, oldest first, Boot and Tick too or not as the arm likes.
	// It reports false if none comes within patience, measured on the arm's own clock.
	Wait(patience time.Duration) (env.Event, bool)
	// Addr is the "host:port" where others dial this node.
	Addr() string
	// Kill ends the process at once, without goodbye; the machine goes on. Wait reports false from then on.
	Kill()
}

// Restarter is an Arm that can crash its process and start it again on the same disk. Events of the earlier
// incarnation are gone once Restart returns.
type Restarter interface{ Restart() }

// PowerCutter is an Arm whose machine can lose its power and come back with what was left on its disk. Events
// of the earlier incarnation are gone once PowerCut returns.
type PowerCutter interface{ PowerCut() }

// How long the suite waits for what must come, and for what must not.
const (
	patience = 10 * time.Second
	quiet    = 100 * time.Millisecond
)

// script drives one arm: it numbers operations and keeps events that came before they were asked for.
type script struct {
	t       *testing.T
	arm     Arm
	lastOp  env.OpID
	backlog []env.Event
}

func newScript(t *testing.T, arm Arm) *script { return &script{t: t, arm: arm} }

// do runs f as one step. f draws its operation ids from op.
func (s *script) do(f func(w *env.World, op func() env.OpID)) {
	s.arm.Do(func(w *env.World) { f(w, s.nextOp) })
}

func (s *script) nextOp() env.OpID {
	s.lastOp++
	return s.lastOp
}

// call submits one operation and returns its outcome, which must be of the kind promised.
func (s *script) call(kind env.Kind, submit func(w *env.World, op env.OpID)) env.Event {
	s.t.Helper()
	op := s.nextOp()
	s.arm.Do(func(w *env.World) { submit(w, op) })
	e := s.outcome(op)
	if e.Kind != kind {
		s.t.Fatalf("operation %d came back as %v, promised is %v", op, e.Kind, kind)
	}
	return e
}

// outcome waits for the completion of op.
func (s *script) outcome(op env.OpID) env.Event {
	s.t.Helper()
	return s.next("an operation's outcome", func(e env.Event) bool { return e.Op == op })
}

// next waits for the first event that match accepts, keeping the others in order.
func (s *script) next(what string, match func(env.Event) bool) env.Event {
	s.t.Helper()
	e, ok := s.find(match, patience)
	if !ok {
		s.t.Fatalf("waited in vain for %s; unclaimed events: %v", what, kinds(s.backlog))
	}
	return e
}

// find is next that may come back with nothing.
func (s *script) find(match func(env.Event) bool, d time.Duration) (env.Event, bool) {
	for i, e := range s.backlog {
		if match(e) {
			s.backlog = append(s.backlog[:i:i], s.backlog[i+1:]...)
			return e, true
		}
	}
	for {
		e, ok := s.arm.Wait(d)
		switch {
		case !ok:
			return env.Event{}, false
		case e.Kind == env.Boot || e.Kind == env.Tick:
		case match(e):
			return e, true
		default:
			s.backlog = append(s.backlog, e)
		}
	}
}

// never checks that no event that match accepts is there or comes within the quiet time.
func (s *script) never(what string, match func(env.Event) bool) {
	s.t.Helper()
	if e, ok := s.find(match, quiet); ok {
		s.t.Fatalf("%s: came %v op %d conn %d err %v, promised is nothing", what, e.Kind, e.Op, e.Conn, e.Err)
	}
}

func kinds(events []env.Event) []env.Kind {
	var ks []env.Kind
	for _, e := range events {
		ks = append(ks, e.Kind)
	}
	return ks
}

func (s *script) must(e env.Event) env.Event {
	s.t.Helper()
	if e.Err != nil {
		s.t.Fatalf("%v of operation %d: %v", e.Kind, e.Op, e.Err)
	}
	return e
}
