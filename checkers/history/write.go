package history

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"unicode/utf8"
)

// Write writes a history as JSON lines, without the facts that are for the host only. Keys and values must be UTF-8:
// JSON has no other strings.
func Write(w io.Writer, h History) error {
	out := bufio.NewWriter(w) // it keeps the first error until Flush
	l := lines{json.NewEncoder(out)}
	l.SetEscapeHTML(false)
	faults, last := h.Faults, uint64(0)
	for i := range h.Facts {
		s := &h.Facts[i]
		for len(faults) > 0 && faults[0].Event <= s.Event {
			l.fault(faults[0])
			faults = faults[1:]
		}
		last = s.Event
		if err := l.put(header{Event: s.Event, At: s.At, Node: s.Node}, s.Fact); err != nil {
			return fmt.Errorf("fact %d: %w", i, err)
		}
	}
	for _, f := range faults {
		last = max(last, f.Event)
		l.fault(f)
	}
	for i := range h.Logs {
		if err := l.finalLog(last, &h.Logs[i]); err != nil {
			return fmt.Errorf("final log %d: %w", i, err)
		}
	}
	if h.Drained {
		l.put(header{Event: last}, drainedFields{})
	}
	return out.Flush()
}

// lines writes one line after the other.
type lines struct{ *json.Encoder }

// put writes one line. A kind of fact that has no form is left out.
func (l lines) put(h header, fact any) error {
	fm := formOfType[reflect.TypeOf(fact)]
	if fm == nil {
		return nil
	}
	line := fm.write(h, fact)
	if err := utf8Only(line); err != nil {
		return err
	}
	l.Encode(line.Interface())
	return nil
}

func (l lines) fault(f Fault) { l.put(header{Event: f.Event, Node: f.Node}, faultFields{f.Kind}) }

func (l lines) finalLog(event uint64, log *FinalLog) error {
	return l.put(header{Event: event}, finalLogFields{log.TopicPartition, log.Start, log.End, log.Compacted, log.Entries})
}

// utf8Only refuses strings that would not come back as they are.
func utf8Only(v reflect.Value) error {
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			return fmt.Errorf("%q is not UTF-8", v.String())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if err := utf8Only(v.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := utf8Only(v.Index(i)); err != nil {
				return err
			}
		}
	}
	return nil
}
