package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParsePlace(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) // 1777636800 seconds after 1970
	for text, want := range map[string]place{
		"earliest":                  {kind: earliest},
		"latest":                    {kind: latest},
		"0":                         {atOffset, 0},
		"120":                       {atOffset, 120},
		"-5":                        {beforeEnd, 5},
		"@1700000000000":            {atTime, 1_700_000_000_000},
		"-1h30m":                    {atTime, 1_777_636_800_000 - 5_400_000},
		"-90s":                      {atTime, 1_777_636_800_000 - 90_000},
		"2026-05-01":                {atTime, 1_777_593_600_000},
		"2026-05-01T12:00":          {atTime, 1_777_636_800_000},
		"2026-05-01 12:00:00.5":     {atTime, 1_777_636_800_500},
		"2026-05-01T12:00:00Z":      {atTime, 1_777_636_800_000},
		"2026-05-01T12:00:00+02:00": {atTime, 1_777_629_600_000},
		"2026-05-01T12:00:00.25Z":   {atTime, 1_777_636_800_250},
		"2026-05-01T14:00+02:00":    {atTime, 1_777_636_800_000},
	} {
		got, err := parsePlace(text, now)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "noon", "1h", "@-1", "@x", "1e3", "2026-13-01", "1969-12-31",
		"99999999999999999999"} {
		_, err := parsePlace(text, now)
		require.ErrorContains(t, err, "is no place in a partition", text)
	}
}

// A partition that begins at 10 and ends at 20: nothing is before or after it.
func TestClamp(t *testing.T) {
	b := bounds{10, 20}
	for _, c := range [][2]int64{{0, 10}, {10, 10}, {15, 15}, {20, 20}, {21, 20}} {
		require.Equal(t, c[1], b.clamp(c[0]))
	}
}
