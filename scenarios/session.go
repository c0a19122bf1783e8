package scenarios

import (
	"fmt"
	"time"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/insync"
	"gregor/sim"
)

// Session is a run of a token that stops and goes on as its caller likes, between any two steps of its world. Stopping
// never changes what happens: however a session is stepped, its run has the same events, hash and verdict.
//
// A session does not go back: a run that is made again up to the event is as good, and as fast.
type Session struct {
	token    Token
	run      *run          // nil: the scenario was refused
	at       int           // index of the present phase; -1: nothing has happened yet
	within   time.Duration // how long the present phase may take
	deadline env.Instant   // when that is over
	done     bool
	result   Result
	zero     env.Instant // when the clients will begin, if the caller knows
}

// New prepares a run of a token in the simulator. Its first step starts it.
func New(t Token, o Options) *Session {
	t, err := t.complete()
	if err != nil {
		return refused(t, err)
	}
	r := newRun(t)
	r.progress.report = o.Progress
	rnd := env.NewRand(t.Seed)
	network := calm(r.s.networkOptions(rnd.Fork("network")), networkTable)
	r.sim = sim.New(sim.Options{Seed: t.Seed, Network: network, MaxEvents: eventsMax, Trace: o.Trace, DropFacts: true})
	r.sim.Observe(r)
	r.w = simulated{r.sim}
	r.invariants.Configure(r.s.promises())
	r.h.Explain = r.invariants.Explain
	return &Session{token: t, run: r, at: -1}
}

// NewIn prepares a run of a token in a world that is not simulated. report is to receive what clients emit, and what is
// observed of the servers from outside.
func NewIn(t Token, world func(report func(history.Stamped)) World) *Session {
	t, err := t.complete()
	if err != nil {
		return refused(t, err)
	}
	r := newRun(t)
	r.w = world(func(s history.Stamped) {
		if f, ok := s.Fact.(env.PartitionChanged); ok {
			f.MinISR = insync.Min(r.s.minISR(f.Topic), len(f.Replicas))
			f.Unclean = f.Unclean && r.s.unclean(f.Topic)
			s.Fact = f
			r.permits.tookOver(s.Event, f)
		}
		r.observe(s)
	})
	r.h.Explain = r.permits.explain
	return &Session{token: t, run: r, at: -1}
}

// refused is the session of a scenario that cannot run.
func refused(t Token, err error) *Session {
	return &Session{token: t, at: -1, done: true, result: Result{Token: t, Scenario: t.Scenario, Verdict: Refused,
		Sentence: err.Error()}}
}

// Do runs a token in the simulator to its end.
func Do(t Token, o Options) Result { return New(t, o).Result() }

// DoIn is Do in a world that is not simulated: see [NewIn].
func DoIn(t Token, world func(report func(history.Stamped)) World) Result {
	return NewIn(t, world).Result()
}

// Step handles the next event, or enters the next phase if the present one is over. It reports false once the run has
// ended.
func (s *Session) Step() bool {
	s.stepBy(env.Never)
	return !s.done
}

// RunToEvent steps until the event with this number has happened, or the run has ended.
func (s *Session) RunToEvent(number uint64) {
	for !s.done && s.Event() < number {
		s.Step()
	}
}

// RunTo steps until the world's clock shows the instant and everything due by then has happened, or the run has ended.
func (s *Session) RunTo(at env.Instant) {
	for s.stepBy(at) {
	}
}

// Result runs what is left of the run, and returns what came of it.
func (s *Session) Result() Result {
	for s.Step() {
	}
	return s.result
}

// Done reports whether the run has ended.
func (s *Session) Done() bool { return s.done }

// Event is the number of the last event, 0 before the first.
func (s *Session) Event() uint64 {
	if s.run == nil {
		return 0
	}
	return s.run.w.Event()
}

// Now is the time of the run's world.
func (s *Session) Now() env.Instant {
	if s.run == nil {
		return 0
	}
	return s.run.w.Now()
}

// Begin is when the clients began, by the world's clock: stories count from there. It is 0 until they have.
func (s *Session) Begin() env.Instant {
	if s.run == nil {
		return 0
	}
	return s.run.begin
}

// Zero is the zero of the clock that stories show: when the clients began or, before that, when they will as far as it
// is known.
func (s *Session) Zero() env.Instant {
	if begin := s.Begin(); begin > 0 {
		return begin
	}
	return s.zero
}

// Phase is what the run is doing, or did last.
func (s *Session) Phase() string { return phases[max(s.at, 0)].name }

// stepBy is Step for what is due by an instant. It reports false if nothing is, or the run has ended.
func (s *Session) stepBy(limit env.Instant) bool {
	if s.done {
		return false
	}
	if s.at < 0 {
		s.enter(0)
		return !s.done
	}
	r, p := s.run, &phases[s.at]
	if len(r.pushes) > 0 {
		r.push()
	}
	switch {
	case r.w.Err() != nil:
		s.leave(r.w.Err())
	case p.over != nil && p.over(r):
		s.leave(nil)
	case r.w.Step(min(limit, s.deadline)), r.w.Err() != nil:
	case limit < s.deadline:
		return false
	default:
		s.leave(s.late())
	}
	return !s.done
}

// enter begins a phase.
func (s *Session) enter(phase int) {
	s.at = phase
	r, p := s.run, &phases[s.at]
	if err := p.enter(r); err != nil {
		s.end(err)
		return
	}
	s.within = p.within(r)
	s.deadline = r.w.Now().Add(s.within)
}

// leave ends the present phase. The next one follows, or with an error the end of the run.
func (s *Session) leave(err error) {
	if p := &phases[s.at]; p.leave != nil {
		p.leave(s.run)
	}
	if err != nil || s.at+1 == len(phases) {
		s.end(err)
		return
	}
	s.enter(s.at + 1)
}

// late is the error of a phase that is not over in time, nil if its time may pass.
func (s *Session) late() error {
	p := &phases[s.at]
	if p.late == nil {
		return nil
	}
	what, why := p.late(s.run)
	text := fmt.Sprintf("%s did not happen within %s, with no fault on", what, short(s.within))
	if why != "" {
		text += " (" + why + ")"
	}
	return &stuckError{text}
}

// end judges the run.
func (s *Session) end(err error) {
	s.done, s.result = true, s.run.judge(s.token, err)
	if s.run.sim != nil { // no other world repeats itself
		s.result.compareHash()
	}
}

// stuckError is why a run made no progress.
type stuckError struct{ text string }

func (e *stuckError) Error() string { return e.text }
