package scenarios

import (
	"fmt"
	"strings"
)

// Reason is why a run's verdict is what it is, in few words and without numbers: two runs with the same reason show the
// same bug.
func (r Result) Reason() string {
	switch r.Verdict {
	case Holds:
		return ""
	case Broken:
		return brokenReason(r.Sentence)
	case Differs:
		return "another run than the token's"
	case Crashed:
		_, what, _ := strings.Cut(r.Sentence, "panicked while handling ")
		if what == "" {
			what = r.Sentence
		}
		what, _, _ = strings.Cut(what, "\n")
		return withoutNumbers(what)
	}
	what, _, _ := strings.Cut(r.Sentence, "(") // in brackets: how far it came
	return withoutNumbers(what)
}

// brokenReason names the check with the finding, and whether the configuration permits that; or the expectation that
// was not met.
func brokenReason(sentence string) string {
	if strings.HasPrefix(sentence, "expected ") {
		what, _, _ := strings.Cut(sentence, ", but ")
		return what
	}
	check := sentence
	if i := strings.IndexAny(sentence, " ,"); i >= 0 {
		check = sentence[:i]
	}
	if strings.Contains(sentence, " [permitted: ") {
		check += " (permitted)"
	}
	return check
}

// Err is nil if the run holds, and otherwise the verdict, why, and the command that shows the run.
func (r Result) Err() error {
	if r.Verdict == Holds {
		return nil
	}
	return fmt.Errorf("%s: %s\nnext: gregor run '%s'", r.Verdict, r.Sentence, r.Token)
}

// withoutNumbers puts # for every run of digits.
func withoutNumbers(text string) string {
	var b strings.Builder
	digits := false
	for _, c := range text {
		digit := c >= '0' && c <= '9'
		switch {
		case !digit:
			b.WriteRune(c)
		case !digits:
			b.WriteByte('#')
		}
		digits = digit
	}
	return b.String()
}
