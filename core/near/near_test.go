package near

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestName(t *testing.T) {
	known := []string{"cluster", "topic", "producer", "acked-loss", "unacked-loss", "duplicate", "replication.factor",
		"b1", "wipe"}
	for word, want := range map[string]string{
		"clutser": "cluster", "Topic": "topic", "tpoic": "topic", "producers": "producer", "dup": "duplicate",
		"factor": "replication.factor",
		"loss":   "", "b4": "", "zzz": "", "wpie": "wipe", "wiep": "wipe", "rate": "", "": "",
	} {
		require.Equal(t, want, Name(word, known), "%q", word)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 5, 0}, {"abc", "abc", 5, 0}, {"abc", "acb", 5, 1}, {"abc", "abcd", 5, 1}, {"abc", "xbc", 5, 1},
		{"kitten", "sitting", 5, 3},
		{"abc", "xyz", 2, 2}, {"a", "abcdefgh", 3, 3},
	} {
		require.Equal(t, c.want, Distance(c.a, c.b, c.limit), "%s %s", c.a, c.b)
	}
}
