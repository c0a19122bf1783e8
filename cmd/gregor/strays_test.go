package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStrays: what a broker set aside is measured, mentioned when it starts, listed and removed; nothing else is.
func TestStrays(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"orders-0.0f8a-stray/00000000000000000000.log":   "twelve bytes",
		"orders-0.0f8a-stray/00000000000000000000.index": "eight by",
		"old-topic-7.77aa-stray/x":                       "one",
		"orders-0/00000000000000000000.log":              "in use",
		"orders-1.0f8a-delete/x":                         "goes by itself",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	run := func(args ...string) string {
		stdout, stderr, code := gregor(t.Context(), "", append([]string{"strays", dir}, args...)...)
		require.Zero(t, code, stderr)
		return stdout
	}
	require.Equal(t, "DIRECTORY               FILES  SIZE\nold-topic-7.77aa-stray      1  3 B\norders-0.0f8a-stray         2  20 B\n"+
		"2 directories with 23 B; remove them with: gregor strays "+dir+" --remove\n", run())
	require.Equal(t, `{"directory":"old-topic-7.77aa-stray","topic":"old-topic","partition":7,"files":1,"bytes":3,"removed":false}
{"directory":"orders-0.0f8a-stray","topic":"orders","partition":0,"files":2,"bytes":20,"removed":false}
`, run("--json"))

	var log bytes.Buffer
	logStrays(slog.New(slog.NewTextHandler(&log, nil)), dir)
	require.Contains(t, log.String(), `directories=2 bytes=23 "list and remove them with"="gregor strays `+dir+`"`)

	require.Contains(t, run("--remove"), "removed 2 directories with 23 B\n")
	require.Equal(t, dir+" holds no -stray directories\n", run("--remove"))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "the partition in use and the deleted one")
	log.Reset()
	logStrays(slog.New(slog.NewTextHandler(&log, nil)), dir)
	require.Empty(t, log.String())
}
