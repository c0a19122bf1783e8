package host

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// TestBoundedLog: about one thing there are some lines at once, then one a second, and a count of the others; about
// another thing, and about nothing in particular, there are lines all the same.
func TestBoundedLog(t *testing.T) {
	var out bytes.Buffer
	l := boundedLog{log: slog.New(slog.NewTextHandler(&out, nil))}
	at := func(seconds int) env.Instant { return env.Instant(0).Add(time.Duration(seconds) * time.Second) }
	for i := range 1000 {
		l.write(at(0), "elections", slog.LevelWarn, "elected", "number", i)
	}
	l.write(at(0), "topics", slog.LevelWarn, "another")
	for range 2 * linesAtOnce {
		l.write(at(0), "", slog.LevelWarn, "own doing")
	}
	require.Equal(t, linesAtOnce, strings.Count(out.String(), "elected"))
	require.Equal(t, 1, strings.Count(out.String(), "another"))
	require.Equal(t, 2*linesAtOnce, strings.Count(out.String(), "own doing"))
	l.settle(at(59), false)
	require.NotContains(t, out.String(), "left out")
	l.settle(at(61), false)
	require.True(t, strings.Contains(out.String(), `msg="lines left out of this log" about=elections lines=900`),
		"the count")

	out.Reset()
	for i := range 1000 { // 61 seconds have brought as many
		l.write(at(61), "elections", slog.LevelWarn, "elected", "number", i)
	}
	require.Equal(t, 61, strings.Count(out.String(), "elected"))
	l.settle(at(62), true)
	require.True(t, strings.Contains(out.String(), "lines=939"), "the count")
	l.settle(at(1000), false)
	require.Empty(t, l.about, "what was quiet for long is forgotten")

	out.Reset()
	for i := range 10 * aboutMax { // each a peer of its own
		l.write(at(2000), fmt.Sprint("peer ", i), slog.LevelWarn, "bad frame")
	}
	require.LessOrEqual(t, len(l.about), aboutMax+1)
	require.Equal(t, aboutMax+linesAtOnce, strings.Count(out.String(), "bad frame"),
		"one of each, and of the others as many as of a thing")

	out.Reset()
	l = boundedLog{log: l.log}
	for second := range 150 { // a peer that misbehaves all the time
		l.write(at(3000+second), "peer 10.0.0.7", slog.LevelWarn, "bad frame")
	}
	require.Equal(t, 3, strings.Count(out.String(), "bad frame"), "one a minute")

	out.Reset()
	l.write(at(4000), "", slog.LevelWarn, strings.Repeat("x", 1<<20), "name", strings.Repeat("y", 1<<20))
	require.Less(t, out.Len(), 2*lineMax+200)
}
