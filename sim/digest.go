package sim

import (
	"encoding/binary"
	"math/bits"
)

const (
	k0 = 0xa0761d6478bd642f
	k1 = 0xe7037ed1a0b428db
	k2 = 0x8ebc6af09c88c6e3
)

// fold multiplies two words into one. It is the whole mixing step of the run's hash.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Sum is a checksum of bytes, 32 at a time: fast enough to run over everything sent and written. It is part
// of the replay format and must not change.
func Sum(b []byte) uint64 {
	x, y := uint64(k0), uint64(k1)+uint64(len(b))*k2
	for len(b) >= 32 {
		x = fold(x^binary.LittleEndian.Uint64(b), k1^binary.LittleEndian.Uint64(b[8:]))
		y = fold(y^binary.LittleEndian.Uint64(b[16:]), k2^binary.LittleEndian.Uint64(b[24:]))
		b = b[32:]
	}
	for len(b) >= 8 {
		x = fold(x^binary.LittleEndian.Uint64(b), k1)
		b = b[8:]
	}
	var last uint64
	for i, c := range b {
		last |= uint64(c) << (8 * i)
	}
	return fold(x^last^k2, y^k0)
}
