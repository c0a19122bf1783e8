package scenarios

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A broker that is down when everything is healed is still unfenced in the metadata, and may have no partition that
// shows it: the run waits until it has started, and does not stop it before.
const downAtTheEnd = `cluster brokers=3 min.insync.replicas=1 default.replication.factor=1 broker.session.timeout.ms=9000
topic orders partitions=1 replication.factor=1
producer p1 topic=orders rate=20/s linger.ms=0
disk latency=20ms sync=30ms
at 2990ms crash b1 for 5s
run 3s
expect safe
`

func TestTheEndWaitsForEveryNodeToStart(t *testing.T) {
	for seed := range uint64(8) {
		r := Do(Token{Scenario: parsed(t, downAtTheEnd), Seed: seed}, Options{})
		require.Equal(t, Holds, r.Verdict, "seed %d: %s", seed, r.Sentence)
	}
}
