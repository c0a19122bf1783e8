package checkers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"gregor/core/env"
)

// Write writes a history as JSON lines, all but what brokers told. Keys and values must be UTF-8: JSON has
// no other strings.
func Write(w io.Writer, h History) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	mishaps, last := h.Mishaps, uint64(0)
	for i := range h.Facts {
		s := &h.Facts[i]
		for len(mishaps) > 0 && mishaps[0].Event <= s.Event {
			writeMishap(enc, mishaps[0])
			mishaps = mishaps[1:]
		}
		last = s.Event
		l, ok := lineOf(s.Fact)
		if !ok {
			continue
		}
		l.Event, l.At, l.Node = s.Event, s.At, s.Node
		if err := l.text(); err != nil {
			return fmt.Errorf("fact %d: %w", i, err)
		}
		enc.Encode(l)
	}
	for _, m := range mishaps {
		last = max(last, m.Event)
		writeMishap(enc, m)
	}
	for i := range h.Logs {
		l := logLine(&h.Logs[i])
		l.Event = last
		if err := l.text(); err != nil {
			return fmt.Errorf("final log %d: %w", i, err)
		}
		enc.Encode(l)
	}
	if h.Drained {
		enc.Encode(formatLine{Event: last, Fact: "drained"})
	}
	return out.Flush() // it keeps the first error
}

func writeMishap(enc *json.Encoder, m Mishap) {
	enc.Encode(formatLine{Event: m.Event, Node: m.Node, Fact: "mishap", Kind: m.Kind.String()})
}

// text refuses strings that would not come back as they are.
func (l *formatLine) text() error {
	for _, s := range [...]string{l.Node, l.Client, l.Topic, l.Key, l.Value, l.Error, l.Group, l.Member, l.Reason, l.What} {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%q is not UTF-8", s)
		}
	}
	for _, r := range l.Records {
		if !utf8.ValidString(r.Key) || !utf8.ValidString(r.Value) {
			return fmt.Errorf("record %q, %q is not UTF-8", r.Key, r.Value)
		}
	}
	return nil
}

func logLine(log *FinalLog) formatLine {
	l := formatLine{Fact: "final_log", Topic: log.Topic, Partition: log.Partition, Start: log.Start, End: log.End, Compacted: log.Compacted}
	for _, e := range log.Entries {
		l.Records = append(l.Records, formatRecord{Offset: e.Offset, Key: e.Key, Value: e.Value})
	}
	return l
}

func lineOf(fact env.Fact) (l formatLine, ok bool) {
	switch f := fact.(type) {
	case env.ProduceCalled:
		return formatLine{Fact: "produce_called", Client: f.Client, Call: f.Call, Topic: f.Topic, Partition: f.Partition, Key: f.Key, Value: f.Value, Acks: f.Acks, Idempotent: f.Idempotent}, true
	case env.ProduceReturned:
		return formatLine{Fact: "produce_returned", Client: f.Client, Call: f.Call, Topic: f.Topic, Partition: f.Partition, Outcome: f.Outcome.String(), Offset: f.Offset, Attempts: f.Attempts, Error: f.Error}, true
	case env.PollCalled:
		return formatLine{Fact: "poll_called", Client: f.Client, Call: f.Call}, true
	case env.Polled:
		return polledLine(&f), true
	case env.Processed:
		return formatLine{Fact: "processed", Client: f.Client, Group: f.Group, Topic: f.Topic, Partition: f.Partition, To: f.To}, true
	case env.EndOffsetCalled:
		return formatLine{Fact: "end_offset_called", Client: f.Client, Call: f.Call, Topic: f.Topic, Partition: f.Partition}, true
	case env.EndOffsetReturned:
		return formatLine{Fact: "end_offset_returned", Client: f.Client, Call: f.Call, Topic: f.Topic, Partition: f.Partition, Outcome: f.Outcome.String(), Offset: f.Offset}, true
	}
	return groupLineOf(fact)
}

func groupLineOf(fact env.Fact) (l formatLine, ok bool) {
	switch f := fact.(type) {
	case env.PartitionsAssigned:
		return formatLine{Fact: "partitions_assigned", Client: f.Client, Group: f.Group, Member: f.Member, Generation: f.Generation, Partitions: formatPartitions(f.Partitions)}, true
	case env.PartitionsRevoked:
		return formatLine{Fact: "partitions_revoked", Client: f.Client, Group: f.Group, Member: f.Member, Generation: f.Generation, Partitions: formatPartitions(f.Partitions), Lost: f.Lost}, true
	case env.CommitCalled:
		return formatLine{Fact: "commit_called", Client: f.Client, Call: f.Call, Group: f.Group, Generation: f.Generation, Topic: f.Topic, Partition: f.Partition, Offset: f.Offset, Auto: f.Auto}, true
	case env.CommitReturned:
		return formatLine{Fact: "commit_returned", Client: f.Client, Call: f.Call, Outcome: f.Outcome.String(), Error: f.Error}, true
	case env.PositionSet:
		return formatLine{Fact: "position_set", Client: f.Client, Topic: f.Topic, Partition: f.Partition, Offset: f.Offset, Reason: f.Reason}, true
	case env.AdminReturned:
		return formatLine{Fact: "admin_returned", Client: f.Client, What: f.What, Error: f.Error}, true
	case env.ClientCrashed:
		return formatLine{Fact: "client_crashed", Client: f.Client}, true
	case env.ClientClosed:
		return formatLine{Fact: "client_closed", Client: f.Client}, true
	}
	return formatLine{}, false
}

func polledLine(f *env.Polled) formatLine {
	l := formatLine{Fact: "polled", Client: f.Client, Call: f.Call, Topic: f.Topic, Partition: f.Partition, From: f.From}
	for _, r := range f.Records {
		l.Records = append(l.Records, formatRecord(r))
	}
	return l
}

func formatPartitions(parts []env.TopicPartition) []formatPartition {
	var out []formatPartition
	for _, tp := range parts {
		out = append(out, formatPartition(tp))
	}
	return out
}
