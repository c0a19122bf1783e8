package metadata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"gregor/core/kafka"
)

// coder reads or writes one record. Each record describes its fields once, for both directions, so that they
// cannot differ. After the first error it does nothing more.
type coder struct {
	writing bool
	version int16
	buf     []byte // writing: what has been written; reading: what is left to read
	err     error
}

var errShort = errors.New("ends too early")

func (c *coder) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// take returns the next n bytes to read, or nil at their end.
func (c *coder) take(n int) []byte {
	if c.err != nil || n > len(c.buf) {
		c.fail(errShort)
		return nil
	}
	b := c.buf[:n:n]
	c.buf = c.buf[n:]
	return b
}

// integers reads or writes size bytes, the most significant first, and returns the number read.
func (c *coder) integer(v uint64, size int) uint64 {
	var b [8]byte
	if c.writing {
		binary.BigEndian.PutUint64(b[:], v)
		c.buf = append(c.buf, b[8-size:]...)
		return v
	}
	copy(b[8-size:], c.take(size))
	return binary.BigEndian.Uint64(b[:])
}

func integer8[T ~int8](c *coder, v *T)             { *v = T(c.integer(uint64(uint8(*v)), 1)) }
func integer16[T ~int16 | ~uint16](c *coder, v *T) { *v = T(c.integer(uint64(uint16(*v)), 2)) }
func integer32[T ~int32](c *coder, v *T)           { *v = T(c.integer(uint64(uint32(*v)), 4)) }
func integer64[T ~int64](c *coder, v *T)           { *v = T(c.integer(uint64(*v), 8)) }

func (c *coder) boolean(v *bool) {
	b := int8(0)
	if *v {
		b = 1
	}
	integer8(c, &b)
	*v = b != 0
}

func (c *coder) uuid(v *kafka.UUID) {
	if c.writing {
		c.buf = append(c.buf, v[:]...)
		return
	}
	copy(v[:], c.take(len(v)))
}

// uvarint reads or writes Kafka's unsigned varint of at most 32 bits.
func (c *coder) uvarint(v uint32) uint32 {
	if c.writing {
		c.buf = binary.AppendUvarint(c.buf, uint64(v))
		return v
	}
	n, size := binary.Uvarint(c.buf[:min(len(c.buf), binary.MaxVarintLen32)])
	if c.err != nil || size <= 0 || n > 1<<32-1 {
		c.fail(errors.New("has a bad varint"))
		return 0
	}
	c.buf = c.buf[size:]
	return uint32(n)
}

// length reads or writes a compact length: the number plus one, zero for null (-1). A length read is at most
// the number of elements of elementMin bytes that the rest can hold.
func (c *coder) length(n, elementMin int) int {
	if c.writing {
		c.uvarint(uint32(n + 1))
		return n
	}
	n = int(c.uvarint(0)) - 1
	if n > len(c.buf)/elementMin {
		c.fail(errShort)
		return -1
	}
	return n
}

// present is length for what cannot be null.
func (c *coder) present(n, elementMin int) int {
	n = c.length(n, elementMin)
	if n < 0 {
		c.fail(errors.New("has a null where none may be"))
	}
	return max(n, 0)
}

func (c *coder) text(v *string) {
	n := c.present(len(*v), 1)
	if c.writing {
		c.buf = append(c.buf, *v...)
		return
	}
	b := c.take(n)
	if !utf8.Valid(b) {
		c.fail(errors.New("has text that is not UTF-8"))
	}
	*v = string(b)
}

func (c *coder) nullableText(v **string) {
	switch {
	case c.writing && *v != nil:
		c.text(*v)
	case c.writing:
		c.length(-1, 1)
	case len(c.buf) > 0 && c.buf[0] == 0:
		c.buf, *v = c.buf[1:], nil
	default:
		*v = new(string)
		c.text(*v)
	}
}

// rest reads or writes all that is left.
func (c *coder) rest(v *[]byte) {
	if c.writing {
		c.buf = append(c.buf, *v...)
		return
	}
	*v, c.buf = slices.Clone(c.buf), nil
}

// elements reads or writes a list's elements; each takes at least elementMin bytes.
func elements[T any](c *coder, v *[]T, n int, element func(*T)) {
	if !c.writing {
		*v = make([]T, max(n, 0))
	}
	for i := range *v {
		element(&(*v)[i])
	}
}

func list[T any](c *coder, v *[]T, elementMin int, element func(*T)) {
	elements(c, v, c.present(len(*v), elementMin), element)
}

func nullableList[T any](c *coder, v *[]T, elementMin int, element func(*T)) {
	n := len(*v)
	if c.writing && *v == nil {
		n = -1
	}
	if n = c.length(n, elementMin); n < 0 {
		*v = nil
		return
	}
	elements(c, v, n, element)
}

func integers32[T ~int32](c *coder, v *[]T) { list(c, v, 4, func(e *T) { integer32(c, e) }) }

func nullableIntegers32[T ~int32](c *coder, v *[]T) {
	nullableList(c, v, 4, func(e *T) { integer32(c, e) })
}

func (c *coder) uuids(v *[]kafka.UUID)         { list(c, v, 16, c.uuid) }
func (c *coder) nullableUUIDs(v *[]kafka.UUID) { nullableList(c, v, 16, c.uuid) }

// tag is an optional field: it is written where it is set, and the version has it.
type tag struct {
	number uint32
	since  int16
	set    bool
	field  func(*coder)
}

// tags ends a structure: the tags it knows, in ascending order. Unknown ones are skipped.
func (c *coder) tags(known ...tag) {
	if c.writing {
		c.writeTags(known)
		return
	}
	count := c.uvarint(0)
	for ; count > 0 && c.err == nil; count-- { // each takes two bytes at least, so the buffer bounds the loop
		c.readTag(known)
	}
}

func (c *coder) readTag(known []tag) {
	number := c.uvarint(0)
	body := coder{version: c.version, buf: c.take(int(c.uvarint(0)))}
	i := slices.IndexFunc(known, func(t tag) bool { return t.number == number && t.since <= c.version })
	if c.err != nil || i < 0 {
		return
	}
	known[i].field(&body)
	switch {
	case body.err != nil:
		c.fail(fmt.Errorf("tag %d %w", number, body.err))
	case len(body.buf) > 0:
		c.fail(fmt.Errorf("tag %d has %d bytes too many", number, len(body.buf)))
	}
}

func (c *coder) writeTags(known []tag) {
	count := uint32(0)
	for _, t := range known {
		if !t.set {
			continue
		}
		if t.since > c.version {
			c.fail(fmt.Errorf("tag %d needs version %d, not %d", t.number, t.since, c.version))
			return
		}
		count++
	}
	c.uvarint(count)
	for _, t := range known {
		if t.set {
			body := coder{writing: true, version: c.version}
			t.field(&body)
			c.uvarint(t.number)
			c.uvarint(uint32(len(body.buf)))
			c.buf = append(c.buf, body.buf...)
		}
	}
}
