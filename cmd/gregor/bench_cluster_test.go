package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/bench"
)

// benchReport runs gregor bench on clusters of its own; their processes are this test program.
func benchReport(t *testing.T, args ...string) (r bench.Report) {
	t.Setenv("GREGOR_MAIN", "1")
	stdout, stderr, code := gregor(t.Context(), "", append(append([]string{"bench"}, args...), "--json", "--dir",
		t.TempDir())...)
	require.Zero(t, code, stderr)
	require.NoError(t, json.Unmarshal([]byte(stdout), &r))
	return r
}

func TestBenchOfACluster(t *testing.T) {
	r := benchReport(t, "--brokers", "3", "--kind", "produce", "--batch", "4K", "--bytes", "64K", "--reps", "1")
	require.Len(t, r.Rows, 1)
	one, three := r.Rows[0].Targets[0], r.Rows[0].Targets[1]
	require.Equal(t, []int{1, 3}, []int{one.Replicas, three.Replicas})
	require.Len(t, r.Targets[1].Servers, 3)
	require.Positive(t, r.Rows[0].Sendfile.Sum.MBps.Median)
	require.Positive(t, three.ToOne.P50.Median)
	require.Equal(t, "ideal x3", r.Rows[0].Copied.Name)
	require.Positive(t, three.ToCopied.P50.Median)
	require.Greater(t, r.Targets[1].LoadedMiB, 2*r.Targets[0].LoadedMiB, "the memory of three processes")
}

func TestBenchFailover(t *testing.T) {
	r := benchReport(t, "failover", "--crashes", "1")
	require.Equal(t, "gregor x3", r.Failover.Target)
	require.Len(t, r.Failover.Crashes, 1)
	c := r.Failover.Crashes[0]
	require.Positive(t, c.KnownMillis)
	require.Greater(t, c.AckedMillis, c.KnownMillis)
}

func TestBenchPartitions(t *testing.T) {
	r := benchReport(t, "partitions", "--partitions", "10", "--reps", "1")
	require.Equal(t, []int{10, 3}, []int{r.Crowd.Partitions, r.Crowd.Replicas})
	require.Greater(t, r.Crowd.Lead.Median, r.Crowd.Create.Median)
	require.Positive(t, r.Crowd.Move.Median)
	require.Positive(t, r.Crowd.Sync.Median)
}

func TestBenchOfAClusterTakesTwo(t *testing.T) {
	for _, args := range [][]string{{"bench", "failover", "--brokers", "1"}, {"bench", "partitions", "--brokers", "0"},
		{"bench", "--brokers", "0"}} {
		_, stderr, code := gregor(t.Context(), "", args...)
		require.Equal(t, exitUsage, code, "%v: %s", args, stderr)
	}
}
