package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/ports"
)

// With the first broker of gregor serve --brokers dead, a command that names none finds the next.
func TestToolsFindTheOtherBrokers(t *testing.T) {
	b := startTestBroker(t)
	free, err := ports.Free(1)
	require.NoError(t, err)
	gone := free[0]
	saved := localBrokers
	defer func() { localBrokers = saved }()
	localBrokers = []string{gone, b.addr}
	for _, args := range [][]string{{"topic", "create", "found"}, {"produce", "found", "x"}, {"consume", "found"},
		{"topic", "list"}} {
		_, stderr, code := gregor(t.Context(), "", args...)
		require.Zero(t, code, "%v: %s", args, stderr)
	}
	_, stderr, code := gregor(t.Context(), "", "topic", "list", "--bootstrap", gone)
	require.Equal(t, exitFailed, code, "what is named is asked and no other")
	require.Contains(t, stderr, "nothing listens on "+gone)

	_, stderr, code = gregor(t.Context(), "", "topic", "list", "--bootstrap", gone+","+b.addr)
	require.Zero(t, code, "any of several will do: %s", stderr)
	_, stderr, code = gregor(t.Context(), "", "bench", "--bootstrap", gone+","+b.addr, "--kind", "produce", "--bytes",
		"1M", "--reps", "1", "--no-ideal")
	require.Zero(t, code, "any of several will do: %s", stderr)
}
