package checkers

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"unicode/utf8"

	"gregor/core/env"
)

// Write writes a history as JSON lines, all but facts that no check asks for. Keys and values must be UTF-8: JSON has
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
		fm := formsByType[reflect.TypeOf(s.Fact)]
		if fm == nil {
			continue
		}
		l := formatLine{Event: s.Event, At: s.At, Node: s.Node}
		fm.write(s.Fact, &l)
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
	for _, s := range slices.Concat(l.Members, []string{l.Node, l.Client, l.Topic, l.Key, l.Value, l.Error, l.Group, l.Member,
		l.LeaderMember, l.Reason, l.What}) {
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

func formatRecords(records []env.PolledRecord) []formatRecord {
	var out []formatRecord
	for _, r := range records {
		out = append(out, formatRecord(r))
	}
	return out
}

func formatPartitions(parts []env.TopicPartition) []formatPartition {
	var out []formatPartition
	for _, tp := range parts {
		out = append(out, formatPartition(tp))
	}
	return out
}
