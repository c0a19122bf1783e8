package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A broker's error that suggests no name gets a suggestion.
func TestSuggest(t *testing.T) {
	require.Equal(t, `Unknown topic config name: retenton.ms; did you mean "retention.ms"?`,
		suggest("Unknown topic config name: retenton.ms", "topic", []string{"cleanup.policy", "retenton.ms"}))
	require.Equal(t, "no such; did you mean retention.ms?",
		suggest("no such; did you mean retention.ms?", "topic", []string{"retenton.ms"}))
	require.Equal(t, "Invalid value", suggest("Invalid value", "topic", []string{"retention.ms"}))
}
