package scenarios

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/sim"
)

// Every chain of causes goes back in time, from cause to cause, to a fault or to something without a cause.
func TestEveryChainOfCausesHasAnEnd(t *testing.T) {
	r := Do(tokenOf(t, "tour", 1), Options{Trace: sim.TraceAll})
	events := EventsOf(r)
	require.Equal(t, r.Stats.Events, events[len(events)-1].Event, "every event is remembered")
	for i := 0; i < len(events); i += 97 {
		chain := Why(events, events[i].Event)
		require.Equal(t, events[i].Event, chain[0].Event)
		for k := 1; k < len(chain); k++ {
			require.Equal(t, chain[k-1].Cause, chain[k].Event)
			require.Less(t, chain[k].Event, chain[k-1].Event)
		}
		if last := chain[len(chain)-1]; len(chain) < chainMax {
			require.Zero(t, last.Cause, "%v", last)
		}
	}
}

// What a crash leads to begins with what it caused at once, and every effect was caused by the crash or by another
// effect.
func TestEffectsOfACrash(t *testing.T) {
	r := Do(tokenOf(t, "tour", 1), Options{Trace: sim.TraceAll})
	events := EventsOf(r)
	crash := events[eventWith(t, events, func(e Event) bool {
		return e.Kind == faultKind && strings.HasPrefix(e.Text, "crash")
	})]
	effects := Effects(events, crash.Event)
	require.NotEmpty(t, effects, "peers of %v lose their connections", crash)
	known := map[uint64]int{crash.Event: 0}
	for _, e := range effects {
		depth, caused := known[e.Cause]
		require.True(t, caused, "%v", e)
		require.Equal(t, depth+1, e.Depth)
		known[e.Event.Event] = e.Depth
	}
}

// An acknowledgement is explained by the request, the write and the fetch of the follower that made it safe.
func TestWhyARecordWasAcknowledged(t *testing.T) {
	r := Do(tokenOf(t, "tour", 1), Options{Trace: sim.TraceAll})
	events := EventsOf(r)
	acked := events[eventWith(t, events, func(e Event) bool {
		return e.Node == "p1" && len(e.Facts) > 0 && e.Facts[0].Kind == env.KindOf(env.ProduceReturned{})
	})]
	text := strings.Join(Explain(events, acked.Event), "\n")
	for _, link := range []string{"p1 receives the response to its Produce", "reports ProduceReturned", "because",
		"receives a Fetch request", "reports HighWatermarkAdvanced", "receives a Produce request (v13) from p1"} {
		require.Contains(t, text, link)
	}
}

func eventWith(t *testing.T, events []Event, is func(Event) bool) int {
	for i, e := range events {
		if is(e) {
			return i
		}
	}
	t.Fatal("no event is such")
	return -1
}

// A trace file is JSON lines: the version, then every event with its facts.
func TestTraceFile(t *testing.T) {
	r := Do(tokenOf(t, "calm", 1), Options{Trace: sim.TraceAll})
	var file bytes.Buffer
	require.NoError(t, WriteEvents(&file, r))
	lines := strings.Split(strings.TrimSuffix(file.String(), "\n"), "\n")
	require.JSONEq(t, `{"version":1,"token":"calm@1","verdict":"holds"}`, lines[0])
	events := EventsOf(r)
	for n, line := range lines[1:] {
		var e Event
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		require.Equal(t, uint64(n+1), e.Event)
		again, err := json.Marshal(e)
		require.NoError(t, err)
		written, err := json.Marshal(events[n])
		require.NoError(t, err)
		require.JSONEq(t, string(written), string(again), "an event that is read is the one that was written")
		require.NotEmpty(t, e.Text)
	}
	require.Equal(t, int(r.Stats.Events), len(lines)-1)
}
