package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// initial.broker.registration.timeout.ms: a broker that nobody registers gives up, and says what it waited for.
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
