package wire

import (
	"encoding/binary"
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
)

var errFrame = env.ErrFrame

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// reader takes fields from the front of a frame. The first failure sticks: everything after it reads as zero
// and the caller looks at err once, at the end. elements and tags are what the frame may still hold.
type reader struct {
	src      []byte
	at       int
	flexible bool
	elements int
	tags     int
	crowded  bool // it failed because the frame holds more elements
	err      error
}

func (r *reader) left() int { return len(r.src) - r.at }

// fail keeps the first failure; what follows sees an empty source.
func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("byte %d: %s", r.at, fmt.Sprintf(format, args...))
	}
	r.at = len(r.src)
}

// span takes n bytes, or fails and returns nil.
func (r *reader) span(n int) []byte {
	if n < 0 || n > r.left() {
		r.fail("%d bytes wanted, %d left", n, r.left())
		return nil
	}
	b := r.src[r.at : r.at+n : r.at+n]
	r.at += n
	return b
}

func (r *reader) int8() int8 {
	if b := r.span(1); b != nil {
		return int8(b[0])
	}
	return 0
}

func (r *reader) int16() int16 {
	if b := r.span(2); b != nil {
		return int16(be16(b))
	}
	return 0
}

func (r *reader) int32() int32 {
	if b := r.span(4); b != nil {
		return int32(be32(b))
	}
	return 0
}

func (r *reader) int64() int64 {
	if b := r.span(8); b != nil {
		return int64(be64(b))
	}
	return 0
}

func (r *reader) uuid() (u kafka.UUID) {
	copy(u[:], r.span(16))
	return u
}

// uvarint takes an unsigned varint of at most 32 bits.
func (r *reader) uvarint() uint32 {
	var v uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.span(1)
		if b == nil {
			return 0
		}
		v |= uint64(b[0]&0x7f) << shift
		if b[0] < 0x80 {
			return r.fits32(v)
		}
	}
	r.fail("a varint runs on for more than 5 bytes")
	return 0
}

func (r *reader) fits32(v uint64) uint32 {
	if v > 1<<32-1 {
		r.fail("varint %d does not fit 32 bits", v)
		return 0
	}
	return uint32(v)
}

// nullableString returns nil for null, and an empty slice that is not nil for "".
func (r *reader) nullableString() []byte {
	n := int(r.stringLen())
	switch {
	case n == -1:
		return nil
	case n < -1 || n > maxString:
		r.fail("a string of %d bytes", n)
		return nil
	}
	return r.span(n)
}

// maxString is the longest string Kafka takes, compact or not.
const maxString = 1<<15 - 1

func (r *reader) stringLen() int64 {
	if r.flexible {
		return int64(r.uvarint()) - 1
	}
	return int64(r.int16())
}

func (r *reader) string() []byte {
	b := r.nullableString()
	if b == nil && r.err == nil {
		r.fail("null where a string must be")
	}
	return b
}

// nullableBytes returns nil for null, and an empty slice that is not nil for no bytes.
func (r *reader) nullableBytes() []byte {
	n := r.bytesLen()
	switch {
	case n == -1:
		return nil
	case n < -1 || n > int64(r.left()):
		r.fail("%d bytes announced, %d left", n, r.left())
		return nil
	}
	return r.span(int(n))
}

func (r *reader) bytesLen() int64 {
	if r.flexible {
		return int64(r.uvarint()) - 1
	}
	return int64(r.int32())
}

// array takes an array's length, -1 for null. Each element takes at least least bytes, so a count that the
// rest of the frame cannot hold fails here, before anybody allocates for it.
func (r *reader) array(least int) int {
	n := r.bytesLen()
	switch {
	case r.err != nil:
		return -1
	case n < -1 || n*int64(least) > int64(r.left()):
		r.fail("an array of %d elements of at least %d bytes, %d bytes left", n, least, r.left())
		return -1
	case n > int64(r.elements):
		r.crowded = r.err == nil
		r.fail("an array of %d elements; the frame may hold %d more", n, r.elements)
		return -1
	}
	r.elements -= max(int(n), 0)
	return int(n)
}

// eachTag walks a tag section, if the version has one, and hands over each tag. nil skips them all.
func (r *reader) eachTag(take func(tag uint32, r *reader)) {
	if !r.flexible {
		return
	}
	for n := r.tagCount(); n > 0 && r.err == nil; n-- {
		r.tag(take)
	}
}

func (r *reader) tagCount() int {
	n := int64(r.uvarint())
	if n > int64(r.tags) {
		r.fail("%d tagged fields; the frame may hold %d more", n, r.tags)
		return 0
	}
	r.tags -= int(n)
	return int(n)
}

// tag takes one tagged field. What take leaves of it is skipped; what take wants beyond it fails.
func (r *reader) tag(take func(tag uint32, r *reader)) {
	key, size := r.uvarint(), r.uvarint()
	if r.err == nil && int64(size) > int64(r.left()) {
		r.fail("tag %d of %d bytes, %d left", key, size, r.left())
	}
	if r.err != nil {
		return
	}
	end := r.at + int(size)
	if take != nil {
		whole := r.src
		r.src = whole[:end]
		take(key, r)
		r.src = whole
	}
	if r.err != nil {
		end = len(r.src)
	}
	r.at = end
}
