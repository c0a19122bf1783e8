package record

import (
	"encoding/binary"
	"errors"
	"io"

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

func isXerial(src []byte) bool { return len(src) >= xerialHead && [8]byte(src) == xerialMagic }

func (s *Scratch) unsnappy(dst, src []byte, limit int) ([]byte, error) {
	if !isXerial(src) {
		return unsnappyBlock(dst, src, limit)
	}
	s.xerial.reset(src, limit)
	return readInto(dst, &s.xerial, limit)
}

// unsnapper reads a xerial stream block by block. A raw block may refer to all that lies before, so it is decompressed
// whole.
func (s *Scratch) unsnapper(src []byte, limit int) (r io.Reader, whole []byte, err error) {
	if isXerial(src) {
		s.xerial.reset(src, limit)
		return &s.xerial, nil, nil
	}
	whole, err = unsnappyBlock(s.window[:0], src, limit)
	s.window = whole[:0]
	return nil, whole, err
}

// xerial is an io.Reader of what the blocks of a xerial stream become.
type xerial struct {
	rest  []byte // blocks to come
	block []byte // block[at:] has not been read
	at    int
	limit int // bytes of one block
}

func (x *xerial) reset(src []byte, limit int) {
	x.rest, x.block, x.at, x.limit = src[xerialHead:], x.block[:0], 0, limit
}

func (x *xerial) Read(p []byte) (int, error) {
	for x.at == len(x.block) {
		if len(x.rest) == 0 {
			return 0, io.EOF
		}
		if err := x.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, x.block[x.at:])
	x.at += n
	return n, nil
}

func (x *xerial) next() (err error) {
	src, rest, ok := cutXerial(x.rest)
	if !ok {
		return errXerialBlock
	}
	x.block, err = unsnappyBlock(x.block[:0], src, x.limit)
	x.rest, x.at = rest, 0
	return err
}

func cutXerial(src []byte) (block, rest []byte, ok bool) {
	if len(src) < 4 {
		return nil, nil, false
	}
	n := int64(binary.BigEndian.Uint32(src))
	if n > int64(len(src)-4) {
		return nil, nil, false
	}
	return src[4 : 4+n], src[4+n:], true
}

// snappyMemory is the size of the largest block. A claim counts as far as a block can make it true: no element of three
// bytes yields more than 64.
func snappyMemory(src []byte) (most int) {
	if !isXerial(src) {
		return snappySize(src)
	}
	for block, rest, ok := cutXerial(src[xerialHead:]); ok; block, rest, ok = cutXerial(rest) {
		most = max(most, snappySize(block))
	}
	return most
}

func snappySize(block []byte) int {
	size, err := s2.DecodedLen(block)
	if err != nil {
		return 0
	}
	return min(size, len(block)*22)
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

// isSnappy reports whether a block is made of snappy's elements only and yields size bytes. The decoder would
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
