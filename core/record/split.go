package record

import (
	"encoding/binary"

	"gregor/core/kafka"
)

// Peek reports the size of the batch that begins with buf, of which 12 bytes are enough. ErrShort asks for
// more of them; an *Error means that no batch begins here. The batch itself may be longer than buf.
func Peek(buf []byte) (size int, err error) {
	if len(buf) < lengthOverhead {
		return 0, ErrShort
	}
	if len(buf) > atMagic && buf[atMagic] != Magic {
		return 0, wrongMagic(buf[atMagic])
	}
	length := int32(binary.BigEndian.Uint32(buf[atLength:]))
	if length < HeaderSize-lengthOverhead {
		return 0, corrupt("batch length %d is less than a header's %d", length, HeaderSize-lengthOverhead)
	}
	return int(length) + lengthOverhead, nil
}

func wrongMagic(magic byte) *Error {
	if magic < Magic {
		return &Error{Code: kafka.UnsupportedForMessageFormat,
			Text: "message format " + string('0'+rune(magic)) + " is no longer written; use record batches (magic 2)"}
	}
	return corrupt("magic %d is not 2", magic)
}

// Splitter cuts a run of bytes into batches. See [Split].
type Splitter struct {
	rest []byte
	err  error
}

// Split iterates over the whole batches at the beginning of buf:
//
//	s := record.Split(buf)
//	for b, ok := s.Next(); ok; b, ok = s.Next() { … }
//
// Afterwards Err is nil if buf ended with the last batch, ErrShort if part of another follows, or an *Error
// if what follows is no batch; Rest is what follows.
func Split(buf []byte) Splitter { return Splitter{rest: buf} }

// Next cuts off the next batch.
func (s *Splitter) Next() (Batch, bool) {
	if s.err != nil || len(s.rest) == 0 {
		return nil, false
	}
	size, err := Peek(s.rest)
	if err == nil && size > len(s.rest) {
		err = ErrShort
	}
	if err != nil {
		s.err = err
		return nil, false
	}
	b := Batch(s.rest[:size:size])
	s.rest = s.rest[size:]
	return b, true
}

// Err returns why Next stopped before the end.
func (s *Splitter) Err() error { return s.err }

// Rest is what has not been cut off.
func (s *Splitter) Rest() []byte { return s.rest }
