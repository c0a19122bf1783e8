package scenarios

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// initial.broker.registration.timeout.ms: a broker that no controller registers gives up, and names what it waited for.
func TestABrokerWithoutAControllerGivesUp(t *testing.T) {
	const story = `cluster brokers=3 controllers=3 initial.broker.registration.timeout.ms=20000
topic orders partitions=1
at 2s crash controllers for PAUSE
at 5s crash b1 for 100ms
run 40s
`
	given := func(pause string) string {
		for _, f := range factsOf[env.GaveUp](t, strings.Replace(story, "PAUSE", pause, 1)) {
			return f.Reason
		}
		return ""
	}
	require.Contains(t, given("30s"), "initial.broker.registration.timeout.ms=20000")
	require.Empty(t, given("20s"), "the controllers are back in time")
}

// metadata.log.max.snapshot.interval.ms: what was committed is in a snapshot after that time, however little it is.
func TestSnapshotsComeWithTime(t *testing.T) {
	const story = `cluster brokers=3 controllers=3 metadata.log.max.snapshot.interval.ms=INTERVAL
topic orders partitions=1
at 4s crash b1 for 1s
at 8s crash b1 for 1s
run 12s
`
	for interval, want := range map[string]bool{"0": false, "3000": true, "3600000": false} {
		taken := factsOf[env.QuorumSnapshotted](t, strings.Replace(story, "INTERVAL", interval, 1))
		require.Equal(t, want, len(taken) > 0, "every %s ms: %d snapshots", interval, len(taken))
	}
}

// factsOf runs a story and returns its facts of one kind.
func factsOf[F env.Fact](t *testing.T, story string) (all []F) {
	t.Helper()
	r := Do(Token{Scenario: parsed(t, story), Seed: 1}, Options{})
	for _, s := range r.History.Facts {
		if f, ok := s.Fact.(F); ok {
			all = append(all, f)
		}
	}
	return all
}

// A restart is under way when the faults end: the cluster has recovered when the node is back, not before it stops.
func TestARestartAtTheEndIsWaitedFor(t *testing.T) {
	const story = `cluster brokers=3 controllers=3
topic orders partitions=2 replication.factor=3
producer p1 topic=orders rate=50/s
consumer c1 group=billing topic=orders
at 18s partition b1 | controllers
at 19s restart b1
run 20s
expect safe
`
	for seed := uint64(1); seed <= 5; seed++ {
		r := Do(Token{Scenario: parsed(t, story), Seed: seed}, Options{})
		require.Equal(t, Holds, r.Verdict, r.Sentence)
		recovered := slices.IndexFunc(r.Faults, func(f FaultRecord) bool { return f.Text == "the cluster has recovered" })
		started := 0
		for _, s := range r.History.Facts {
			if _, ok := s.Fact.(env.Started); ok && s.Node == "b1" && s.Event < r.Faults[recovered].Event {
				started++
			}
		}
		require.Equal(t, 2, started, "seed %d: b1 had not started again when the cluster had recovered", seed)
	}
}

// A node that is to start again when it has stopped stays down once the run ends.
func TestARestartEndsWithTheRun(t *testing.T) {
	r := newRun(Token{Scenario: parsed(t, "cluster brokers=1\ntopic orders partitions=1\nrun 5s\n"), Seed: 1})
	w := &asked{}
	r.w = w
	r.procs.leaving["b1"] = true
	r.shutDown("b1")
	require.Empty(t, w.shutdowns, "b1 is asked to stop a second time")
	require.Equal(t, map[string]bool{"b1": false}, r.procs.leaving, "b1 starts again when it has stopped")
}

// asked is a world in which every node is up, and that notes which are asked to stop.
type asked struct {
	World
	shutdowns []string
}

func (*asked) Up(string) bool         { return true }
func (w *asked) Shutdown(name string) { w.shutdowns = append(w.shutdowns, name) }
