package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// why explains an event in sentences and as JSON, and refuses what names none.
func TestWhy(t *testing.T) {
	out, _, code := typed(t, "why", "tour@1#9000")
	require.Equal(t, exitHolds, code)
	require.Regexp(t, `(?s)^#9000 \S+  .*\nbecause\n  #\d+ .*\nit led to\n`, out)

	out, _, code = typed(t, "why", "tour@1#9000", "--json")
	require.Equal(t, exitHolds, code)
	var why struct {
		Token   string
		Version int
		Causes  []struct{ Event, Cause uint64 }
		Effects []struct{ Event, Cause, Depth uint64 }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &why))
	require.Equal(t, "tour@1#9000", why.Token)
	require.Equal(t, 1, why.Version)
	require.Equal(t, why.Causes[0].Cause, why.Causes[1].Event)
	require.Equal(t, uint64(9000), why.Effects[0].Cause)

	_, errs, code := typed(t, "why", "tour@1")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "tour@1 names no event: write tour@1#EVENT")
	_, errs, code = typed(t, "why", "calm@1#99999999")
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "the run has no event #99999999; the last is #")
}
