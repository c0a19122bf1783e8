package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"gregor/cmd/internal/terminal"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// recordOfJSON reads a record from one object, as gregor consume --json prints it. Every field may be missing, and none
// may come twice; topic and offset are read over. What is not UTF-8 is in the base64 fields.
func recordOfJSON(line []byte) (*kgo.Record, error) {
	r := &kgo.Record{Partition: -1}
	var key, value textOrBytes
	d := json.NewDecoder(bytes.NewReader(line))
	err := eachField(d, func(name string) error {
		switch name {
		case "topic":
			return decode(d, new(*string), "a text")
		case "offset":
			return decode(d, new(*int64), "a whole number")
		case "partition":
			return decodeInto(d, &r.Partition, "the number of a partition")
		case "timestamp":
			var at *int64
			err := decode(d, &at, "a time in milliseconds since 1970")
			if at != nil {
				r.Timestamp = time.UnixMilli(*at)
			}
			return err
		case "key", "key_base64":
			return key.field(d, name == "key")
		case "value", "value_base64":
			return value.field(d, name == "value")
		case "headers":
			return headersOf(d, r)
		}
		return errors.New("it is not a field of a record: those are key, value, headers, partition, timestamp, key_base64 and value_base64")
	})
	if err == nil && d.More() {
		err = errors.New("something follows the object; there is one object a line")
	}
	r.Key, r.Value = key.bytes(), value.bytes()
	if err != nil {
		return nil, fmt.Errorf("%q is no record: %w", terminal.Shortened(string(line)), err)
	}
	return r, nil
}

// headersOf reads headers: a list of {"key", "value"}, or the short form {"name": "value"}. A name may come twice, and
// their order is kept, in both.
func headersOf(d *json.Decoder, r *kgo.Record) error {
	var raw json.RawMessage
	if err := decode(d, &raw, "headers"); err != nil {
		return err
	}
	inner := json.NewDecoder(bytes.NewReader(raw))
	switch raw[0] {
	case '{':
		return eachPair(inner, func(name string) error {
			var value *string
			err := decode(inner, &value, "a text or null")
			r.Headers = append(r.Headers, kgo.RecordHeader{Key: name, Value: textOrBytes{text: value}.bytes()})
			return err
		})
	case '[':
		return eachElement(inner, func() error {
			h, err := headerOf(inner)
			r.Headers = append(r.Headers, h)
			return err
		})
	case 'n': // null
		return nil
	}
	return errors.New(`it takes {"name": "value"} or a list of {"key", "value"}`)
}

// headerOf reads {"key", "value", "value_base64"}.
func headerOf(d *json.Decoder) (h kgo.RecordHeader, err error) {
	var value textOrBytes
	err = eachField(d, func(name string) error {
		switch name {
		case "key":
			return decodeInto(d, &h.Key, "a text")
		case "value", "value_base64":
			return value.field(d, name == "value")
		}
		return errors.New("it is not a field of a header: those are key, value and value_base64")
	})
	h.Value = value.bytes()
	return h, err
}

// textOrBytes is a value that is a text in one field and base64 in another; null where neither is given.
type textOrBytes struct {
	text *string
	raw  []byte
}

func (v *textOrBytes) field(d *json.Decoder, text bool) error {
	var err error
	if text {
		err = decode(d, &v.text, "a text or null")
	} else {
		err = decode(d, &v.raw, "a text in base64")
	}
	if err == nil && v.text != nil && v.raw != nil {
		err = errors.New("it is given as a text and in base64")
	}
	return err
}

func (v textOrBytes) bytes() []byte {
	if v.text != nil {
		return []byte(*v.text)
	}
	return v.raw
}

// eachField calls read for each name of the next object, to decode its value. No name may come twice.
func eachField(d *json.Decoder, read func(name string) error) error {
	seen := map[string]bool{}
	return eachPair(d, func(name string) error {
		if seen[name] {
			return errors.New("it comes twice")
		}
		seen[name] = true
		return read(name)
	})
}

// eachPair calls read for each name of the next object in order, one that comes again too.
func eachPair(d *json.Decoder, read func(name string) error) error {
	if err := opening(d, '{', "an object in { }"); err != nil {
		return err
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		name, _ := token.(string) // the decoder takes nothing else there
		if err := read(name); err != nil {
			return fmt.Errorf("%q: %w", name, err)
		}
	}
	_, err := d.Token()
	return notJSON(err)
}

func eachElement(d *json.Decoder, read func() error) error {
	if err := opening(d, '[', "a list in [ ]"); err != nil {
		return err
	}
	for d.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return notJSON(err)
}

func opening(d *json.Decoder, want json.Delim, what string) error {
	token, err := d.Token()
	if err == nil && token != want {
		return fmt.Errorf("it takes %s", what)
	}
	return notJSON(err)
}

// decode reads the next value; wanted is what a wrong one should have been.
func decode(d *json.Decoder, to any, wanted string) error {
	err := d.Decode(to)
	var kind *json.UnmarshalTypeError
	var base64 interface{ Error() string }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return fmt.Errorf("it takes %s, not a %s", wanted, kind.Value)
	case errors.As(err, &base64) && wanted == "a text in base64":
		return fmt.Errorf("it takes %s", wanted)
	}
	return notJSON(err)
}

// decodeInto is decode where null leaves the value as it is.
func decodeInto[T any](d *json.Decoder, to *T, wanted string) error {
	var v *T
	err := decode(d, &v, wanted)
	if v != nil {
		*to = *v
	}
	return err
}

// notJSON is what is wrong with a text that is no JSON.
func notJSON(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the object does not end")
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON from byte %d on: %v", syntax.Offset, syntax)
	}
	return err
}

// recordJSON is a record as programs get it. What is not UTF-8 is in the base64 fields.
type recordJSON struct {
	Topic       string            `json:"topic"`
	Partition   *int32            `json:"partition"`
	Offset      int64             `json:"offset"`
	Timestamp   *int64            `json:"timestamp"`
	Key         *string           `json:"key"`
	KeyBase64   []byte            `json:"key_base64,omitempty"`
	Value       *string           `json:"value"`
	ValueBase64 []byte            `json:"value_base64,omitempty"`
	Headers     []terminal.Header `json:"headers"`
}
