package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"gregor/cmd/internal/terminal"
	"io"
	"strings"

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
		return r, fmt.Errorf("no %q between key and value in %q", o.keySeparator, terminal.Shortened(string(line)))
	}
	r.Key, r.Value = []byte(key), []byte(value)
	return r, nil
}
