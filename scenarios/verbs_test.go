package scenarios

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/sim"
)

// during counts the facts of a run that happened between two times after its clients began.
func during(r Result, from, till time.Duration, which func(f env.Fact) int) (n int) {
	for _, s := range r.History.Facts {
		if s.At >= r.Begin.Add(from) && s.At < r.Begin.Add(till) {
			n += which(s.Fact)
		}
	}
	return n
}

func acknowledged(f env.Fact) int {
	if p, ok := f.(env.ProduceReturned); ok && p.Outcome == env.OK {
		return 1
	}
	return 0
}

// batches counts what a leader appends: a producer that waits for an answer sends what has come together meanwhile.
func batches(f env.Fact) int {
	if a, ok := f.(env.Appended); ok && a.Topic == "orders" {
		return 1
	}
	return 0
}

func polled(f env.Fact) int {
	if p, ok := f.(env.Polled); ok {
		return len(p.Records)
	}
	return 0
}

// TestSlowness: while a node or link is slow the work it does falls behind, and it catches up when that is over.
func TestSlowness(t *testing.T) {
	const calm = `cluster brokers=1
topic orders
producer p1 topic=orders rate=100/s linger.ms=0 value.bytes=1000 max.in.flight.requests.per.connection=1
consumer c1 group=billing topic=orders auto.offset.reset=earliest
run 12s
expect safe
`
	const from, till = 4 * time.Second, 8 * time.Second
	for _, c := range []struct {
		step  string
		which func(env.Fact) int
		most  int // of 400
	}{
		{"at 3s slow-cpu b1 100ms for 5s", batches, 40},
		{"at 3s slow-link p1 | b1 latency=250ms for 5s", batches, 10},
		{"at 3s slow-link b1 | p1 one-way latency=500ms for 5s", batches, 10},
		{"at 3s network latency=250ms for 5s", batches, 10},
		{"at 3s slow-link p1 | b1 bandwidth=10KiB/s for 5s", acknowledged, 60},
		{"at 3s slow-reader c1 10KiB/s for 5s", polled, 60},
	} {
		text := calm + c.step
		r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: 1}, Options{})
		require.Equal(t, Holds, r.Verdict, "%s: %s", text, r.Sentence)
		require.Less(t, during(r, from, till, c.which), c.most, text)
		require.Greater(t, during(r, 9*time.Second, 12*time.Second, c.which), 250, "%s: not as fast again", text)
		require.GreaterOrEqual(t, during(r, 0, time.Hour, polled), 1190, text)
	}
	r := Do(Token{Scenario: parsed(t, calm), Text: calm, Seed: 1}, Options{})
	require.Greater(t, during(r, from, till, acknowledged), 390)
	require.Greater(t, during(r, from, till, batches), 390)
	require.Greater(t, during(r, from, till, polled), 390)
}

// rotten is a cluster of which one broker's log loses a bit, and which is read from its beginning in the end.
const rotten = `cluster brokers=3 min.insync.replicas=2
topic orders
producer p1 topic=orders rate=50/s
run 6s
`

// TestBitRot: it flips one bit of the partition's log on that broker, and what comes of it is put down to the disk.
func TestBitRot(t *testing.T) {
	text := rotten + "at 3s bit-rot leader(orders-0) orders-0\nexpect safe"
	broken := 0
	for seed := uint64(1); seed <= 5; seed++ {
		r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: seed}, Options{Trace: sim.TraceAll})
		var flips []string
		for _, e := range r.Trace.Entries() {
			if strings.Contains(e.Fault, "bit") {
				flips = append(flips, e.Fault)
			}
		}
		require.Len(t, flips, 1)
		require.Contains(t, flips[0], "of orders-0/00000000000000000000.log on b")
		require.Len(t, r.History.Faults, 1)
		require.Equal(t, history.DiskDamage, r.History.Faults[0].Kind)
		if r.Verdict != Holds {
			broken++
		}
	}
	require.Positive(t, broken, "five flipped bits changed nothing, though the whole log was read")
}

// TestTheAtlasKnowsWhatNewFaultsCost: what only takes time is drawn where safety is expected, and a flipped bit never
// is.
func TestTheAtlasKnowsWhatNewFaultsCost(t *testing.T) {
	for action, leftOut := range map[string]bool{
		"slow-cpu broker 1ms": false, "slow-link broker | rest latency=20ms": false, "slow-reader broker 100KiB/s": false,
		"bit-rot broker orders-0": true,
	} {
		text := rotten + "expect safe\nrandom " + action + " every 1s..2s"
		if !leftOut {
			text += " for 500ms..1s"
		}
		r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: 1}, Options{})
		require.Equal(t, Holds, r.Verdict, "%s: %s", text, r.Sentence)
		n := 0
		for _, d := range r.Faults {
			if strings.Contains(d.Text, strings.Fields(action)[0]) {
				require.Equal(t, leftOut, strings.Contains(d.Text, "left out"), d.Text)
				n++
			}
		}
		require.Positive(t, n)
	}
}
