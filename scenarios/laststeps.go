package scenarios

import (
	"fmt"
	"slices"

	"gregor/checkers"
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// lastSteps is how many steps about the decisive finding's partition are shown.
const lastSteps = 20

// LastSteps are the last steps about the partition of the first finding, up to the event of the finding: faults, what
// replicas appended, truncated and applied, what was acknowledged to clients. A metadata record that several nodes
// apply is shown once, and equal steps are counted.
func LastSteps(r Result) []string {
	if f, found := First(r); found {
		return lastAbout(r, f)
	}
	return nil
}

// First is the first finding about a partition that has an event.
func First(r Result) (checkers.Finding, bool) {
	i := slices.IndexFunc(r.Findings, func(f checkers.Finding) bool { return f.Partition.Topic != "" && f.Event > 0 })
	if i < 0 {
		return checkers.Finding{}, false
	}
	return r.Findings[i], true
}

// lastStep is a step, or several alike.
type lastStep struct {
	event uint64
	at    env.Instant
	node  string
	kind  string
	text  string
	alike int
}

func lastAbout(r Result, f checkers.Finding) []string {
	steps := lastOf(r, f)
	if len(steps) > lastSteps {
		steps = steps[len(steps)-lastSteps:]
	}
	clock := r.clock()
	lines := []string{fmt.Sprintf("the last steps about %s:", f.Partition)}
	for _, s := range steps {
		text := fmt.Sprintf("%20s  %s", fmt.Sprintf("%s (#%d)", clock.at(s.at), s.event), s.text)
		if s.alike > 0 {
			text += fmt.Sprintf(" … and %d more like this", s.alike)
		}
		lines = append(lines, text)
	}
	return lines
}

// lastOf collects the steps. It keeps more than are shown, as the newest come last.
func lastOf(r Result, f checkers.Finding) (steps []lastStep) {
	records := r.Faults
	applied := kafka.Offset(-1)
	for _, s := range r.History.Facts {
		if s.Event > f.Event {
			break
		}
		for len(records) > 0 && records[0].Event < s.Event {
			steps = append(steps, lastStep{event: records[0].Event, at: records[0].At, text: "!! " + records[0].Text})
			records = records[1:]
		}
		if !concerns(s, f) {
			continue
		}
		if p, is := s.Fact.(env.PartitionChanged); is {
			if p.At <= applied {
				continue
			}
			applied = p.At
		}
		steps = follow(steps, lastStep{event: s.Event, at: s.At, node: s.Node, kind: fmt.Sprintf("%T", s.Fact),
			text: s.Node + " " + s.Fact.Line(names)})
		if len(steps) > 10*lastSteps {
			steps = steps[len(steps)-2*lastSteps:]
		}
	}
	return steps
}

// follow adds a step, or counts it where the last one was of the same node and kind.
func follow(steps []lastStep, s lastStep) []lastStep {
	if n := len(steps); n > 0 && steps[n-1].node == s.node && steps[n-1].kind == s.kind {
		steps[n-1].alike++
		return steps
	}
	return append(steps, s)
}

// concerns reports whether a fact belongs to a finding: it is about the same partition, and about the finding's record,
// if there is one.
func concerns(s history.Stamped, found checkers.Finding) bool {
	f, is := s.Fact.(interface{ About() kafka.TopicPartition })
	if !is || f.About() != found.Partition {
		return false
	}
	switch f := s.Fact.(type) {
	case env.ProduceCalled, env.FollowerHeard, env.EndOffsetCalled, env.CommitCalled:
		return false
	case env.ProduceReturned:
		return found.Offset < 0 || f.Offset == found.Offset
	case env.Appended:
		return found.Offset < 0 || f.Base <= found.Offset && found.Offset <= f.Last
	case env.Polled:
		return found.Offset < 0 || len(f.Records) > 0 && f.Records[0].Offset <= found.Offset &&
			found.Offset <= f.Records[len(f.Records)-1].Offset
	case env.HighWatermarkAdvanced:
		return found.Offset < 0 || f.From <= found.Offset && found.Offset < f.To
	case env.Processed:
		return found.Offset < 0 || f.To == found.Offset+1
	case env.Flushed:
		return found.Offset < 0 || f.To > found.Offset
	}
	return true
}
