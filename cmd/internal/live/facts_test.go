package live

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/host"
	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/sim"
)

// emitter is a node that emits one fact at one kind of event, and does nothing else.
type emitter struct {
	w    env.World
	at   env.Kind
	fact env.Fact
}

func (e *emitter) Deadline() env.Instant { return env.Never }
func (e *emitter) Step(_ env.Now, v env.Event) {
	if v.Kind == e.at {
		e.w.Emit(e.fact)
	}
}

// endsInSim reports whether the simulator ends a node for a fact.
func endsInSim(t *testing.T, at env.Kind, f env.Fact) bool {
	w := sim.New(sim.Options{Seed: 1})
	w.AddNode("n", sim.Spec{Protocol: contract.Frames, New: func(e env.World) env.Node { return &emitter{e, at, f} }})
	require.NoError(t, w.RunFor(time.Millisecond))
	if at == env.Shutdown {
		require.True(t, w.Up("n"))
		w.Shutdown("n")
		require.NoError(t, w.RunFor(time.Millisecond))
	}
	return !w.Up("n")
}

// onHost runs a node on the real host that waits for its end for so long.
func onHost(t *testing.T, at env.Kind, f env.Fact, patience time.Duration) *host.Host {
	h, err := host.Run(context.Background(), host.Options{NoListen: true, DataDir: t.TempDir(), Protocol: contract.Frames,
		NewNode:         func(w env.World) env.Node { return &emitter{w, at, f} },
		ShutdownTimeout: patience, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(h.Kill)
	return h
}

// TestBothWorldsActOnTheSameFacts emits every fact in the simulator and on the real host, by a node that runs and by
// one that has been asked to stop: either both end the node or neither does.
func TestBothWorldsActOnTheSameFacts(t *testing.T) {
	t.Parallel()
	const soon, late = 10 * time.Millisecond, 30 * time.Second
	ends := map[env.Kind]int{}
	for _, f := range env.EveryFact() {
		for _, at := range []env.Kind{env.Boot, env.Shutdown} {
			name := at.String() + " " + reflect.TypeOf(f).Name()
			expected := endsInSim(t, at, f)
			patience := soon
			if expected {
				ends[at]++
				patience = late
			}
			h := onHost(t, at, f, patience)
			switch {
			case at == env.Shutdown:
				err := h.Shutdown(context.Background())
				require.Equal(t, expected, err == nil, "%s ends the node in the simulator: %t; on the host: %v", name, expected,
					err)
			case expected:
				requireDone(t, h, late, name)
			default:
				require.ErrorContains(t, h.Shutdown(context.Background()), "did not stop within",
					"%s: the host ended the node by itself, and the simulator did not", name)
			}
		}
	}
	require.Equal(t, map[env.Kind]int{env.Boot: 2, env.Shutdown: 3}, ends,
		"Stopped and GaveUp end a node, ClientClosed one that has been asked to stop")
}

func requireDone(t *testing.T, h *host.Host, within time.Duration, what string) {
	t.Helper()
	select {
	case <-h.Done():
	case <-time.After(within):
		t.Fatalf("%s ends the node in the simulator, and the host runs on; see facts.Emit in cmd/internal/host", what)
	}
}
