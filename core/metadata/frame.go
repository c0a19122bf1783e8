package metadata

import (
	"fmt"

	"gregor/core/must"
)

// frameVersion is the only version of the frame around a record.
const frameVersion = 1

// Append writes a record as the value of a log record.
func Append(dst []byte, r Record) []byte {
	out, err := appendVersion(dst, r, r.version())
	if err != nil {
		must.Fail("metadata: %T cannot be written in the version it chose itself: %v; does its coder lack a version?", r, err)
	}
	return out
}

func appendVersion(dst []byte, r Record, version int16) ([]byte, error) {
	t, _ := r.kind()
	c := coder{writing: true, version: version, buf: dst}
	c.uvarint(frameVersion)
	c.uvarint(uint32(t))
	c.uvarint(uint32(version))
	r.fields(&c)
	return c.buf, c.err
}

// Decode reads the value of a log record. The record keeps nothing of value.
func Decode(value []byte) (Record, error) {
	c := coder{buf: value}
	frame, t, version := c.uvarint(0), c.uvarint(0), c.uvarint(0)
	switch {
	case c.err != nil:
		return nil, fmt.Errorf("metadata record's frame %w", c.err)
	case frame != frameVersion:
		return nil, fmt.Errorf("metadata record in a frame of version %d; only %d is known", frame, frameVersion)
	case t > 1<<15-1 || version > 1<<15-1:
		return nil, fmt.Errorf("metadata record with type %d and version %d", t, version)
	}
	r, ok := newRecord(Type(t))
	if !ok {
		return nil, fmt.Errorf("metadata record of unknown type %d; a newer broker may have written it", t)
	}
	if _, newest := r.kind(); int16(version) > newest {
		return nil, fmt.Errorf("metadata record of type %d in version %d; %d is the newest known", t, version, newest)
	}
	c.version = int16(version)
	r.fields(&c)
	switch {
	case c.err != nil:
		return nil, fmt.Errorf("metadata record %T %w", r, c.err)
	case len(c.buf) > 0:
		return nil, fmt.Errorf("metadata record %T has %d bytes too many", r, len(c.buf))
	}
	return r, nil
}
