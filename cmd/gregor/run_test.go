package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/internal/conversation"
	"gregor/scenarios"
)

// TestRunConversations plays testdata/runs/*.txt, which need no broker: see TestConversations.
func TestRunConversations(t *testing.T) {
	conversation.Files(t, "testdata/runs/*.txt", func(t *testing.T, text string) string {
		t.Parallel()
		b := &testBroker{t: t, dir: t.TempDir(), addr: "no broker"}
		return b.play(text)
	})
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

// The tour is a cluster through a leader's crash, a partition and a power cut, in at most 25 lines.
func TestTourTeaches(t *testing.T) {
	for seed := 2; seed <= 5; seed++ {
		out, _, _ := typed(t, "run", fmt.Sprintf("tour@%d", seed))
		story, _, _ := strings.Cut(out, "\n\n")
		require.LessOrEqual(t, strings.Count(story, "\n")+1, 25, story)
	}
	out, _, code := typed(t)
	require.Equal(t, exitHolds, code)
	story, verdict, _ := strings.Cut(out, "\n\n")
	require.LessOrEqual(t, strings.Count(story, "\n")+1, 25, story)
	for _, lesson := range []string{"!! crash leader(orders-0)", "!! partition leader(orders-0)", "!! power-cut",
		"elected from ISR", "ISR shrank to", "ISR grew to",
		"truncates orders-0 to offset", "no write acknowledged since", "first write acknowledged in epoch"} {
		require.Contains(t, story, lesson)
	}
	for _, noise := range []string{"__consumer_offsets", "is registered", "nobody", "tells"} {
		require.NotContains(t, story, noise)
	}
	require.Regexp(t, `^HOLDS: tour  \(seed 1, .*\)\n\d+ records were acknowledged; none was lost, duplicated or reordered\n\nnext    gregor run tour@1:[0-9a-f]{16} `, verdict)
}

// What broke is printed once, on the clock of the story, with the commands to run next, and no command repeats a file's
// text.
func TestWhatBrokeIsShownOnce(t *testing.T) {
	file := plant(t)
	out, _, code := typed(t, "run", file, "--seed", "3")
	require.Equal(t, exitBroken, code)
	first := regexp.MustCompile(`(?m)^[a-z-]+ \S+@\d+, \d+\.\d{3}s \(#(\d+)\): .*$`).FindStringSubmatch(out)
	require.NotNil(t, first, out)
	require.Equal(t, 1, strings.Count(out, strings.TrimSuffix(first[0],
		" (permitted by the configuration, but the scenario does not allow it)")), out)
	require.NotContains(t, out, " event ", "events are on the clock of the story:\n%s", out)
	require.Contains(t, out, "gregor shrink "+file+"@3 ")
	require.NotContains(t, out, "~")

	step := "'" + file + "@3#" + first[1] + "'"
	require.Contains(t, out, "gregor run "+step)
	out, _, code = typed(t, "run", strings.Trim(step, "'"))
	require.Equal(t, exitBroken, code)
	require.Contains(t, out, "causes of #"+first[1]+", the latest first:")
	require.NotContains(t, out, "all faults end", "the story goes on beyond event %s", first[1])
	out, _, _ = typed(t, "run", "calm@1#99999999")
	require.Contains(t, out, "the run has no event #99999999; the last is #")
}

func TestTallyHasTheMostFrequentFirst(t *testing.T) {
	s, err := named("calm")
	require.NoError(t, err)
	var c tally
	require.True(t, c.add(s, scenarios.Stuck, "no leader"))
	s.Seed = 2
	require.True(t, c.add(s, scenarios.Broken, "acked-loss"))
	require.False(t, c.add(s, scenarios.Broken, "acked-loss"))
	var out strings.Builder
	c.print(&out, true)
	require.Equal(t, "     2  calm  broken: acked-loss\n        gregor shrink calm@2\n     1  calm  stuck: no leader\n        gregor shrink calm@0\n", out.String())
}
