package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const listed = `
# Kafka answers UNKNOWN_SERVER_ERROR.
fetch / isolation * | .ErrorCode | -1 | 42

# Old versions are answered.
old:produce / one* | status | closed* | ok*
`

func held(t *testing.T, list string, max bool, run string, kafka, gregor []*outcome) (bool, string) {
	t.Helper()
	l, err := parsePermitted(list)
	require.NoError(t, err)
	tb := &table{options: options{max: max}, tag: "00001", list: l, asked: map[int16]int{}, versions: ranges{}}
	if run != "" {
		tb.run = regexp.MustCompile(run)
	}
	tb.compare(&conversation{name: "fetch"}, kafka, gregor)
	var out strings.Builder
	return tb.report(&out), out.String()
}

func response(label string, code int) *outcome {
	return &outcome{label: label, key: 1, status: "ok",
		tree: map[string]any{"ErrorCode": code, "ErrorMessage": "text of " + label}}
}

// The list is the only permission: what it names passes, anything else fails, and so does a line that nothing needs any
// more, unless it is about versions or conversations that were not held.
func TestTheListIsTheOnlyPermission(t *testing.T) {
	odd := func(code int) []*outcome { return []*outcome{response("isolation 2", code), response("plain", 0)} }
	ok, text := held(t, listed, true, "", odd(-1), odd(42))
	require.True(t, ok, text)
	ok, text = held(t, listed, true, "", odd(-1), odd(35))
	require.False(t, ok)
	require.Contains(t, text, "FAIL unlisted: fetch / isolation 2 | .ErrorCode | -1 | 35")
	ok, text = held(t, listed, true, "", odd(0), odd(0))
	require.False(t, ok)
	require.Contains(t, text, "FAIL unused: differences.txt:3")
	ok, text = held(t, listed, false, "", odd(-1), odd(42))
	require.False(t, ok, "old versions were held, and are equal")
	require.Contains(t, text, "FAIL unused: differences.txt:6")
	ok, text = held(t, listed, true, "^produce$", odd(0), odd(0))
	require.True(t, ok, text)
	ok, text = held(t, listed, true, "", odd(-1), odd(42)[:1])
	require.False(t, ok)
	require.Contains(t, text, "number of steps | ")
}

func TestPlacesThatDiffer(t *testing.T) {
	var got []string
	compare("", map[string]any{"Topics": []any{
		map[string]any{"Topic": "b", "ErrorCode": 0}, map[string]any{"Topic": "a", "ErrorCode": 3},
		map[string]any{"Topic": "c"}}, "Nodes": nil},
		map[string]any{"Topics": []any{map[string]any{"Topic": "a", "ErrorCode": 0},
			map[string]any{"Topic": "b", "ErrorCode": 0}}, "Nodes": []any{}},
		func(path, a, b string) { got = append(got, path+" "+a+" "+b) })
	require.Equal(t, []string{".Nodes null []", ".Topics[a].ErrorCode 3 0", `.Topics[c] {"Topic":"c"} (absent)`}, got)
	compare("", []any{"x", "y"}, []any{"y", "x"}, func(path, a, b string) { t.Errorf("order counts at %s", path) })
}

func TestPatterns(t *testing.T) {
	for _, x := range []struct {
		pattern, text string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "ab", true}, {"*b", "ab", true}, {"a*c*e", "abcde", true},
		{"a*a", "a", false},
		{"*", "", true}, {"a*c", "abd", false}, {"*x*", "abxcd", true},
	} {
		require.Equal(t, x.want, glob(x.pattern, x.text), "%q %q", x.pattern, x.text)
	}
}

func TestWhatIsWrongWithAList(t *testing.T) {
	for text, want := range map[string]string{
		"a / b | c | d | e":          "has no reason above it",
		"# why\na / b | c | d":       "has 3 parts, not 4",
		"# why\n\na / b | c | d | e": "has no reason above it",
	} {
		_, err := parsePermitted(text)
		require.ErrorContains(t, err, want)
	}
	_, err := parsePermitted(differencesText)
	require.NoError(t, err)
}
