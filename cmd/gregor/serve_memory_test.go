package main

import (
	"math"
	"os"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a node has to remember may be larger than any limit that is fixed beforehand: then the collector would run
// without end and free nothing.
func TestServeFixesNoMemoryLimit(t *testing.T) {
	if os.Getenv("GOMEMLIMIT") != "" {
		t.Skip("GOMEMLIMIT is set")
	}
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	tuneMemory()
	require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(-1))
}
