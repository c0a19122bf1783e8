package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/bench"
)

func TestBench(t *testing.T) {
	b := startTestBroker(t)
	out := b.must("", "bench", "--bootstrap", "me="+b.addr, "--no-ideal", "--batch", "4K", "--bytes", "64K", "--reps", "2",
		"--json")
	var r bench.Report
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Len(t, r.Rows, 2)
	for i, kind := range []bench.Kind{bench.Produce, bench.Fetch} {
		require.Equal(t, kind, r.Rows[i].Case.Kind)
		require.Equal(t, "me", r.Rows[i].Targets[0].Name)
		require.Len(t, r.Rows[i].Targets[0].Runs, 2)
		require.Equal(t, int64(64<<10), r.Rows[i].Targets[0].Runs[0].Bytes)
		require.Equal(t, int64(16), r.Rows[i].Targets[0].Runs[0].Requests)
		require.Positive(t, r.Rows[i].Targets[0].Sum.P50.Median)
	}
	out = b.must("", "bench", "--bootstrap", b.addr, "--no-ideal", "--kind", "produce", "--batch", "4K", "--bytes", "16K",
		"--reps", "1")
	require.Contains(t, out, "produce raw batch=4K acks=-1 record=1K inflight=5")
	require.Contains(t, out, "records/s")
	require.Equal(t, "TOPIC  PARTITIONS  REPLICATION  ID\n", b.must("", "topic", "list"), "it cleans up")
}

func TestBenchCases(t *testing.T) {
	list := func(args ...string) []string {
		stdout, stderr, code := gregor(t.Context(), "", append([]string{"bench", "--list"}, args...)...)
		require.Zero(t, code, stderr)
		return strings.Split(strings.TrimSpace(stdout), "\n")
	}
	require.GreaterOrEqual(t, len(list()), 9) // behind the goals
	require.Equal(t, []string{
		"produce raw batch=64K acks=0 record=512 inflight=1",
		"produce raw batch=64K acks=0 record=512 inflight=1 flush",
		"produce raw batch=64K acks=-1 record=512 inflight=1",
		"produce raw batch=64K acks=-1 record=512 inflight=1 flush",
	}, list("--kind", "produce", "--acks", "0,all", "--record", "512", "--in-flight", "1", "--flush", "both"))
	require.Len(t, list("--batch", "4K,64K,1M", "--client", "raw,kgo"), 12)
	for _, args := range [][]string{{"--kind", "both"}, {"--batch", "3Q"}, {"--batch", "0"}, {"--acks", "2"},
		{"--flush", "maybe"},
		{"--client", "java"}, {"--reps", "0"}, {"--pid", "1"}, {"extra"}} {
		_, stderr, code := gregor(t.Context(), "", append([]string{"bench"}, args...)...)
		require.Equal(t, exitUsage, code, "%v: %s", args, stderr)
	}
	_, stderr, code := gregor(t.Context(), "", "bench", "--bootstrap", "127.0.0.1:1", "--no-ideal", "--kind", "produce")
	require.Equal(t, exitFailed, code)
	require.Contains(t, stderr, "is the broker at --bootstrap running?")
}
