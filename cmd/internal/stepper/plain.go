package stepper

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"gregor/cmd/internal/story"
	"gregor/cmd/internal/terminal"
	"gregor/core/near"
	"gregor/scenarios"
)

// command is one of the stepper's commands.
type command struct {
	name, takes, text string

	do func(s *Stepper, arg string) []string
}

// commands are all of them.
func commands() []command {
	return []command{
		{"n", "[KIND | N]", "go to the next event, the next one of a kind, or N events on", (*Stepper).next},
		{"p", "[KIND | N]", "go back likewise", (*Stepper).previous},
		{"g", "EVENT | TIME", "go to an event, 9000, or to a time since the start of the clients, 3.5s", (*Stepper).goTo},
		{"/", "TEXT", "go to the next event that has the text in it", (*Stepper).find},
		{"r", "", "run to the end", (*Stepper).finish},
		{"v", "[NAME]", "look at all nodes, or at one node, partition or group", (*Stepper).look},
		{"m", "", "the messages under way", func(s *Stepper, _ string) []string { return Messages(s.view()) }},
		{"e", "[N]", "the last N events (10)", (*Stepper).recent},
		{"s", "", "the story so far", func(s *Stepper, _ string) []string { return s.cursor.Session().Story() }},
		{"w", "[EVENT]", "why an event happened, this one if none is named, and what it led to so far", (*Stepper).why},
		{"b", "ACTION", "a fault by hand, in a branch: b crash leader(orders-0) for 2s", (*Stepper).branch},
		{"t", "[N]", "the tree of branches, or go to branch N", (*Stepper).tree},
		{"y", "", "the token of this moment", func(s *Stepper, _ string) []string { return []string{s.token()} }},
		{"h", "", "this help", func(*Stepper, string) []string { return Help() }},
	}
}

// Help lists the commands and the kinds of moments.
func Help() []string {
	var lines []string
	for _, c := range commands() {
		lines = append(lines, fmt.Sprintf("  %-2s %-13s %s", c.name, c.takes, c.text))
	}
	lines = append(lines, fmt.Sprintf("  %-2s %-13s %s", "q", "", "quit"), "kinds of moments:")
	for _, s := range scenarios.Stops() {
		lines = append(lines, fmt.Sprintf("  %-11s %s", s.Name, s.Text))
	}
	return lines
}

// Stepper is a cursor with commands.
type Stepper struct {
	cursor *scenarios.Cursor
	file   string // of the scenario; "": its token has its text or its name
}

// New returns a stepper at the event that a run's token names, or at the beginning.
func New(a story.Run) *Stepper { return &Stepper{scenarios.NewCursor(a.Token), a.File} }

// Do carries out a command line and returns what it shows.
func (s *Stepper) Do(line string) []string {
	line = strings.TrimSpace(line)
	if line == "" {
		line = "n"
	}
	name, arg, _ := strings.Cut(line, " ")
	if strings.HasPrefix(line, "/") {
		name, arg = "/", line[1:]
	}
	var names []string
	for _, c := range commands() {
		if c.name == name {
			return c.do(s, strings.TrimSpace(arg))
		}
		names = append(names, c.name)
	}
	return []string{fmt.Sprintf("unknown command %q; the commands are %s, and h explains them", name,
		strings.Join(names, " "))}
}

// Prompt is where the stepper is.
func (s *Stepper) Prompt() string {
	v := s.cursor.Session()
	return fmt.Sprintf("#%d %s %s> ", v.Event(), v.Now().Clock(v.Zero()), v.Phase())
}

// Plain reads commands, one a line, and writes what they show, until there are no more or one is q. Commands that no
// person types are written too.
func (s *Stepper) Plain(in io.Reader, out io.Writer) error {
	typed := terminal.Is(in)
	lines := bufio.NewScanner(in)
	for {
		if _, err := fmt.Fprint(out, s.Prompt()); err != nil {
			return err
		}
		if !lines.Scan() {
			fmt.Fprintln(out)
			return lines.Err()
		}
		if !typed {
			fmt.Fprintln(out, lines.Text())
		}
		if strings.TrimSpace(lines.Text()) == "q" {
			return nil
		}
		for _, line := range s.Do(lines.Text()) {
			if _, err := fmt.Fprintln(out, line); err != nil {
				return err
			}
		}
	}
}

func (s *Stepper) view() scenarios.View { return s.cursor.Session().View() }

// here shows the event at the cursor.
func (s *Stepper) here() []string {
	events := s.cursor.Events()
	if s.cursor.Session().Done() {
		return s.verdict()
	}
	if len(events) == 0 {
		return []string{"nothing has happened yet"}
	}
	return events[len(events)-1].Lines()
}

// verdict shows how the run ended.
func (s *Stepper) verdict() []string {
	r := s.cursor.Session().Result()
	lines := []string{fmt.Sprintf("the run is over: it %s", r.Verdict)}
	if r.Sentence != "" {
		lines = append(lines, r.Sentence)
	}
	return append(lines, scenarios.Findings(r)...)
}

// moved is a kind of moment or a number of events; the error is what to write.
func moved(arg string) (stop scenarios.Stop, n uint64, err error) {
	if arg == "" {
		return stop, 1, nil
	}
	if n, err = strconv.ParseUint(arg, 10, 64); err == nil {
		return stop, n, nil
	}
	stop, ok := scenarios.StopNamed(arg)
	if !ok {
		meant := near.Name(arg, scenarios.StopNames())
		if meant != "" {
			return stop, 0, fmt.Errorf("unknown kind of moment %q; did you mean %q?", arg, meant)
		}
		return stop, 0, fmt.Errorf("unknown kind of moment %q; the kinds are %s", arg,
			strings.Join(scenarios.StopNames(), ", "))
	}
	return stop, 0, nil
}

func (s *Stepper) next(arg string) []string {
	stop, n, err := moved(arg)
	switch {
	case err != nil:
		return []string{err.Error()}
	case n > 0:
		s.cursor.To(s.cursor.Event() + min(n, math.MaxInt64))
	case !s.cursor.Next(stop):
		return append([]string{"there is no later one"}, s.here()...)
	}
	return s.here()
}

func (s *Stepper) previous(arg string) []string {
	stop, n, err := moved(arg)
	switch {
	case err != nil:
		return []string{err.Error()}
	case n > 0:
		s.cursor.To(s.cursor.Event() - min(n, s.cursor.Event()))
	case !s.cursor.Previous(stop):
		return []string{"there is no earlier one"}
	}
	return s.here()
}

func (s *Stepper) goTo(arg string) []string {
	if n, err := strconv.ParseUint(arg, 10, 64); err == nil {
		s.cursor.To(n)
		return s.here()
	}
	d, err := time.ParseDuration(arg)
	if err != nil {
		return []string{fmt.Sprintf("%q is neither an event, 9000, nor a time, 3.5s", arg)}
	}
	s.cursor.ToInstant(int64(d))
	return s.here()
}

func (s *Stepper) find(arg string) []string {
	if arg == "" {
		return []string{"write what to look for: /truncates"}
	}
	if !s.cursor.Find(arg) {
		return append([]string{fmt.Sprintf("no later event has %q in it", arg)}, s.here()...)
	}
	return s.here()
}

func (s *Stepper) finish(string) []string {
	s.cursor.To(math.MaxUint64)
	return s.here()
}

func (s *Stepper) look(arg string) []string {
	if arg == "" {
		return Nodes(s.view())
	}
	return Subject(s.view(), arg)
}

func (s *Stepper) recent(arg string) []string {
	n := 10
	if arg != "" {
		var err error
		if n, err = strconv.Atoi(arg); err != nil || n < 1 {
			return []string{fmt.Sprintf("%q is not a number of events", arg)}
		}
	}
	return Recent(s.cursor.Events(), n)
}

func (s *Stepper) why(arg string) []string {
	event := s.cursor.Event()
	if arg != "" {
		var err error
		if event, err = strconv.ParseUint(strings.TrimPrefix(arg, "#"), 10, 64); err != nil {
			return []string{fmt.Sprintf("%q is not the number of an event", arg)}
		}
	}
	return scenarios.Explain(s.cursor.Events(), event)
}

func (s *Stepper) branch(arg string) []string {
	if arg == "" {
		return []string{"write what happens: b crash leader(orders-0) for 2s; gregor help scenario lists the actions"}
	}
	if err := s.cursor.Branch(arg); err != nil {
		return []string{err.Error()}
	}
	_, now := s.cursor.Branches()
	return []string{fmt.Sprintf("branch %d: the same run up to here, and now %s", now, arg)}
}

func (s *Stepper) tree(arg string) []string {
	all, now := s.cursor.Branches()
	if arg == "" {
		return Tree(all, now)
	}
	n, err := strconv.Atoi(arg)
	if err != nil || n < 0 || n >= len(all) {
		return []string{fmt.Sprintf("there is no branch %q; t shows the tree", arg)}
	}
	s.cursor.Enter(n)
	return s.here()
}

// token is what names this moment: another gregor step, run or why opens it.
func (s *Stepper) token() string {
	a := story.Run{Token: s.cursor.Token()}
	if all, now := s.cursor.Branches(); all[now].From < 0 {
		a.File = s.file
	}
	return a.Arg()
}
