package scenarios

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// outage is a node that the others look for in vain for five seconds, after FAULT.
const outage = `cluster brokers=2 controllers=1
topic orders partitions=2 replication.factor=2 min.insync.replicas=1
producer p1 topic=orders rate=50/s
at 3s FAULT k1 for 5s
run 12s
expect safe
`

// A node that does not answer is one line in the log of each node that looks for it, with address and reason, and its
// return another, however often it is tried meanwhile.
func TestAnOutageIsLoggedOnce(t *testing.T) {
	for fault, reason := range map[string]string{"crash": "refused", "pause": "the node did not answer in time"} {
		r := Do(Token{Scenario: parsed(t, strings.Replace(outage, "FAULT", fault, 1)), Seed: 1}, Options{})
		require.Equal(t, Holds, r.Verdict, r.Sentence)
		var lines []string
		for _, s := range r.History.Facts {
			if f, ok := s.Fact.(env.Logged); ok && s.Node == "b2" && strings.Contains(f.Text, "node 101") {
				lines = append(lines, f.Text)
			}
		}
		require.Len(t, lines, 2, "%s: b2 logs %q", fault, lines)
		require.Regexp(t, `^node 101 \(k1:9092\) cannot be reached: .*`+reason+`.*; retrying$`, lines[0])
		require.Regexp(t, `^node 101 \(k1:9092\) is reachable again, after \d`, lines[1])
	}
}
