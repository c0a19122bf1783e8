package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// deposed loses records that were acknowledged with acks=1: a leader is cut off, and heals into the log of its
// successor.
const deposed = `cluster brokers=3
topic orders partitions=1 replication.factor=3 min.insync.replicas=1
producer p1 topic=orders acks=1 rate=200/s
consumer c1 group=billing topic=orders
at 1s pause c1 for 100ms
at 2s partition leader(orders-0) | rest
at 4s crash leader(orders-0)
at 8s heal
run 20s
expect safe
`

// The point of no return: the run whose faults end right before it holds and has the same events, the one whose faults
// end with it breaks; what was needed for it are the faults that matter, and no other.
func TestCause(t *testing.T) {
	s, err := Parse("deposed", deposed)
	require.NoError(t, err)
	token := Token{Scenario: s, Text: deposed, Seed: 1}
	runs := 0
	c, err := FindCause(token, func(n int) { runs = n })
	require.NoError(t, err)
	require.Equal(t, c.Runs, runs)
	saved := Do(c.Saved, Options{})
	require.NotEqual(t, c.Reason, saved.Reason())

	require.Less(t, c.Saved.Scenario.Run, s.Run)
	a, b := New(token, Options{}), New(c.Saved, Options{})
	a.RunToEvent(c.Point.Event - 1)
	b.RunToEvent(c.Point.Event - 1)
	require.Equal(t, a.View().Hash, b.View().Hash, "the saved run is the same up to the point")

	needed := strings.Join(c.Needed, "\n")
	require.Contains(t, needed, "partition leader(orders-0) | rest")
	require.NotContains(t, needed, "pause c1", "a fault that has nothing to do with it is not needed")
	require.Contains(t, strings.Join(c.Lines(), "\n"), "it would still have held if all faults had ended right before #")
}

// A run that holds has no cause, and one that breaks without faults has no moment.
func TestNoCause(t *testing.T) {
	_, err := FindCause(tokenOf(t, "calm", 1), nil)
	require.ErrorContains(t, err, "the run holds: there is nothing to explain")
	text := "topic orders\nproducer p1 topic=orders\nrun 5s\nexpect acked-loss\n"
	s, err := Parse("x", text)
	require.NoError(t, err)
	_, err = FindCause(Token{Scenario: s, Text: text, Seed: 1}, nil)
	require.ErrorContains(t, err, "without a fault")
}
