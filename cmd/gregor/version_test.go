package main

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionNamesTheRevision(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v1.2.3"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-11-30T12:00:00Z"},
		{Key: "vcs.modified", Value: "true"}}}
	require.Regexp(t, `^gregor v1\.2\.3 revision 0123456789ab of 2026-11-30T12:00:00Z with changes built with go1\.26\.0 for \w+/\w+$`, versionOf(info).String())
	require.Regexp(t, `^gregor \(devel\) built with go1\.26\.0 for \w+/\w+$`,
		versionOf(&debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "(devel)"}}).String(),
		"go run records no revision")
}

func TestVersionCommandAnswers(t *testing.T) {
	for want, args := range map[string][]string{"gregor ": {"version"}, `"platform":`: {"version", "--json"}} {
		out, _, code := gregor(t.Context(), "", args...)
		require.Zero(t, code)
		require.Contains(t, out, want)
	}
}
