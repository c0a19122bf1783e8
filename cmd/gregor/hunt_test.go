package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/scenarios"
)

// plantedBug expects a broker that flushes nothing to be safe from a power cut, among dozens of other faults. (Power
// cuts drawn from the seed would be left out, as none can be survived.)
const plantedBug = `cluster brokers=1
topic orders partitions=2
producer p1 topic=orders rate=100/s keys=10
consumer c1 group=billing topic=orders auto.offset.reset=earliest
swarm
random crash b1 every 2s..6s for 10ms..1s
at 12s power-cut b1 for 500ms
random partition b1 | client every 2s..6s for 10ms..2s
random reset client every 1s..3s
run 20s
expect safe
`

func typed(t *testing.T, args ...string) (out, errOut string, code int) {
	t.Helper()
	return gregor(t.Context(), "", args...)
}

func plant(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bug.scenario")
	require.NoError(t, os.WriteFile(file, []byte(plantedBug), 0o644))
	return file
}

func TestShrinkToStandardOutput(t *testing.T) {
	out, errOut, code := typed(t, "shrink", plant(t), "--seed", "3")
	require.Equal(t, exitHolds, code)
	s, err := scenarios.Parse("shrunk", out)
	require.NoError(t, err)
	require.Len(t, s.Steps, 1, out)
	require.Equal(t, "power-cut", s.Steps[0].Action.Verb)
	require.Equal(t, uint64(3), s.Seed)
	require.Contains(t, errOut, "faults became 1 in")
	require.Contains(t, errOut, "token   ~")
}

func TestShrinkToFile(t *testing.T) {
	small := filepath.Join(t.TempDir(), "small.scenario")
	out, _, code := typed(t, "shrink", plant(t), "--seed", "3", "--out", small, "--json")
	require.Equal(t, exitHolds, code)
	var j jsonShrunk
	require.NoError(t, json.Unmarshal([]byte(out), &j))
	require.Equal(t, "broken", j.Verdict)
	require.True(t, j.Whole)
	require.Equal(t, 1, j.Faults)
	text, err := os.ReadFile(small)
	require.NoError(t, err)
	require.Equal(t, j.Text, string(text))

	out, _, code = typed(t, "run", small, "--json") // the file names its seed
	require.Equal(t, exitBroken, code)
	var r jsonRun
	require.NoError(t, json.Unmarshal([]byte(out), &r))
	require.Equal(t, j.Hash, r.Hash, "the file is another run than the one that was found")
	require.Equal(t, j.Sentence, r.Sentence)

	_, _, code = typed(t, "run", small, "--json", "--seed", "9")
	require.Contains(t, []int{exitBroken, exitHolds}, code)
}

func TestShrinkOfWhatHolds(t *testing.T) {
	for _, args := range [][]string{{"shrink", "calm@1"}, {"shrink"}, {"shrink", "nothing@1"}, {"shrink", "calm@x"}} {
		want := exitUsage
		if args[len(args)-1] == "calm@1" || len(args) == 1 {
			want = exitFailed
		}
		_, _, code := typed(t, args...)
		require.Equal(t, want, code, "%v", args)
	}
}

func TestHuntShrinksWhatBreaks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "findings")
	out, _, code := typed(t, "hunt", plant(t), "--for", "1s", "--seed", "3", "--out", dir)
	require.Equal(t, exitBroken, code, out)
	files, err := filepath.Glob(filepath.Join(dir, "bug-*.scenario"))
	require.NoError(t, err)
	require.NotEmpty(t, files, out)
	require.Equal(t, len(files), strings.Count(out, "gregor run "+dir), "each file is named once:\n%s", out)
	_, _, code = typed(t, "run", files[0])
	require.Equal(t, exitBroken, code)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	s, err := scenarios.Parse("found", string(text))
	require.NoError(t, err)
	require.LessOrEqual(t, len(s.Steps), 5, string(text))
}

func TestHuntTellsPrograms(t *testing.T) {
	out, _, code := typed(t, "hunt", plant(t), "--for", "300ms", "--seed", "3", "--out", t.TempDir(), "--json")
	require.Equal(t, exitBroken, code)
	line, _, _ := strings.Cut(out, "\n")
	var j jsonFound
	require.NoError(t, json.Unmarshal([]byte(line), &j))
	require.NotEmpty(t, j.Reason)
	require.FileExists(t, j.File)
}

func TestHuntOfWhatHolds(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "findings")
	out, _, code := typed(t, "hunt", "calm", "--for", "100ms", "--seed", "7", "--out", dir)
	require.Equal(t, exitHolds, code, out)
	require.Regexp(t, `^\d+ runs, seeds 7\.\.\d+, 0 broke`, out)
	require.NoDirExists(t, dir)
	_, _, code = typed(t, "hunt", "nothing", "--for", "100ms")
	require.Equal(t, exitUsage, code)
}
