package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVerdict: what clients say, and what is wrong with it.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		says string
		once bool
		want string
	}{
		{"acked 1/acked 2/seen 0 0 1/seen 1 0 2/flushed", true, ""},
		{"seen 0 0 1/acked 1/seen 0 0 1", true, ""},
		{"acked 1/seen 0 0 1/seen 0 1 2", true, ""},
		{"acked 1/acked 2/acked 3/seen 0 0 1", true, "2 of 3 acknowledged records were not read, 2 first"},
		{"acked 1/seen 0 0 1/seen 0 1 1", true, "1 is there twice, at offset 0 of partition 0 and at 1 of 0"},
		{"acked 1/seen 0 0 1/seen 0 1 1", false, ""},
		{"acked 1/acked 2/seen 0 1 1/seen 0 0 2", true, "partition 0: 1 at offset 1 comes after 2"},
		{"acked 1/acked 2/seen 0 1 1/seen 0 0 2", false, ""},
		{"acked 2/seen 0 0 1/seen 0 0 2", false, "offset 0 of partition 0 was 1 first and 2 then, and 0 more"},
		{"acked 1/seen 0 0 1/failed 2 for a reason", false, `the client says "failed 2 for a reason", and 0 more`},
		{"acked 1/seen 0 0 1/Exception in thread", false, `the client says "Exception in thread", and 0 more`},
		{"seen 0 0 1", true, "nothing was acknowledged"},
	} {
		l := &ledger{}
		for line := range strings.SplitSeq(c.says, "/") {
			l.line(line)
		}
		if err := l.verdict(c.once); c.want == "" {
			require.NoError(t, err, c.says)
		} else {
			require.EqualError(t, err, c.want, c.says)
		}
	}
}
