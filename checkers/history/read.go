package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"gregor/core/env"
)

// MaxLine is the longest line that Read accepts, in bytes.
const MaxLine = 8 << 20

// Read reads a history from JSON lines. "event" must not fall from line to line; equal numbers mean concurrent. "at"
// (nanoseconds) and "node" may be left out, and so may any field that has its zero value. Read does not trust its
// input: an error names the line and the field.
func Read(r io.Reader) (History, error) {
	var h History
	s := bufio.NewScanner(r)
	s.Buffer(nil, MaxLine)
	last := uint64(0)
	for n := 1; s.Scan(); n++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		at, l, err := parseLine(s.Bytes())
		if err == nil && at.Event < last {
			err = fmt.Errorf("field \"event\" falls from %d to %d", last, at.Event)
		}
		if err != nil {
			return History{}, fmt.Errorf("line %d: %w", n, err)
		}
		last = at.Event
		h.add(at, l.read(l.value))
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return History{}, fmt.Errorf("a line is longer than %d bytes", MaxLine)
	}
	return h, s.Err()
}

func parseLine(text []byte) (header, line, error) {
	var at header
	var fields map[string]json.RawMessage
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&fields); err != nil {
		return at, line{}, plain(err)
	}
	if d.More() {
		return at, line{}, errors.New("something follows the object")
	}
	names := slices.Sorted(maps.Keys(fields))
	if i := slices.IndexFunc(names, func(n string) bool { return !fieldNames[n] }); i >= 0 {
		return at, line{}, fmt.Errorf("field %q is unknown", names[i])
	}
	if err := json.Unmarshal(text, &at); err != nil {
		return at, line{}, plain(err)
	}
	fm := formOfName[at.Fact]
	if fm == nil {
		return at, line{}, fmt.Errorf("field \"fact\": %q is no fact that a history can hold", at.Fact)
	}
	if i := slices.IndexFunc(names, func(n string) bool { return !fm.has(n) }); i >= 0 {
		return at, line{}, fmt.Errorf("field %q does not belong to a %s", names[i], at.Fact)
	}
	value := reflect.New(fm.line)
	if err := json.Unmarshal(text, value.Interface()); err != nil {
		return at, line{}, plain(err)
	}
	l := line{fm, value.Elem()}
	return at, l, l.wrong()
}

// plain puts an error of the JSON decoder in the words of this format.
func plain(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return fmt.Errorf("field %q cannot be a %s", typ.Field, typ.Value)
	}
	return fmt.Errorf("it is no JSON object: %s", strings.TrimPrefix(err.Error(), "json: "))
}

// add appends what a line holds.
func (h *History) add(at header, what any) {
	switch f := what.(type) {
	case faultFields:
		h.Faults = append(h.Faults, Fault{Event: at.Event, Node: at.Node, Kind: f.Kind})
	case finalLogFields:
		h.Logs = append(h.Logs, FinalLog{TopicPartition: f.TopicPartition, Start: f.Start, End: f.End,
			Entries: f.Records, Compacted: f.Compacted})
	case drainedFields:
		h.Drained = true
	case env.Fact:
		h.Facts = append(h.Facts, Stamped{Event: at.Event, At: at.At, Node: at.Node, Fact: f})
	}
}
