package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/scenarios"
)

// chatter emits a fact with every step, and steps every millisecond. Asked to stop, it emits ClientClosed.
type chatter struct {
	w    env.World
	name string
	next env.Instant
}

func (c *chatter) Step(now env.Now, e env.Event) {
	c.next = now.Mono.Add(time.Millisecond)
	if e.Kind == env.Shutdown {
		c.w.Emit(env.ClientClosed{Client: c.name})
		return
	}
	c.w.Emit(env.PollCalled{Client: c.name})
}

func (c *chatter) Deadline() env.Instant { return c.next }

// theatre is a world and the facts that it has emitted.
type theatre struct {
	*World
	told []history.Stamped
}

func newTheatre(t *testing.T, ctx context.Context) *theatre {
	h := &theatre{}
	h.World = New(ctx, Options{Dir: t.TempDir()}, func(s history.Stamped) { h.told = append(h.told, s) })
	t.Cleanup(h.Close)
	return h
}

// until steps until the condition holds, or the deadline.
func (h *theatre) until(condition func() bool, deadline env.Instant) (held bool, err error) {
	for held = condition(); !held && h.Step(deadline); {
		held = condition()
	}
	return held, h.Err()
}

// run steps until the deadline.
func (h *theatre) run(deadline env.Instant) error {
	_, err := h.until(func() bool { return false }, deadline)
	return err
}

func (h *theatre) chatter(name string) {
	h.AddClient(name, false, func(w env.World) env.Node { return &chatter{w: w, name: name} })
}

func (h *theatre) soon() env.Instant { return h.Now().Add(patience) }

func TestWhatIsDueHappensInOrder(t *testing.T) {
	w := newTheatre(t, t.Context())
	var order []string
	at := func(ms time.Duration, what string) {
		w.At(env.Instant(ms*time.Millisecond), func() { order = append(order, what) })
	}
	at(20, "b")
	at(10, "a")
	at(20, "c")
	w.At(0, func() { w.At(0, func() { order = append(order, "at once") }) })
	require.NoError(t, w.run(env.Instant(40*time.Millisecond)))
	require.Equal(t, []string{"at once", "a", "b", "c"}, order)
	require.GreaterOrEqual(t, w.Now(), env.Instant(40*time.Millisecond))
}

func TestFactsAreNumberedAsTheyAreTold(t *testing.T) {
	w := newTheatre(t, t.Context())
	w.chatter("p1")
	w.chatter("p2")
	held, err := w.until(func() bool { return len(w.told) >= 20 }, w.soon())
	require.True(t, held)
	require.NoError(t, err)
	for i, s := range w.told {
		require.Equal(t, uint64(i+1), s.Event)
		require.True(t, i == 0 || s.At >= w.told[i-1].At)
	}
	require.Equal(t, w.told[len(w.told)-1].Event, w.Event())
}

func TestWhoIsKilledTellsNothingMore(t *testing.T) {
	w := newTheatre(t, t.Context())
	w.chatter("p1")
	_, err := w.until(func() bool { return len(w.told) >= 5 }, w.soon())
	require.NoError(t, err)
	w.Crash("p1")
	require.False(t, w.Up("p1"))
	n, event := len(w.told), w.Event()
	require.Greater(t, event, w.told[n-1].Event, "the crash comes after all that it emitted")
	require.NoError(t, w.run(w.Now().Add(20*time.Millisecond)))
	require.Len(t, w.told, n)

	w.Restart("p1")
	_, err = w.until(func() bool { return len(w.told) > n }, w.soon())
	require.NoError(t, err)
	require.Greater(t, w.told[n].Event, event)
}

func TestAClientThatHasClosedIsDown(t *testing.T) {
	w := newTheatre(t, t.Context())
	w.chatter("p1")
	w.Shutdown("p1")
	held, err := w.until(func() bool { return !w.Up("p1") }, w.soon())
	require.True(t, held)
	require.NoError(t, err)
	require.Equal(t, env.ClientClosed{Client: "p1"}, w.told[len(w.told)-1].Fact)
}

func TestAPausedClientTellsNothing(t *testing.T) {
	w := newTheatre(t, t.Context())
	w.chatter("p1")
	w.Pause("p1")
	require.NoError(t, w.run(w.Now().Add(20*time.Millisecond))) // what was on its way
	n := len(w.told)
	require.NoError(t, w.run(w.Now().Add(20*time.Millisecond)))
	require.Len(t, w.told, n)
	w.Resume("p1")
	held, _ := w.until(func() bool { return len(w.told) > n }, w.soon())
	require.True(t, held)
}

func TestAWorldEndsWithItsContext(t *testing.T) {
	stopped := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	w := newTheatre(t, ctx)
	w.At(0, func() { cancel(stopped) })
	require.ErrorIs(t, w.run(w.soon()), stopped)
}

func TestAServerThatIsNoneIsToldSo(t *testing.T) {
	w := newTheatre(t, t.Context())
	w.opt.Program = "/dev/null/none"
	require.NoError(t, w.AddServer(broker(1)))
	require.Error(t, w.run(w.soon()))
}

func broker(id kafka.NodeID) scenarios.Server {
	return scenarios.Server{Name: scenarios.NodeName(id), ID: id, Broker: true, Controller: true}
}
