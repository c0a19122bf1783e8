package wire

import (
	"encoding/binary"

	"gregor/core/kafka"
)

func appendInt16(dst []byte, v int16) []byte { return binary.BigEndian.AppendUint16(dst, uint16(v)) }
func appendInt32(dst []byte, v int32) []byte { return binary.BigEndian.AppendUint32(dst, uint32(v)) }
func appendInt64(dst []byte, v int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(v)) }

func appendUvarint(dst []byte, v uint32) []byte { return binary.AppendUvarint(dst, uint64(v)) }

// appendLen appends the length of an array or of bytes; -1 is null.
func appendLen(dst []byte, flexible bool, n int) []byte {
	if flexible {
		return appendUvarint(dst, uint32(n+1))
	}
	return appendInt32(dst, int32(n))
}

func appendString(dst []byte, flexible bool, s string) []byte {
	if flexible {
		return append(appendUvarint(dst, uint32(len(s)+1)), s...)
	}
	return append(appendInt16(dst, int16(len(s))), s...)
}

// appendStringOrNull appends "" as null.
func appendStringOrNull(dst []byte, flexible bool, s string) []byte {
	switch {
	case s != "":
		return appendString(dst, flexible, s)
	case flexible:
		return append(dst, 0)
	}
	return appendInt16(dst, -1)
}

func appendUUID(dst []byte, u kafka.UUID) []byte { return append(dst, u[:]...) }

// appendNoTags ends a structure without tagged fields.
func appendNoTags(dst []byte, flexible bool) []byte {
	if flexible {
		return append(dst, 0)
	}
	return dst
}

// resized returns a slice of n elements that keeps what an earlier use left in them, so that their own slices
// are used again.
func resized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:max(n, 0)]
	}
	larger := make([]T, n)
	copy(larger, s[:cap(s)])
	return larger
}

// extended returns s with one element more, likewise.
func extended[T any](s []T) []T {
	if len(s) < cap(s) {
		return s[:len(s)+1]
	}
	var zero T
	return append(s, zero)
}
