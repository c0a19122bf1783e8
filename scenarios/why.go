package scenarios

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"

	"gregor/core/env"
)

// find returns the event with a number.
func find(events []Event, number uint64) (Event, bool) {
	i := at(events, number)
	if i == len(events) || events[i].Event != number {
		return Event{}, false
	}
	return events[i], true
}

// at is the index of the first event from a number on.
func at(events []Event, number uint64) int {
	return sort.Search(len(events), func(i int) bool { return events[i].Event >= number })
}

// chainMax bounds how many causes Why returns.
const chainMax = 1000

// Why returns an event and what caused it, the latest first, up to a fault, an event without a cause, or one that is
// not remembered. Every cause is the event in whose step the next one was asked for: the message was sent, the disk
// operation was submitted, the timer was set.
func Why(events []Event, number uint64) (chain []Event) {
	for number > 0 && len(chain) < chainMax {
		e, ok := find(events, number)
		if !ok {
			break
		}
		chain = append(chain, e)
		number = e.Cause
	}
	return chain
}

// Effect is an event that another one caused, directly or through others.
type Effect struct {
	Event
	Depth int `json:"depth"` // 1: directly
}

// The bounds of what Effects returns: how many, and through how many others.
const (
	effectsMax = 40
	depthMax   = 6
)

// Effects returns what an event caused, the earliest first, and what that caused in turn.
func Effects(events []Event, number uint64) (effects []Effect) {
	depth := map[uint64]int{number: 0}
	for _, e := range events {
		d, caused := depth[e.Cause]
		if e.Event <= number || !caused || d == depthMax {
			continue
		}
		depth[e.Event] = d + 1
		if effects = append(effects, Effect{e, d + 1}); len(effects) == effectsMax {
			break
		}
	}
	return effects
}

// Lines is the event for a person: its number, time and sentence, and a line for each fact.
func (e Event) Lines() []string {
	lines := []string{fmt.Sprintf("#%d %s  %s", e.Event, e.Clock, e.Text)}
	for _, f := range e.Facts {
		lines = append(lines, "    reports "+f.Text)
	}
	return lines
}

// Explain returns the lines that answer why an event happened, and what it led to.
func Explain(events []Event, number uint64) []string {
	chain := Why(events, number)
	if len(chain) == 0 {
		return []string{fmt.Sprintf("the run has no event #%d", number)}
	}
	lines := chain[0].Lines()
	if len(chain) > 1 {
		lines = append(lines, "because")
		lines = append(lines, collapsed(chain[1:])...)
	}
	lines = append(lines, root(chain[len(chain)-1]))
	effects := Effects(events, number)
	if len(effects) == 0 {
		return append(lines, "it led to nothing")
	}
	lines = append(lines, "it led to")
	for _, e := range effects {
		lines = append(lines, shifted(strings.Repeat("  ", e.Depth), e.Event)...)
	}
	if len(effects) == effectsMax {
		lines = append(lines, "  … and more")
	}
	return lines
}

// collapsed shows a chain of causes. Of a run of timers of one node, each of which set the next, it shows the last one
// and how many there were.
func collapsed(chain []Event) (lines []string) {
	tick := env.Tick.String()
	for i := 0; i < len(chain); {
		end := i + 1
		for end < len(chain) && chain[i].Kind == tick && chain[end].Kind == tick && chain[end].Node == chain[i].Node {
			end++
		}
		lines = append(lines, shifted("  ", chain[i])...)
		if n := end - i - 1; n > 0 {
			lines = append(lines, fmt.Sprintf("  … and %d timers of %s before it, from #%d %s on", n, chain[i].Node,
				chain[end-1].Event, chain[end-1].Clock))
		}
		i = end
	}
	return lines
}

// root says where a chain of causes ends.
func root(last Event) string {
	switch {
	case last.Kind == faultKind:
		return "  and that is a fault of the scenario"
	case last.Cause == 0:
		return "  and that has no cause within the run"
	}
	return fmt.Sprintf("  … and before it #%d", last.Cause)
}

func indented(events []Event) (lines []string) {
	for _, e := range events {
		lines = append(lines, shifted("  ", e)...)
	}
	return lines
}

func shifted(by string, e Event) (lines []string) {
	for _, line := range e.Lines() {
		lines = append(lines, by+line)
	}
	return lines
}

// aroundEvent is how many events before one are shown with it.
const aroundEvent = 10

// Around shows an event of a traced run: the events before it, the event with what was reported in its step, and the
// chain of events that caused it.
func Around(r Result, number uint64) []string {
	events := EventsOf(r)
	if _, ok := find(events, number); !ok {
		return []string{fmt.Sprintf("the run has no event #%d; the last is #%d", number, r.Stats.Events)}
	}
	end := at(events, number+1)
	lines := append([]string{fmt.Sprintf("up to event #%d:", number)}, indented(events[max(0, end-aroundEvent):end])...)
	lines = append(lines, fmt.Sprintf("causes of #%d, the latest first:", number))
	return append(lines, collapsed(Why(events, number))...)
}

// traceHead is the first line of a trace as JSON lines.
type traceHead struct {
	Version int    `json:"version"`
	Token   string `json:"token"`
	Verdict string `json:"verdict"`
}

// WriteEvents writes the events of a traced run as JSON lines: first the version of the format, the token and the
// verdict, then one [Event] a line.
func WriteEvents(w io.Writer, r Result) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	if err := out.Encode(traceHead{EventsVersion, r.Token.String(), string(r.Verdict)}); err != nil {
		return err
	}
	for _, e := range EventsOf(r) {
		if err := out.Encode(e); err != nil {
			return fmt.Errorf("event %d: %w", e.Event, err)
		}
	}
	return nil
}
