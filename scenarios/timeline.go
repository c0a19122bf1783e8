package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/env"
)

// Timeline narrates a run in lines a person can follow: faults, what they led to, and how much was sent and read
// between them. Of a token that names an event, it goes up to that one.
func Timeline(r Result) []string {
	t := timeline{clock: r.clock()}
	story := merged(narrate(r))
	story = slices.DeleteFunc(story, func(l *storyLine) bool { return r.Token.Step > 0 && l.event > r.Token.Step })
	facts := r.History.Facts
	for _, l := range story {
		n := 0
		for n < len(facts) && facts[n].Event <= l.event {
			t.count(facts[n])
			n++
		}
		facts = facts[n:]
		t.add(l)
	}
	if r.Verdict != Holds && r.Token.Step == 0 {
		for _, s := range facts {
			t.count(s)
		}
		t.flush()
	}
	return t.lines
}

// merged joins lines of one moment that differ in nothing but the partition, and leaves dropped ones out.
func merged(story []*storyLine) (out []*storyLine) {
	for _, l := range story {
		same := func(o *storyLine) bool { return o.at == l.at && o.text == l.text && len(o.about) > 0 }
		switch i := slices.IndexFunc(out[max(0, len(out)-mergedMax):], same); {
		case l.dropped:
		case i < 0 || l.fault:
			out = append(out, l)
		default:
			o := out[max(0, len(out)-mergedMax)+i]
			o.about = append(o.about, l.about...)
		}
	}
	return out
}

// mergedMax is how many lines back a line is merged.
const mergedMax = 50

// timeline writes the lines. What happens thousands of times is counted, and shown before the next fault.
type timeline struct {
	clock       clock
	lines       []string
	acked, read int
	failed      int
	duplicates  int
}

func (t *timeline) add(l *storyLine) {
	text := strings.ReplaceAll(l.text, "{}", aboutText(l.about))
	if l.fault {
		t.flush()
		text = "!! " + text
	}
	t.lines = append(t.lines, fmt.Sprintf("%9s  %s", t.clock.at(l.at), text))
}

// aboutText lists partitions, as far as a line holds them.
func aboutText(all []string) string {
	const most = 4
	if len(all) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(all[:most], ", "), len(all)-most)
	}
	return strings.Join(all, ", ")
}

// flush adds what was counted since the last fault.
func (t *timeline) flush() {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{t.acked, "acknowledged"}, {t.failed, "failed or unknown"}, {t.duplicates, "duplicates dropped"}, {t.read, "read"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) > 0 {
		t.lines = append(t.lines, fmt.Sprintf("%9s  … %s", "", strings.Join(parts, ", ")))
	}
	t.acked, t.failed, t.duplicates, t.read = 0, 0, 0, 0
}

// count notes what is too frequent for a line.
func (t *timeline) count(s history.Stamped) {
	if s.Node == auditor || s.Node == setup || strings.HasPrefix(s.Node, prober) {
		return
	}
	switch f := s.Fact.(type) {
	case env.ProduceReturned:
		if f.Outcome == env.OK {
			t.acked++
		} else {
			t.failed++
		}
	case env.Polled:
		t.read += len(f.Records)
	case env.DuplicateDropped:
		t.duplicates++
	}
}
