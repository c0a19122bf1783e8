package quorum

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestMajority: more than half, and one less is not.
func TestMajority(t *testing.T) {
	for voters, want := range map[int]int{1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 4, 7: 4} {
		require.Equal(t, want, Majority(voters), "of %d voters", voters)
	}
}

// TestMajoritiesMeet: two majorities of the same voters share at least one of them, and a smaller number would not do.
func TestMajoritiesMeet(t *testing.T) {
	for n := 1; n <= 31; n++ {
		require.Greater(t, 2*Majority(n), n)
		require.LessOrEqual(t, 2*(Majority(n)-1), n)
	}
}

func TestReached(t *testing.T) {
	for _, c := range []struct {
		ends []int
		want int
	}{
		{[]int{7}, 7},
		{[]int{7, 3}, 3},
		{[]int{3, 9, 7}, 7},
		{[]int{-1, 9, -1}, -1},
		{[]int{4, 1, 3, 2}, 2},
		{[]int{1, 2, 3, 4, 5}, 3},
	} {
		t.Run(fmt.Sprint(c.ends), func(t *testing.T) {
			require.Equal(t, c.want, Reached(slices.Clone(c.ends)))
		})
	}
}

func drawEnds(t *rapid.T) []int64 {
	return rapid.SliceOfN(rapid.Int64Range(-1, 20), 1, 9).Draw(t, "ends")
}

// TestReachedIsReachedByAMajority, and nothing larger is: the definition, counted out.
func TestReachedIsReachedByAMajority(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := drawEnds(t)
		holding := func(at int64) (n int) {
			for _, e := range ends {
				if e >= at {
					n++
				}
			}
			return n
		}
		to := Reached(slices.Clone(ends))
		require.Greater(t, 2*holding(to), len(ends))
		require.LessOrEqual(t, 2*holding(to+1), len(ends))
	})
}

// TestReachedIsSymmetric: which voter holds what does not matter.
func TestReachedIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := drawEnds(t)
		require.Equal(t, Reached(slices.Clone(ends)), Reached(rapid.Permutation(ends).Draw(t, "permutation")))
	})
}

// TestReachedNeverGoesBack while no voter does.
func TestReachedNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ends := drawEnds(t)
		before := Reached(slices.Clone(ends))
		ends[rapid.IntRange(0, len(ends)-1).Draw(t, "voter")] += rapid.Int64Range(0, 20).Draw(t, "progress")
		require.GreaterOrEqual(t, Reached(ends), before)
	})
}

func TestOutcome(t *testing.T) {
	const u, g, r = Unanswered, Granted, Rejected
	for _, c := range []struct {
		votes Tally
		want  Outcome
	}{
		{Tally{}, Lost},
		{Tally{g}, Won},
		{Tally{g, u}, Pending},
		{Tally{g, r}, Lost},
		{Tally{g, u, u}, Pending},
		{Tally{g, r, u}, Pending},
		{Tally{g, r, r}, Lost},
		{Tally{g, r, g}, Won},
		{Tally{g, g, u, u}, Pending},
		{Tally{g, r, r, u}, Lost},
		{Tally{g, u, r, r, u}, Pending},
		{Tally{g, g, g, r, r}, Won},
	} {
		t.Run(fmt.Sprint(c.votes), func(t *testing.T) {
			require.Equal(t, c.want, c.votes.Outcome())
		})
	}
}

func drawTally(t *rapid.T) Tally {
	return rapid.SliceOfN(rapid.SampledFrom([]Vote{Unanswered, Granted, Rejected}), 1, 9).Draw(t, "votes")
}

// TestOutcomeIsFinal: further answers never change an election that is won or lost.
func TestOutcomeIsFinal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		votes := drawTally(t)
		before := votes.Outcome()
		for i, v := range votes {
			if v == Unanswered {
				votes[i] = rapid.SampledFrom([]Vote{Granted, Rejected}).Draw(t, "answer")
			}
		}
		if before != Pending {
			require.Equal(t, before, votes.Outcome())
		}
		require.NotEqual(t, Pending, votes.Outcome(), "every voter has answered")
	})
}

// TestOneCandidateWins: where each voter grants its vote once, two candidates never both win.
func TestOneCandidateWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := drawTally(t)
		other := make(Tally, len(one))
		for i, v := range one {
			if other[i] = rapid.SampledFrom([]Vote{Unanswered, Granted, Rejected}).Draw(t, "answer"); v == Granted {
				other[i] = Rejected
			}
		}
		require.False(t, one.Outcome() == Won && other.Outcome() == Won)
	})
}

func TestBackoff(t *testing.T) {
	require.Equal(t, 100*time.Millisecond, Backoff(0, time.Second))
	require.Equal(t, 200*time.Millisecond, Backoff(1, time.Second))
	require.Equal(t, 800*time.Millisecond, Backoff(3, time.Second))
	require.Equal(t, time.Second, Backoff(4, time.Second))
	require.Equal(t, 24*time.Hour, Backoff(1<<40, 24*time.Hour), "the shift is bounded")
}

// TestSuccessionBackoff: the first stands at once, the last waits longest, and a voter that is not named as long as may
// be.
func TestSuccessionBackoff(t *testing.T) {
	require.Equal(t, time.Duration(0), SuccessionBackoff(0, 1, time.Second))
	require.Equal(t, []time.Duration{0, 250 * time.Millisecond, 500 * time.Millisecond},
		[]time.Duration{SuccessionBackoff(0, 3, time.Second), SuccessionBackoff(1, 3, time.Second),
			SuccessionBackoff(2, 3, time.Second)})
	require.Equal(t, time.Second, SuccessionBackoff(-1, 3, time.Second))
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 31).Draw(t, "n")
		at := rapid.IntRange(0, n-2).Draw(t, "at")
		most := time.Duration(rapid.Int64Range(1, 86_400_000).Draw(t, "most")) * time.Millisecond
		require.LessOrEqual(t, SuccessionBackoff(at, n, most), SuccessionBackoff(at+1, n, most))
		require.LessOrEqual(t, SuccessionBackoff(at+1, n, most), most)
	})
}
