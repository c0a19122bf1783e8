package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/sim"
)

// faultsOf runs a story and returns what was done to the simulated world while faults were on, without the starts of
// nodes, and what the heal did.
func faultsOf(t *testing.T, text string) (during, heal []string) {
	t.Helper()
	r := Do(Token{Scenario: parsed(t, text), Text: text, Seed: 1}, Options{Trace: sim.TraceAll})
	require.Equal(t, Holds, r.Verdict, "%s: %s", text, r.Sentence)
	var end sim.Entry
	for _, d := range r.Faults {
		if d.Text == healed {
			end.At = d.At
		}
	}
	for _, e := range r.Trace.Entries() {
		switch {
		case e.Fault == "" || e.At < r.Begin || strings.HasPrefix(e.Fault, "shut down"):
		case e.At < end.At:
			during = append(during, e.Fault)
		default:
			heal = append(heal, e.Fault)
		}
	}
	return during, heal
}

// small is a cluster for overlapping steps.
const small = `cluster brokers=2 controllers=1
topic orders replication.factor=2 min.insync.replicas=1
producer p1 topic=orders rate=20/s
run 8s
expect at-least-once
`

// TestOverlappingStepsNest: the end of the first of two overlapping steps leaves the second one in force, and the heal
// undoes what has not ended, and nothing else.
func TestOverlappingStepsNest(t *testing.T) {
	for _, c := range []struct {
		name, steps  string
		during, heal []string
	}{
		{"disk", "at 1s disk b1 latency=2ms for 2s\nat 2s disk b1 sync=3ms for 2s", []string{
			"the disk of b1 changes: latency=2ms",
			"the disk of b1 changes: latency=2ms sync=3ms",
			"the disk of b1 changes: sync=3ms",
			"the disk of b1 changes: no faults",
		}, nil},
		{"one setting of a disk", "at 1s disk b1 sync=2ms for 2s\nat 2s disk b1 sync=3ms", []string{
			"the disk of b1 changes: sync=2ms",
			"the disk of b1 changes: sync=2ms sync=3ms",
		}, []string{"the disk of b1 changes: no faults"}},
		{"a disk and the statement about all", "disk sync=5ms read-errors=1ppm\nat 1s disk b1 sync=2ms for 2s", []string{
			"the disk of b1 changes: sync=5ms read-errors=1ppm",
			"the disk of b2 changes: sync=5ms read-errors=1ppm",
			"the disk of b1 changes: sync=5ms read-errors=1ppm sync=2ms",
			"the disk of b1 changes: sync=5ms read-errors=1ppm",
		}, []string{"the disk of b1 changes: no faults", "the disk of b2 changes: no faults"}},
		{"network", "at 1s network splits=2% for 2s\nat 2s network latency=3ms for 2s", []string{
			"the network changes: splits=2%",
			"the network changes: splits=2% latency=3ms",
			"the network changes: latency=3ms",
			"the network changes: no faults",
		}, nil},
		{"drift", "at 1s drift b1 +100ppm for 2s\nat 2s drift b1 +200ppm for 2s", []string{
			"the clocks of b1 drift 100 ppm",
			"the clocks of b1 drift 200 ppm",
			"the clocks of b1 drift 200 ppm",
			"the clocks of b1 drift 0 ppm",
		}, nil},
		{"the second drift is the shorter one", "at 1s drift b1 +100ppm for 4s\nat 2s drift b1 +200ppm for 1s", []string{
			"the clocks of b1 drift 100 ppm",
			"the clocks of b1 drift 200 ppm",
			"the clocks of b1 drift 100 ppm",
			"the clocks of b1 drift 0 ppm",
		}, nil},
		{"clock", "at 1s clock b1 +1h for 2s\nat 2s clock b1 -500ms", []string{
			"the clock of b1 jumps 3600000 ms",
			"the clock of b1 jumps -500 ms",
			"the clock of b1 jumps -3600000 ms",
		}, []string{"the clock of b1 jumps 500 ms"}},
		{"pause", "at 1s pause p1 for 2s\nat 2s pause p1 for 2s", []string{"pause p1", "pause p1", "resume p1"}, nil},
		{"a pause within a pause", "at 1s pause p1 for 4s\nat 2s pause p1 for 1s",
			[]string{"pause p1", "pause p1", "resume p1"}, nil},
		{"resume ends both pauses", "at 1s pause p1 for 4s\nat 2s pause p1 for 4s\nat 3s resume p1",
			[]string{"pause p1", "pause p1", "resume p1"}, nil},
		{"partition", "at 1s partition p1 | b1,b2 for 2s\nat 2s partition p1 | b1 one-way for 2s", []string{
			"cut p1 -> b1", "cut b1 -> p1", "cut p1 -> b2", "cut b2 -> p1",
			"cut p1 -> b1",
			"mend b1 -> p1", "mend p1 -> b2", "mend b2 -> p1",
			"mend p1 -> b1",
		}, nil},
		{"heal ends partitions", "at 1s partition p1 | b1 for 3s\nat 2s heal\nat 3s partition p1 | b1 for 4s", []string{
			"cut p1 -> b1", "cut b1 -> p1",
			"mend p1 -> b1", "mend b1 -> p1",
			"cut p1 -> b1", "cut b1 -> p1",
			"mend p1 -> b1", "mend b1 -> p1",
		}, nil},
		{"hold", "at 1s hold p1 | b1 for 2s\nat 2s hold p1 | b1", []string{"hold p1 -> b1", "hold p1 -> b1"},
			[]string{"release p1 -> b1"}},
		{"slow-cpu", "at 1s slow-cpu b1 100us for 2s\nat 2s slow-cpu b1 200us for 2s", []string{
			"each step of b1 takes 100µs", "each step of b1 takes 200µs", "each step of b1 takes 200µs",
			"each step of b1 takes 0s",
		}, nil},
		{"slow-reader", "at 1s slow-reader b1 100KiB/s for 2s\nat 2s slow-reader b1 50KiB/s", []string{
			"b1 reads 102400 bytes a second", "b1 reads 51200 bytes a second", "b1 reads 51200 bytes a second",
		}, []string{"b1 reads 0 bytes a second"}},
		{"slow-link", "at 1s slow-link p1 | b1 one-way latency=2ms for 2s\nat 2s slow-link p1 | b1 one-way bandwidth=1MiB/s for 2s", []string{
			"link p1 -> b1 {LatencyNanos:2000000 JitterNanos:0 TailPerMillion:0 TailNanos:0 BytesPerSecond:0}",
			"link p1 -> b1 {LatencyNanos:2000000 JitterNanos:0 TailPerMillion:0 TailNanos:0 BytesPerSecond:1048576}",
			"link p1 -> b1 {LatencyNanos:200000 JitterNanos:300000 TailPerMillion:0 TailNanos:0 BytesPerSecond:1048576}",
			"link p1 -> b1 is as fast as the network",
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			during, heal := faultsOf(t, small+c.steps)
			require.Equal(t, c.during, during)
			require.Equal(t, c.heal, heal)
		})
	}
}

// TestEveryVerbDoesSomething: and what it puts into force lasts.
func TestEveryVerbDoesSomething(t *testing.T) {
	for _, v := range verbs {
		inForce := v.node != nil || v.link != nil || v.network != nil
		require.True(t, v.lasts || !inForce, v.name)
		require.True(t, inForce || v.each != nil || v.cluster != nil, "%s does nothing", v.name)
		require.NotEmpty(t, v.text, v.name)
	}
}
