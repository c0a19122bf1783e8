package checkers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"gregor/core/env"
)

// MaxLine is the longest line that Read takes, in bytes.
const MaxLine = 8 << 20

// Read reads a history from JSON lines. It does not trust them: an error names the line and the field.
func Read(r io.Reader) (History, error) {
	var h History
	s := bufio.NewScanner(r)
	s.Buffer(nil, MaxLine)
	last := uint64(0)
	for n := 1; s.Scan(); n++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		l, err := parseLine(s.Bytes())
		if err == nil && l.Event < last {
			err = fmt.Errorf("field \"event\" falls from %d to %d", last, l.Event)
		}
		if err != nil {
			return History{}, fmt.Errorf("line %d: %w", n, err)
		}
		last = l.Event
		l.addTo(&h)
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return History{}, fmt.Errorf("a line is longer than %d bytes", MaxLine)
	}
	return h, s.Err()
}

func parseLine(text []byte) (*formatLine, error) {
	l := new(formatLine)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return nil, plain(err)
	}
	if d.More() {
		return nil, errors.New("something follows the object")
	}
	fields, known := fieldsOf(l.Fact)
	if !known {
		return nil, fmt.Errorf("field \"fact\": %q is no fact that a history can hold", l.Fact)
	}
	if name := l.extra(fields); name != "" {
		return nil, fmt.Errorf("field %q does not belong to a %s", name, l.Fact)
	}
	return l, l.wrong(fields)
}

// fieldsOf lists the fields that a kind of line may have, besides event, at, node and fact.
func fieldsOf(fact string) (fields string, known bool) {
	switch fact {
	case "mishap":
		return "kind", true
	case "final_log":
		return "topic partition start end compacted records", true
	case "drained":
		return "", true
	}
	if fm := formsByName[fact]; fm != nil {
		return fm.fields, true
	}
	return "", false
}

// plain says in our own words what the JSON decoder complains of.
func plain(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return fmt.Errorf("field %q cannot be a %s", typ.Field, typ.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("field %s is unknown", name)
	}
	return fmt.Errorf("it is no JSON object: %s", strings.TrimPrefix(err.Error(), "json: "))
}

func (l *formatLine) addTo(h *History) {
	switch l.Fact {
	case "mishap":
		h.Mishaps = append(h.Mishaps, Mishap{Event: l.Event, Node: l.Node, Kind: kindOf(l.Kind)})
	case "final_log":
		h.Logs = append(h.Logs, l.finalLog())
	case "drained":
		h.Drained = true
	default:
		h.Facts = append(h.Facts, Stamped{Event: l.Event, At: l.At, Node: l.Node, Fact: formsByName[l.Fact].read(l)})
	}
}

func (l *formatLine) tp() env.TopicPartition {
	return env.TopicPartition{Topic: l.Topic, Partition: l.Partition}
}

func (l *formatLine) finalLog() FinalLog {
	log := FinalLog{TopicPartition: l.tp(), Start: l.Start, End: l.End, Compacted: l.Compacted}
	for _, r := range l.Records {
		log.Entries = append(log.Entries, Entry{Offset: r.Offset, Key: r.Key, Value: r.Value})
	}
	return log
}

func (l *formatLine) partitions() []env.TopicPartition {
	var out []env.TopicPartition
	for _, p := range l.Partitions {
		out = append(out, env.TopicPartition(p))
	}
	return out
}

func (l *formatLine) polled() []env.PolledRecord {
	var out []env.PolledRecord
	for _, r := range l.Records {
		out = append(out, env.PolledRecord(r))
	}
	return out
}
