package scenarios

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// stepped are runs of more than one ending.
func stepped(t *testing.T) (tokens []Token) {
	for i, name := range []string{"tour", "failover", "power-cut-all-unflushed", "full-disk"} {
		text, ok := Embedded(name)
		require.True(t, ok, name)
		s, err := Parse(name, text)
		require.NoError(t, err)
		tokens = append(tokens, Token{Scenario: s, Text: text, Seed: uint64(i + 1)})
	}
	wiped := parsed(t, "cluster brokers=3\ntopic orders\nproducer p1 topic=orders\nat 1s wipe b1,b2,b3\nrun 2s\n")
	return append(tokens, Token{Scenario: wiped, Seed: 1})
}

// However a session is stopped and resumed, it is the run that Do makes.
func TestSteppingChangesNothing(t *testing.T) {
	ways := map[string]func(*Session){
		"event by event": func(s *Session) {
			for s.Step() {
			}
		},
		"to every 97th event": func(s *Session) {
			for n := uint64(97); !s.Done(); n += 97 {
				s.RunToEvent(n)
			}
		},
		"every 130 ms": func(s *Session) {
			for at := env.Instant(0); !s.Done(); at = at.Add(130 * time.Millisecond) {
				s.RunTo(at)
			}
		},
		"by turns": func(s *Session) {
			for n := 0; !s.Done(); n++ {
				s.RunTo(s.Now().Add(time.Duration(n%7) * time.Millisecond))
				s.RunToEvent(s.Event() + uint64(n%5))
				s.Step()
			}
		},
	}
	verdicts := map[Verdict]bool{}
	for _, token := range stepped(t) {
		want := Do(token, Options{})
		verdicts[want.Verdict] = true
		for way, run := range ways {
			t.Run(fmt.Sprintf("%s@%d %s", token.Scenario.Name, token.Seed, way), func(t *testing.T) {
				s := New(token, Options{})
				run(s)
				require.True(t, s.Done())
				sameRun(t, want, s.Result())
			})
		}
	}
	require.True(t, verdicts[Holds] && len(verdicts) > 1, "the runs should not all end alike: %v", verdicts)
}

func sameRun(t *testing.T, want, is Result) {
	t.Helper()
	require.Equal(t, want.Hash, is.Hash)
	require.Equal(t, want.Stats, is.Stats)
	require.Equal(t, want.Verdict, is.Verdict)
	require.Equal(t, want.Sentence, is.Sentence)
	require.Equal(t, want.Findings, is.Findings)
	require.Equal(t, want.Faults, is.Faults)
	require.Equal(t, want.States, is.States)
	require.Equal(t, Timeline(want), Timeline(is))
}

// Wherever a session stands, what it shows of itself fits: events and time go up, and phases come in their order.
func TestASessionThatStandsShowsWhereItIs(t *testing.T) {
	s := New(stepped(t)[0], Options{})
	require.Equal(t, phases[0].name, s.Phase())
	require.Zero(t, s.Event())
	var seen []string
	event, now := s.Event(), s.Now()
	for s.Step() {
		if n := len(seen); n == 0 || seen[n-1] != s.Phase() {
			seen = append(seen, s.Phase())
		}
		switch {
		case s.Event() < event, s.Now() < now:
			require.Fail(t, "it went back", "from event %d at %s to event %d at %s", event, now, s.Event(), s.Now())
		case len(seen) > 3 != (s.Begin() > 0):
			require.Fail(t, "clients begin out of their phase", "%q at %s", s.Phase(), s.Begin())
		}
		event, now = s.Event(), s.Now()
	}
	var all []string
	for _, p := range phases {
		all = append(all, p.name)
	}
	require.Equal(t, all, seen)
	require.Equal(t, s.Result().Stats.Events, s.Event())
	require.Equal(t, "stop controllers", s.Phase())
}

// RunToEvent and RunTo stop there, and not later.
func TestASessionStopsWhereItIsAskedTo(t *testing.T) {
	token := stepped(t)[0]
	s := New(token, Options{})
	for n := uint64(1); n < 1000; n += 11 {
		s.RunToEvent(n)
		require.GreaterOrEqual(t, s.Event(), n)
		again := New(token, Options{})
		if n%7 == 0 { // one step less has not come that far
			steps := 0
			for again.Event() < n {
				again.Step()
				steps++
			}
			require.Equal(t, s.Event(), again.Event(), "after %d steps", steps)
			require.Equal(t, s.Now(), again.Now())
			require.Equal(t, s.Phase(), again.Phase())
		}
	}
	at := s.Now().Add(time.Second)
	s.RunTo(at)
	require.Equal(t, at, s.Now())
	event := s.Event()
	s.RunTo(at - 1)
	s.RunToEvent(event)
	require.Equal(t, at, s.Now(), "it does not go back, and does not go on for what has been")
	require.Equal(t, event, s.Event())
	s.RunToEvent(math.MaxUint64)
	require.True(t, s.Done())
	require.False(t, s.Step())
	sameRun(t, Do(token, Options{}), s.Result())
}

// A scenario that cannot run is a session that is over.
func TestARefusedSession(t *testing.T) {
	s := New(Token{Seed: 1}, Options{})
	require.True(t, s.Done())
	require.False(t, s.Step())
	s.RunTo(1)
	s.RunToEvent(1)
	require.Zero(t, s.Event()+uint64(s.Now())+uint64(s.Begin()))
	require.Equal(t, Refused, s.Result().Verdict)
}
