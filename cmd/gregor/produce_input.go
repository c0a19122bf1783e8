package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// lineMax bounds a line of stdin: no broker takes a record of more.
const lineMax = 128 << 20

// input is where records come from: next is called until it gives an error, io.EOF after the last record.
type input struct {
	next func() (*kgo.Record, error)
	read chan given // what next gave; it may wait for a person to type, and Ctrl-C must not
}

type given struct {
	record *kgo.Record
	err    error
}

// take gives the next record, or an error when the input or the context ends.
func (in *input) take(ctx context.Context) (*kgo.Record, error) {
	if in.read == nil {
		in.read = make(chan given)
		go func() {
			for g := (given{}); g.err == nil; in.read <- g {
				g.record, g.err = in.next()
			}
		}()
	}
	select {
	case g := <-in.read:
		return g.record, g.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// input reads records from arguments, or from the lines of stdin.
func (o *produceOptions) input(values []string, stdin io.Reader) (*input, error) {
	headers, err := o.recordHeaders()
	switch {
	case err != nil:
		return nil, err
	case o.json && o.keySeparator != "":
		return nil, errors.New("--json and --key-separator contradict each other")
	case o.hasKey && o.keySeparator != "":
		return nil, errors.New("--key and --key-separator contradict each other")
	}
	shape := func(r *kgo.Record) *kgo.Record {
		r.Headers = append(r.Headers, headers...)
		if o.hasKey && r.Key == nil {
			r.Key = []byte(o.key)
		}
		if o.tombstones && len(r.Value) == 0 {
			r.Value = nil
		}
		if o.partition >= 0 {
			r.Partition = o.partition
		}
		return r
	}
	if len(values) > 0 {
		return &input{next: func() (*kgo.Record, error) {
			if len(values) == 0 {
				return nil, io.EOF
			}
			value := values[0]
			values = values[1:]
			r, err := o.line([]byte(value), false)
			return shape(r), err
		}}, nil
	}
	return o.lines(stdin, shape), nil
}

func (o *produceOptions) lines(stdin io.Reader, shape func(*kgo.Record) *kgo.Record) *input {
	lines := bufio.NewScanner(stdin)
	lines.Buffer(make([]byte, 64<<10), lineMax)
	n := 0
	return &input{next: func() (*kgo.Record, error) {
		n++
		if !lines.Scan() {
			if err := lines.Err(); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
			return nil, io.EOF
		}
		r, err := o.line(bytes.Clone(lines.Bytes()), o.json)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		return shape(r), nil
	}}
}

// line makes a record of a line.
func (o *produceOptions) line(line []byte, object bool) (*kgo.Record, error) {
	if object {
		return recordOfJSON(line)
	}
	r := &kgo.Record{Partition: -1, Value: line}
	if o.keySeparator == "" {
		return r, nil
	}
	key, value, ok := strings.Cut(string(line), o.keySeparator)
	if !ok {
		return r, fmt.Errorf("no %q between key and value in %q", o.keySeparator, shortened(string(line)))
	}
	r.Key, r.Value = []byte(key), []byte(value)
	return r, nil
}

// shortened is the beginning of a text, for an error.
func shortened(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

// recordJSON is a record as programs get it and give it. What is no UTF-8 is in the base64 fields.
type recordJSON struct {
	Topic       string      `json:"topic"`
	Partition   *int32      `json:"partition"`
	Offset      int64       `json:"offset"`
	Timestamp   *int64      `json:"timestamp"`
	Key         *string     `json:"key"`
	KeyBase64   []byte      `json:"key_base64,omitempty"`
	Value       *string     `json:"value"`
	ValueBase64 []byte      `json:"value_base64,omitempty"`
	Headers     headersJSON `json:"headers"`
}

// headerJSON is one header; a header may come twice, and their order means something.
type headerJSON struct {
	Key         string  `json:"key"`
	Value       *string `json:"value"`
	ValueBase64 []byte  `json:"value_base64,omitempty"`
}

type headersJSON []headerJSON

// UnmarshalJSON takes a list of headers, or the short form {"name": "value"}.
func (h *headersJSON) UnmarshalJSON(text []byte) error {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return json.Unmarshal(text, (*[]headerJSON)(h))
	}
	var short map[string]*string
	if err := json.Unmarshal(text, &short); err != nil {
		return err
	}
	for _, name := range sortedKeys(short) {
		*h = append(*h, headerJSON{Key: name, Value: short[name]})
	}
	return nil
}

func recordOfJSON(line []byte) (*kgo.Record, error) {
	var j recordJSON
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return nil, fmt.Errorf("%q is no record: %w", shortened(string(line)), err)
	}
	r := &kgo.Record{Partition: -1, Key: bytesOf(j.Key, j.KeyBase64), Value: bytesOf(j.Value, j.ValueBase64)}
	for _, h := range j.Headers {
		r.Headers = append(r.Headers, kgo.RecordHeader{Key: h.Key, Value: bytesOf(h.Value, h.ValueBase64)})
	}
	if j.Partition != nil {
		r.Partition = *j.Partition
	}
	if j.Timestamp != nil {
		r.Timestamp = time.UnixMilli(*j.Timestamp)
	}
	return r, nil
}

func bytesOf(text *string, raw []byte) []byte {
	if text != nil {
		return []byte(*text)
	}
	return raw
}
