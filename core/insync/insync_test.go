package insync

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
)

type ids = []kafka.NodeID

// TestMin: a topic with fewer replicas than min.insync.replicas can still be written to.
func TestMin(t *testing.T) {
	require.Equal(t, 2, Min(2, 3))
	require.Equal(t, 1, Min(2, 1))
	require.Equal(t, 3, Min(3, 3))
}

func TestMaximal(t *testing.T) {
	for _, c := range []struct {
		name string
		sets Sets
		size int
		in   ids
		out  ids
	}{
		{"no proposal", Sets{ids{1, 2}, nil}, 2, ids{1, 2}, ids{3}},
		{"a member may join", Sets{ids{1, 2}, ids{1, 2, 3}}, 3, ids{1, 2, 3}, ids{4}},
		{"a member may leave", Sets{ids{1, 2, 3}, ids{1, 2}}, 3, ids{1, 2, 3}, ids{4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.size, c.sets.MaximalSize())
			for _, id := range c.in {
				require.True(t, c.sets.Maximal(id), "%d", id)
			}
			for _, id := range c.out {
				require.False(t, c.sets.Maximal(id), "%d", id)
			}
		})
	}
}

func TestValid(t *testing.T) {
	for _, c := range []struct {
		name    string
		members ids
		want    bool
	}{
		{"the leader alone", ids{2}, true},
		{"all replicas", ids{3, 2, 1}, true},
		{"without the leader", ids{1, 3}, false},
		{"empty", nil, false},
		{"a broker without a replica", ids{2, 4}, false},
		{"twice the same", ids{2, 1, 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, Valid(c.members, ids{1, 2, 3}, 2))
		})
	}
}

func TestEligibleLeaders(t *testing.T) {
	const none = kafka.NodeID(-1)
	for _, c := range []struct {
		name   string
		change Change
		want   ids
	}{
		{"enough are left", Change{Old: ids{1, 2, 3}, New: ids{1, 2}, Replicas: ids{1, 2, 3}, Lost: none, Min: 2}, nil},
		{"the second last leaves", Change{Old: ids{1, 2}, New: ids{1}, Replicas: ids{1, 2, 3}, Lost: none, Min: 2}, ids{2}},
		{"the last leaves", Change{Old: ids{1}, Eligible: ids{2}, New: nil, Replicas: ids{1, 2, 3}, Lost: none,
			Min: 2}, ids{2, 1}},
		{"the last leaves without its records", Change{Old: ids{1}, Eligible: ids{2}, New: nil,
			Replicas: ids{1, 2, 3}, Lost: 1, Min: 2}, ids{2}},
		{"one comes back", Change{Old: ids{1}, Eligible: ids{2, 3}, New: ids{1, 2}, Replicas: ids{1, 2, 3},
			Lost: none, Min: 3}, ids{3}},
		{"one is no replica any more", Change{Old: ids{1}, Eligible: ids{2, 3}, New: ids{1}, Replicas: ids{1, 3},
			Lost: none, Min: 2}, ids{3}},
		{"fewer replicas than the minimum", Change{Old: ids{1, 2}, New: ids{1}, Replicas: ids{1}, Lost: none, Min: 2}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, c.change.EligibleLeaders())
		})
	}
}

func drawSet(t *rapid.T, label string) ids {
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) kafka.NodeID {
		return kafka.NodeID(rapid.IntRange(1, 6).Draw(t, "id"))
	}), 0, 6, rapid.ID[kafka.NodeID]).Draw(t, label)
}

// TestEligibleLeadersLaws: a replica is never in sync and eligible besides; each was in sync or eligible before; a
// broker that lost its records is not; and there is one only where the set is too small.
func TestEligibleLeadersLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Change{Old: drawSet(t, "old"), Eligible: drawSet(t, "eligible"), New: drawSet(t, "new"),
			Replicas: drawSet(t, "replicas"),
			Lost:     kafka.NodeID(rapid.IntRange(-1, 6).Draw(t, "lost")), Min: rapid.IntRange(1, 4).Draw(t, "min")}
		before := slices.Concat(c.Old, c.Eligible)
		kept := slices.Clone(before)
		got := c.EligibleLeaders()
		for i, id := range got {
			require.NotContains(t, c.New, id)
			require.Contains(t, before, id)
			require.Contains(t, c.Replicas, id)
			require.NotEqual(t, c.Lost, id)
			require.NotContains(t, got[:i], id)
		}
		require.False(t, c.Enough() && len(got) > 0)
		require.Equal(t, kept, slices.Concat(c.Old, c.Eligible), "arguments stay as they are")
	})
}

// TestEnoughIsMonotonic: another member never makes a set too small.
func TestEnoughIsMonotonic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Change{New: drawSet(t, "new"), Replicas: drawSet(t, "replicas"), Min: rapid.IntRange(1, 4).Draw(t, "min")}
		more := c
		more.New = append(slices.Clone(c.New), 7)
		require.False(t, c.Enough() && !more.Enough())
	})
}

// TestMaximalLaws: the maximal set contains both sets, the order of either does not matter, and its size counts its
// members.
func TestMaximalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Sets{drawSet(t, "committed"), drawSet(t, "proposed")}
		n := 0
		for id := kafka.NodeID(1); id <= 6; id++ {
			if s.Maximal(id) {
				n++
			}
			require.Equal(t, s.Maximal(id), Sets{s.Proposed, s.Committed}.Maximal(id))
		}
		require.Equal(t, n, s.MaximalSize())
		require.GreaterOrEqual(t, n, max(len(s.Committed), len(s.Proposed)))
	})
}

// TestLag: a follower that is always one fetch behind a leader that is written to counts as caught up since the fetch
// before.
func TestLag(t *testing.T) {
	l := Lag[env.Instant]{CaughtUp: -1, LeaderEnd: -1}
	l.Note(10, 0, 5)
	require.Equal(t, env.Instant(-1), l.CaughtUp, "it has never had everything")
	l.Note(20, 5, 9)
	require.Equal(t, env.Instant(10), l.CaughtUp, "it has what there was at 10")
	l.Note(30, 8, 12)
	require.Equal(t, env.Instant(10), l.CaughtUp, "it lacks an offset of what there was at 20")
	l.Note(40, 12, 12)
	require.Equal(t, env.Instant(40), l.CaughtUp)
}

// TestLagLaws: the caught-up time never goes back, and is never later than the fetch.
func TestLagLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Lag[env.Instant]{CaughtUp: -1, LeaderEnd: -1}
		now, end := env.Instant(0), kafka.Offset(0)
		for range rapid.IntRange(1, 20).Draw(t, "fetches") {
			now += env.Instant(rapid.IntRange(1, 9).Draw(t, "pause"))
			end += kafka.Offset(rapid.IntRange(0, 9).Draw(t, "appended"))
			before := l.CaughtUp
			l.Note(now, kafka.Offset(rapid.Int64Range(0, int64(end)).Draw(t, "offset")), end)
			require.GreaterOrEqual(t, l.CaughtUp, before)
			require.LessOrEqual(t, l.CaughtUp, now)
		}
	})
}

func TestWithout(t *testing.T) {
	require.Equal(t, ids{3, 1}, Without(ids{3, 2, 1}, 2, 5))
	require.Nil(t, Without(ids{2}, 2))
	require.True(t, ContainsAll(ids{1, 2, 3}, ids{3, 1}))
	require.False(t, ContainsAll(ids{1, 2}, ids{3}))
	require.True(t, ContainsAll(nil, nil))
}
