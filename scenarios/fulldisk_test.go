package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// lackOfSpace is a server whose disk is full for five seconds.
const lackOfSpace = `cluster brokers=3 controllers=3 min.insync.replicas=2
topic orders partitions=3
producer p1 topic=orders rate=100/s value.bytes=1000
at 3s disk NODE capacity=1 for 5s
LATER
run 14s
expect safe
`

// A broker and a controller that lack space end, and start again when there is space. One that a step has stopped
// meanwhile starts when that step is over.
func TestAServerThatLackedSpaceComesBack(t *testing.T) {
	for _, c := range []struct {
		node, later string
		after       env.Instant // it starts again after this time
	}{
		{node: "b2", after: 8e9},
		{node: "k1", later: "at 4s crash b1 for 2s", after: 8e9}, // so that there is something to write
		{node: "b2", later: "at 4s restart b2", after: 8e9},
		{node: "b2", later: "at 3001ms shutdown b2 for 9s", after: 12e9},
	} {
		story := strings.NewReplacer("NODE", c.node, "LATER", c.later).Replace(lackOfSpace)
		r := Do(Token{Scenario: parsed(t, story), Seed: 1}, Options{})
		require.Equal(t, Holds, r.Verdict, "%s\n%s", story, r.Sentence)
		var ended int
		var started env.Instant
		for _, s := range r.History.Facts {
			switch f := s.Fact.(type) {
			case env.GaveUp:
				if s.Node == c.node {
					ended++
					require.Contains(t, f.Reason, env.ErrNoSpace.Error())
				}
			case env.Started:
				if s.Node == c.node {
					started = s.At
				}
			}
		}
		require.Positive(t, ended, story)
		require.GreaterOrEqual(t, int64(started.Sub(r.Begin)), int64(c.after), "%s\nended %d times, started at %s", story,
			ended, started)
	}
}
