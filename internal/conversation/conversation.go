// Package conversation runs tests that are text files: a story written as commands, and below each command what came of
// it. It is for tests only.
//
//	# A new log: the first segment appears with the log.
//	open
//	  ready [0, 0), 1 segments, 0 bytes
//	append a:1 b:2 epoch=3
//	  [0, 1]
//
// A line that is not indented is a command, a line that is indented by two blanks belongs to the response of the
// command above it, and empty lines and lines that begin with # are kept as they are. [Play] runs such a text;
// [Transcript] runs a text of which only the whole has a response; [Files] finds the files, compares, and with
//
//	go test ./core/seglog -run TestConversations -rewrite
//
// writes the responses of today into them, to be read as a difference before they are kept.
//
// Why not cockroachdb/datadriven: there each command needs a line of dashes and an empty line of its own. Most commands
// here are one line with one line or none in response, so that the files would be three times as long, and a comment
// that depends on a run, such as the one that [Without] writes, could not be rewritten.
package conversation

import (
	"strconv"
	"strings"
	"time"
)

// T is the part of a testing.TB that a command needs to refuse what is wrong in the text.
type T interface {
	Fatalf(format string, args ...any)
}

// Command is one line of a conversation, taken apart: NAME word word name=value.
type Command struct {
	t     T
	Line  int // counted from 1
	Text  string
	Name  string
	Words []string          // what follows the name and holds no =
	Args  map[string]string // what holds one
}

// Parse takes a line apart. The line must not be empty.
func Parse(t T, number int, line string) *Command {
	fields := strings.Fields(line)
	c := &Command{t: t, Line: number, Text: line, Name: fields[0], Args: make(map[string]string)}
	for _, f := range fields[1:] {
		if name, value, ok := strings.Cut(f, "="); ok {
			c.Args[name] = value
		} else {
			c.Words = append(c.Words, f)
		}
	}
	return c
}

// Shift returns the command without its name: the first word becomes the name, as in "quiet start" and "c1 produce".
func (c *Command) Shift() *Command {
	if len(c.Words) == 0 {
		c.Fatalf("a command must follow %s", c.Name)
	}
	_, rest, _ := strings.Cut(strings.TrimSpace(c.Text), " ")
	return Parse(c.t, c.Line, rest)
}

// Fatalf ends the test with the line that is wrong.
func (c *Command) Fatalf(format string, args ...any) {
	c.t.Fatalf("line %d, %q: "+format, append([]any{c.Line, c.Text}, args...)...)
}

// Has reports whether an argument is given, as name=value.
func (c *Command) Has(name string) bool {
	_, ok := c.Args[name]
	return ok
}

// Word is the i-th word behind the name; the test ends if there are not as many.
func (c *Command) Word(i int) string {
	if i >= len(c.Words) {
		c.Fatalf("%s needs %d words", c.Name, i+1)
		return ""
	}
	return c.Words[i]
}

// Int is a number given as name=value.
func (c *Command) Int(name string, otherwise int64) int64 {
	if v, ok := c.Args[name]; ok {
		return c.Number(v)
	}
	return otherwise
}

// Duration is a duration given as name=value, such as 1500ms.
func (c *Command) Duration(name string, otherwise time.Duration) time.Duration {
	v, ok := c.Args[name]
	if !ok {
		return otherwise
	}
	return c.Time(v)
}

// Number reads a word as a number.
func (c *Command) Number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		c.Fatalf("%q is not a number", word)
	}
	return n
}

// Time reads a word as a duration.
func (c *Command) Time(word string) time.Duration {
	d, err := time.ParseDuration(word)
	if err != nil {
		c.Fatalf("%q is not a duration", word)
	}
	return d
}

// Play runs the commands of a text in order and returns the text with the responses of this run in place of the old
// ones.
func Play(t T, text string, respond func(*Command) string) string {
	var out strings.Builder
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line + "\n")
		if remark(line) {
			continue
		}
		for answer := range strings.Lines(respond(Parse(t, i+1, line))) {
			out.WriteString("  " + strings.TrimSuffix(answer, "\n") + "\n")
		}
	}
	return out.String()
}

func remark(line string) bool {
	return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#")
}

// rule separates the script of a transcript from what came of it.
const rule = "----\n"

// Transcript runs a text whose commands stand above a line of four dashes. Below it stands what came of all of them
// together, which is how a text is written whose responses do not follow the order of its commands.
func Transcript(t T, text string, run func([]*Command) string) string {
	script, _, _ := strings.Cut(text, rule)
	var commands []*Command
	for i, line := range strings.Split(script, "\n") {
		if !remark(line) {
			commands = append(commands, Parse(t, i+1, line))
		}
	}
	return script + rule + run(commands)
}
