package slab

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestNumbersAreUniqueAndFew compares with a set: no number is in use twice, and none is as large as the most in use.
func TestNumbersAreUniqueAndFew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n Numbers
		var used []uint32
		most := 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			if len(used) > 0 && rapid.Bool().Draw(t, "return") {
				i := rapid.IntRange(0, len(used)-1).Draw(t, "which")
				n.Return(used[i])
				used = append(used[:i], used[i+1:]...)
			} else {
				number, fresh := n.Take()
				require.NotContains(t, used, number)
				require.Equal(t, int(number) == most, fresh)
				used = append(used, number)
				most = max(most, len(used))
			}
			require.Equal(t, len(used), n.InUse())
		}
	})
}

func TestTheLastReturnedComesFirst(t *testing.T) {
	var n Numbers
	for range 3 {
		n.Take()
	}
	n.Return(0)
	n.Return(2)
	number, fresh := n.Take()
	require.Equal(t, uint32(2), number)
	require.False(t, fresh)
}
