package record

import "math/bits"

// Varints are zigzag numbers in base 128, low digits first. Readers take an index and return the next one;
// bad, a position beyond every slice, stands for a number that is cut short or too long, and makes every later read
// from it bad too.
const bad = 1 << 40

// The most bytes that a number may have.
const (
	maxVarint  = 5
	maxVarlong = 10
)

func varint(p []byte, i int) (int32, int) {
	if i < len(p) && p[i] < 0x80 {
		return int32(p[i]>>1) ^ -int32(p[i]&1), i + 1
	}
	return longVarint(p, i)
}

// short reads a varint of one or two bytes, still zigzagged. It is small enough to be inlined, and most of
// what a batch holds is that short.
func short(p []byte, i int) (zigzag uint32, next int) {
	if i+1 < len(p) {
		a, b := p[i], p[i+1]
		if a < 0x80 {
			return uint32(a), i + 1
		}
		if b < 0x80 {
			return uint32(a&0x7f) | uint32(b)<<7, i + 2
		}
	}
	return 0, bad
}

func longVarint(p []byte, i int) (int32, int) {
	v, next := varlong(p, i)
	if next-i > 5 || v != int64(int32(v)) {
		return 0, bad
	}
	return int32(v), next
}

func varlong(p []byte, i int) (int64, int) {
	var u uint64
	for shift := uint(0); shift < 70 && i < len(p); shift += 7 {
		b := p[i]
		i++
		if shift == 63 && b > 1 {
			return 0, bad
		}
		u |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return int64(u>>1) ^ -int64(u&1), i
		}
	}
	return 0, bad
}

func appendVarint(dst []byte, v int64) []byte {
	u := uint64(v<<1) ^ uint64(v>>63)
	for u >= 0x80 {
		dst = append(dst, byte(u)|0x80)
		u >>= 7
	}
	return append(dst, byte(u))
}

func sizeVarint(v int64) int {
	u := uint64(v<<1) ^ uint64(v>>63)
	return (bits.Len64(u|1) + 6) / 7
}
