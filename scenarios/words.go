package scenarios

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gregor/core/near"
)

// fields splits a line into words. A # outside quotes starts a comment; a part in double quotes, as in Go, may contain
// blanks and #.
func (p *parser) fields(line string) (words []string) {
	var word strings.Builder
	begun := false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for i := 0; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case c == '#':
			end()
			return words
		case c == '"':
			quoted, err := strconv.QuotedPrefix(line[i:])
			if err != nil {
				p.fail(line[i:], "missing closing quote", `write text as "in quotes"`)
			}
			text, _ := strconv.Unquote(quoted) // a quoted prefix is well formed
			word.WriteString(text)
			begun, size = true, len(quoted)
		case unicode.IsSpace(c):
			end()
		default:
			word.WriteString(line[i : i+size])
			begun = true
		}
		i += size
	}
	end()
	return words
}

// quote returns a word as fields reads it, in quotes if it needs them.
func quote(word string) string {
	odd := func(c rune) bool {
		return c == '#' || c == '"' || c == unicode.ReplacementChar || unicode.IsSpace(c) || !unicode.IsPrint(c)
	}
	if word == "" || strings.ContainsFunc(word, odd) {
		return strconv.Quote(word)
	}
	return word
}

// listMax is how many names an error lists.
const listMax = 20

// nearest suggests the known word that was probably meant, or lists all known words.
func nearest(word string, known []string) string {
	if len(known) <= listMax {
		return suggest(word, known, "one of: "+strings.Join(known, ", "))
	}
	return suggest(word, known, "gregor help scenario lists them")
}

// suggest asks whether the nearest known word was meant, or returns otherwise if none is near.
func suggest(word string, known []string, otherwise string) string {
	if meant := near.Name(word, known); meant != "" {
		return "did you mean " + strconv.Quote(meant) + "?"
	}
	return otherwise
}
