package record

import (
	"encoding/binary"
	"errors"

	"github.com/klauspost/compress/s2"
)

// Java's clients write snappy in the framing of the xerial library: this head, then blocks, each after its
// length. Others write one raw block. Both are read; raw is written, which all clients read.
var xerialMagic = [8]byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

const xerialHead = 16 // magic, version, oldest compatible version

var (
	errSnappyBlock = errors.New("a snappy block is damaged")
	errXerialBlock = errors.New("a xerial block's length does not fit")
)

func unsnappy(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < xerialHead || [8]byte(src) != xerialMagic {
		return unsnappyBlock(dst, src, limit)
	}
	end := len(dst) + limit
	for src = src[xerialHead:]; len(src) > 0; {
		if len(src) < 4 {
			return dst, errXerialBlock
		}
		n := int64(binary.BigEndian.Uint32(src))
		if n > int64(len(src)-4) {
			return dst, errXerialBlock
		}
		var err error
		if dst, err = unsnappyBlock(dst, src[4:4+n], end-len(dst)); err != nil {
			return dst, err
		}
		src = src[4+n:]
	}
	return dst, nil
}

// unsnappyBlock believes a block's claim about its size only as far as the block can make it true.
func unsnappyBlock(dst, src []byte, limit int) ([]byte, error) {
	size, err := s2.DecodedLen(src)
	if err != nil || !isSnappy(src, size) {
		return dst, errSnappyBlock
	}
	if size > limit {
		return dst, errBomb
	}
	n := len(dst)
	dst = room(dst, size)
	if _, err = s2.Decode(dst[n:n+size:n+size], src); err != nil {
		return dst[:n], errSnappyBlock
	}
	return dst[:n+size], nil
}

// isSnappy says whether a block is made of snappy's elements only and yields size bytes. The decoder would
// also take s2's extension of them, and store what other clients cannot read.
func isSnappy(src []byte, size int) bool {
	_, i := binary.Uvarint(src)
	made := 0
	for i < len(src) {
		n, skip := snappyElement(src, i)
		if n == 0 || skip > len(src)-i {
			return false
		}
		made += n
		i += skip
	}
	return made == size
}

// snappyElement is the element at i: how many bytes it yields and takes. It yields none if it is damaged.
func snappyElement(src []byte, i int) (yields, takes int) {
	tag := src[i]
	switch tag & 3 {
	case 0:
		return snappyLiteral(src, i)
	case 1:
		if tag>>5 == 0 && i+1 < len(src) && src[i+1] == 0 {
			return 0, 0 // offset 0: s2's "repeat"
		}
		return int(tag>>2&7) + 4, 2
	case 2:
		return int(tag>>2) + 1, 3
	}
	return int(tag>>2) + 1, 5
}

func snappyLiteral(src []byte, i int) (yields, takes int) {
	n := int(src[i] >> 2)
	if n < 60 {
		return n + 1, n + 2
	}
	width := n - 59
	if i+1+width > len(src) {
		return 0, 0
	}
	n = 0
	for k := width; k > 0; k-- {
		n = n<<8 | int(src[i+k])
	}
	return n + 1, n + 2 + width
}
