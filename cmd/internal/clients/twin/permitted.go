package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

// differences.txt lists the differences that are permitted. A block is a reason, on lines that begin with #, and the
// differences it is the reason of, one a line:
//
//	conversation / label | path | Kafka's value | Gregor's value
//
// Each part is a pattern in which * stands for anything. What differs from run to run is taken out of paths and values
// before they are compared with patterns (see [difference.line]). A line that begins with "old:" is about versions that
// are not the highest, and counts as unused only if those were held too.
//
//go:embed differences.txt
var differencesText string

// permitted is one line of the list.
type permitted struct {
	number  int // of the line
	parts   []string
	old     bool
	reason  string
	matched int
}

const partsOfLine = 4

func parsePermitted(text string) ([]*permitted, error) {
	var out []*permitted
	reason := ""
	inReason := false
	for i, line := range strings.Split(text, "\n") {
		switch line = strings.TrimSpace(line); {
		case line == "":
			reason, inReason = "", false
		case strings.HasPrefix(line, "#"):
			if !inReason {
				reason, inReason = "", true
			}
			reason += strings.TrimPrefix(line, "#")
		default:
			inReason = false
			p, err := parseLine(line)
			if err != nil {
				return nil, fmt.Errorf("differences.txt:%d: %w", i+1, err)
			}
			if reason == "" {
				return nil, fmt.Errorf("differences.txt:%d: %q has no reason above it", i+1, line)
			}
			p.number, p.reason = i+1, strings.TrimSpace(reason)
			out = append(out, p)
		}
	}
	return out, nil
}

func parseLine(line string) (*permitted, error) {
	line, old := strings.CutPrefix(line, "old:")
	parts := strings.Split(line, "|")
	if len(parts) != partsOfLine {
		return nil, fmt.Errorf("%q has %d parts, not %d: conversation / label | path | Kafka's value | Gregor's value", line,
			len(parts), partsOfLine)
	}
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return &permitted{parts: parts, old: old}, nil
}

// matches reports whether the line permits a difference.
func (p *permitted) matches(d *difference) bool {
	for i, x := range d.line() {
		if !glob(p.parts[i], x) {
			return false
		}
	}
	return true
}

// glob reports whether text matches a pattern in which * stands for anything.
func glob(pattern, text string) bool {
	pieces := strings.Split(pattern, "*")
	if len(pieces) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, pieces[0])
	if !ok {
		return false
	}
	last := pieces[len(pieces)-1]
	for _, piece := range pieces[1 : len(pieces)-1] {
		i := strings.Index(rest, piece)
		if i < 0 {
			return false
		}
		rest = rest[i+len(piece):]
	}
	return strings.HasSuffix(rest, last)
}

// permit returns the first line that permits a difference, nil if none does, and marks all that do.
func permit(list []*permitted, d *difference) *permitted {
	var first *permitted
	for _, p := range list {
		if p.matches(d) {
			p.matched++
			if first == nil {
				first = p
			}
		}
	}
	return first
}

// difference is one place in which two responses differ.
type difference struct {
	conversation  string
	label, path   string
	version       int16
	kafka, gregor string
}

var (
	brackets = regexp.MustCompile(`\[[^\]]*\]`)
	longest  = 120 // characters of a value that are compared with a pattern
)

// line is the difference as the list names it: names of topics and groups, indices and versions are taken out.
func (d *difference) line() [partsOfLine]string {
	at := brackets.ReplaceAllStringFunc(d.path, func(b string) string {
		if plainName.MatchString(b) {
			return b
		}
		return "[]"
	})
	return [partsOfLine]string{d.conversation + " / " + d.label, at, shorten(d.kafka), shorten(d.gregor)}
}

// plainName is a key of a path that is the same in each run: a config's name.
var plainName = regexp.MustCompile(`^\[[a-z]+(\.[a-z]+)+\]$`)

func shorten(v string) string {
	if len(v) > longest {
		return v[:longest] + "…"
	}
	return v
}

// only reports whether a run that held only some conversations is to judge a line.
func (p *permitted) only(run *regexp.Regexp) bool {
	name, _, _ := strings.Cut(p.parts[0], " / ")
	return !strings.Contains(name, "*") && run.MatchString(name)
}
