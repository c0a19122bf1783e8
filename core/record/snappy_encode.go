package record

import (
	"encoding/binary"
	"math/bits"
)

// Snappy is written by our own encoder: the library's has assembly on some machines only, and that chooses
// other (equally valid) bytes than its portable twin, which would make one seed give different runs.

const (
	snappyFragment  = 1 << 16 // matches do not reach beyond it, so two bytes hold every offset
	snappyTableBits = 14
)

// snappyTable remembers, by a hash of four bytes, where in the fragment they were seen last.
type snappyTable [1 << snappyTableBits]uint16

func (s *Scratch) snappy(dst, src []byte) []byte {
	if s.snappyTable == nil {
		s.snappyTable = new(snappyTable)
	}
	dst = room(dst, binary.MaxVarintLen32+len(src)+len(src)/6)
	dst = binary.AppendUvarint(dst, uint64(len(src)))
	for len(src) > 0 {
		n := min(len(src), snappyFragment)
		dst = s.snappyTable.fragment(dst, src[:n])
		src = src[n:]
	}
	return dst
}

func (t *snappyTable) fragment(dst, f []byte) []byte {
	width := min(snappyTableBits, bits.Len(uint(len(f)))+1) // a short fragment clears a short table
	shift := 32 - width
	clear(t[:1<<width])
	done := 0 // everything before it is written
	for i := 1; i+4 <= len(f); {
		four := binary.LittleEndian.Uint32(f[i:])
		slot := four * 0x1e35a7bd >> shift
		seen := int(t[slot])
		t[slot] = uint16(i)
		if seen >= i || binary.LittleEndian.Uint32(f[seen:]) != four {
			i += 1 + (i-done)>>5 // hurry through what does not compress
			continue
		}
		n := 4 + common(f[seen+4:], f[i+4:])
		dst = appendLiteral(dst, f[done:i])
		dst = appendCopy(dst, i-seen, n)
		i += n
		done = i
	}
	return appendLiteral(dst, f[done:])
}

// common is how many bytes a and b, the shorter one, begin with in common.
func common(a, b []byte) int {
	n := 0
	for len(b)-n >= 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func appendLiteral(dst, p []byte) []byte {
	n := len(p) - 1
	switch {
	case n < 0:
		return dst
	case n < 60:
		dst = append(dst, byte(n)<<2)
	case n < 1<<8:
		dst = append(dst, 60<<2, byte(n))
	default:
		dst = append(dst, 61<<2, byte(n), byte(n>>8))
	}
	return append(dst, p...)
}

// appendCopy writes "n bytes from offset back": elements of at most 64 bytes, none of them under four.
func appendCopy(dst []byte, offset, n int) []byte {
	for n >= 68 {
		dst = append(dst, 63<<2|2, byte(offset), byte(offset>>8))
		n -= 64
	}
	if n > 64 {
		dst = append(dst, 59<<2|2, byte(offset), byte(offset>>8))
		n -= 60
	}
	if n < 12 && offset < 2048 {
		return append(dst, byte(offset>>8)<<5|byte(n-4)<<2|1, byte(offset))
	}
	return append(dst, byte(n-1)<<2|2, byte(offset), byte(offset>>8))
}
