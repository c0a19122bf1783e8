package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRunConversations plays testdata/runs/*.txt, which need no broker: see TestConversations.
func TestRunConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/runs/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			b := &testBroker{t: t, dir: t.TempDir(), addr: "no broker"}
			got := b.play(string(text))
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o666))
				return
			}
			require.Equal(t, string(text), got, "next: go test ./cmd/gregor -run %s -rewrite, and read the difference", t.Name())
		})
	}
}

// A sweep reports what failed in the order of the seeds, and counts it by reason.
func TestSweepCountsReasonsInOrder(t *testing.T) {
	file := plant(t)
	out, _, code := typed(t, "run", file, "--seeds", "3..14", "--twice")
	require.Equal(t, exitBroken, code)
	var seeds []int
	for _, m := range regexp.MustCompile(`(?m)^BROKEN  \S+@(\d+)$`).FindAllStringSubmatch(out, -1) {
		seed, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		seeds = append(seeds, seed)
	}
	require.Greater(t, len(seeds), 2, out)
	require.IsIncreasing(t, seeds)
	counts := regexp.MustCompile(`(?m)^ +(\d+)  bug  broken: \S`).FindAllStringSubmatch(out, -1)
	sum := 0
	for _, m := range counts {
		n, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		sum += n
	}
	require.Contains(t, out, fmt.Sprintf("12 runs: %d held, %d did not", 12-sum, sum))
	require.Contains(t, out, fmt.Sprintf("gregor shrink %s@%d\n", file, seeds[0]))
	require.Contains(t, out, "every token was run twice")

	_, _, code = typed(t, "run", fmt.Sprintf("%s@%d", file, seeds[0]), "--json")
	require.Equal(t, exitBroken, code)
}
