package scenarios

import (
	"fmt"
	"strings"

	"gregor/checkers"
	"gregor/core/env"
)

// Timeline tells a run in lines a person can follow: faults, what the servers told, and how much was sent and
// read in between.
func Timeline(r Result) []string {
	t := teller{begin: r.Begin, chronicle: newChronicle()}
	deeds := r.Deeds
	for _, s := range r.History.Facts {
		for len(deeds) > 0 && deeds[0].Event < s.Event {
			t.line(deeds[0].At, "!! "+deeds[0].Text)
			if deeds[0].Text == theEnd && r.Verdict == Holds {
				return t.lines
			}
			deeds = deeds[1:]
		}
		t.fact(s)
	}
	t.flush()
	return t.lines
}

// teller puts a timeline together. What happens thousands of times is counted and told before the next line.
type teller struct {
	begin             env.Instant
	lines             []string
	acked, read       int
	failed, committed int
	duplicates        int
	chronicle         chronicle
}

func (t *teller) line(at env.Instant, text string) {
	t.flush()
	t.lines = append(t.lines, fmt.Sprintf("%9s  %s", t.clock(at), text))
}

func (t *teller) clock(at env.Instant) string {
	ms := at.Sub(t.begin).Milliseconds()
	if ms < 0 {
		return fmt.Sprintf("-%d.%03ds", -ms/1000, -ms%1000)
	}
	return fmt.Sprintf("%d.%03ds", ms/1000, ms%1000)
}

// flush tells what was counted since the last line.
func (t *teller) flush() {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{t.acked, "acknowledged"}, {t.failed, "failed or unknown"}, {t.duplicates, "duplicates dropped"}, {t.read, "read"}, {t.committed, "offsets committed"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if len(parts) > 0 {
		t.lines = append(t.lines, fmt.Sprintf("%9s    … %s", "", strings.Join(parts, ", ")))
	}
	t.acked, t.failed, t.duplicates, t.read, t.committed = 0, 0, 0, 0, 0
}

func (t *teller) fact(s checkers.Stamped) {
	if s.Node == auditor || s.Node == setup || strings.HasPrefix(s.Node, prober) {
		return
	}
	for _, text := range t.chronicle.tell(s) {
		t.line(s.At, fmt.Sprintf("%-4s %s", s.Node, text))
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
	case env.CommitReturned:
		if f.Outcome == env.OK {
			t.committed++
		}
	case env.DuplicateDropped:
		t.duplicates++
	default:
		if text := headline(s); text != "" {
			t.line(s.At, fmt.Sprintf("%-4s %s", s.Node, text))
		}
	}
}

// headline is a fact worth a line, "" for the others.
func headline(s checkers.Stamped) string {
	switch f := s.Fact.(type) {
	case env.Started:
		return "serves"
	case env.Stopped:
		return "has stopped, its disk is clean"
	case env.GaveUp:
		return "gives up: " + f.Reason
	case env.LogRecovered:
		if f.LostBytes > 0 {
			return fmt.Sprintf("recovers %s [%d, %d): %d bytes of its tail are lost, %s", f.TopicPartition, f.Start, f.End, f.LostBytes, f.Reason)
		}
		return ""
	case env.PartitionFenced:
		return fmt.Sprintf("fences %s: %s", f.TopicPartition, f.Reason)
	case env.LogStartAdvanced:
		return fmt.Sprintf("%s now starts at %d (%s)", f.TopicPartition, f.To, f.Reason)
	case env.Cleaned:
		return fmt.Sprintf("compacts %s [%d, %d): keeps %d of %d records", f.TopicPartition, f.From, f.To, f.Kept, f.Read)
	case env.GroupRebalanced:
		return fmt.Sprintf("group %s enters generation %d with %d members", f.Group, f.Generation, len(f.Members))
	case env.GroupMemberGone:
		return fmt.Sprintf("group %s loses a member: %s", f.Group, f.Reason)
	case env.PartitionsAssigned:
		return fmt.Sprintf("owns %s (generation %d)", list(f.Partitions), f.Generation)
	case env.PartitionsRevoked:
		return fmt.Sprintf("gives up %s", list(f.Partitions))
	case env.ClientCrashed:
		return "crashes"
	}
	return ""
}

func list(all []env.TopicPartition) string {
	if len(all) == 0 {
		return "nothing"
	}
	var names []string
	for _, tp := range all {
		names = append(names, tp.String())
	}
	return strings.Join(names, ", ")
}

// lastSteps is how many events about the first finding's partition are told.
const lastSteps = 20

// LastSteps tells the last facts about the partition of the first broken promise, up to where it shows.
func LastSteps(r Result) []string {
	for _, f := range r.Findings {
		if f.Partition.Topic == "" || f.Event == 0 {
			continue
		}
		return lastAbout(r, f)
	}
	return nil
}

func lastAbout(r Result, f checkers.Finding) []string {
	var lines []string
	for _, s := range r.History.Facts {
		if s.Event > f.Event {
			break
		}
		if text := env.Describe(s.Fact); strings.Contains(text, " "+f.Partition.String()+" ") {
			lines = append(lines, fmt.Sprintf("#%d %s %s", s.Event, s.Node, text))
		}
	}
	if len(lines) > lastSteps {
		lines = lines[len(lines)-lastSteps:]
	}
	return append([]string{fmt.Sprintf("the last steps about %s:", f.Partition)}, lines...)
}
