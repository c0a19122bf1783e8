package scenarios

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// What happens to a cluster is one line in one log, whichever brokers read of it: elections and brokers in the active
// controller's, in-sync replicas in their leader's.
func TestAFailoverIsLoggedOnce(t *testing.T) {
	const story = `cluster brokers=3 controllers=1
topic orders partitions=1 replication.factor=3 min.insync.replicas=2
producer p1 topic=orders rate=50/s
at 3s pause follower(orders-0) for 15s
at 20s crash leader(orders-0) for 5s
run 30s
expect safe
`
	r := Do(Token{Scenario: parsed(t, story), Seed: 1}, Options{})
	require.Equal(t, Holds, r.Verdict, r.Sentence)
	var lines []string
	for _, s := range r.History.Facts {
		if f, ok := s.Fact.(env.Logged); ok && (f.About == "elections" || f.About == "in-sync replicas" ||
			f.About == "topics") && s.At.Sub(r.Begin) > 0 && s.At.Sub(r.Begin) < 29*time.Second {
			lines = append(lines, s.Node+" "+f.Text)
		}
	}
	require.Equal(t, []string{ // b2 leads at first, and b3 is the follower that the seed draws
		"b2 orders-0: ISR shrank by [3]; it is [2 1]",
		"b2 orders-0: ISR expanded by [3]; it is [2 1 3]",
		"k1 orders-0: elected leader 3 in place of 2; epoch 1, ISR [1 3]",
		"b3 orders-0: ISR expanded by [2]; it is [1 3 2]",
	}, lines)
}
