package conversation

import (
	"strings"
	"testing"
)

const (
	mutant  = "# mutant: "
	without = "# without it: "
)

// Without runs a text with the planted bugs that it names. A line "# mutant: NAME" names the bug (or the bugs, that
// only together do harm) that the text is about; the line "# without it: " below it holds what breaks returns: the
// difference that the bug makes. breaks returns "" if there is none, and then the test fails: the text shows nothing.
func Without(t testing.TB, text string, breaks func(names ...string) string) string {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, without) {
			continue
		}
		out.WriteString(line)
		names, ok := strings.CutPrefix(line, mutant)
		if !ok {
			continue
		}
		harm := breaks(strings.Fields(names)...)
		if harm == "" {
			t.Errorf("mutant %s changes nothing in this conversation", strings.TrimSpace(names))
		}
		out.WriteString(without + harm + "\n")
	}
	return out.String()
}

// Instead returns the first line of got that differs from want's, and the line whose place it took; "" if none does.
func Instead(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return strings.TrimSpace(g[i]) + ", in place of: " + strings.TrimSpace(w[i])
		}
	}
	return ""
}
