package record

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/pierrec/lz4/v4"
)

const lz4Magic = 0x184d2204

var errLZ4Magic = errors.New("it does not begin with an LZ4 frame's magic number")

// lz4 writes a frame as Kafka's Java client does: independent blocks of 64K, no checksums.
func (s *Scratch) lz4(dst, src []byte) []byte {
	s.out.b = dst
	if s.lz4Writer == nil {
		s.lz4Writer = lz4.NewWriter(&s.out)
		s.lz4Writer.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false), lz4.ConcurrencyOption(1))
	} else {
		s.lz4Writer.Reset(&s.out)
	}
	s.lz4Writer.Write(src) // an appender does not fail
	s.lz4Writer.Close()
	return s.out.take()
}

func (s *Scratch) unlz4(dst, src []byte, limit int) ([]byte, error) {
	r, err := s.unlz4er(src)
	if err != nil {
		return dst, err
	}
	return readInto(dst, r, limit)
}

// unlz4er reads frames. The magic is tested here because the library would also take the format before frames,
// which Kafka's clients do not.
func (s *Scratch) unlz4er(src []byte) (io.Reader, error) {
	if len(src) < 4 || binary.LittleEndian.Uint32(src) != lz4Magic {
		return nil, errLZ4Magic
	}
	s.in.Reset(src)
	s.lz4Block = max(s.lz4Block, lz4Memory(src))
	if s.lz4Reader == nil {
		s.lz4Reader = lz4.NewReader(&s.in)
	} else {
		s.lz4Reader.Reset(&s.in)
	}
	return s.lz4Reader, nil
}

// What a reader of LZ4 frames sets aside: a block as it is stored and as it becomes.
const (
	lz4SmallBlock = 64 << 10
	lz4LargeBlock = 4 << 20
)

// lz4Memory is what reading the frames in src sets aside. What is not one frame of Kafka's clients may be anything.
func lz4Memory(src []byte) int {
	const flags, descriptor, blocks = 4, 5, 7
	if len(src) < blocks {
		return 0
	}
	at := blocks
	for _, part := range [...]struct {
		flag byte
		size int
	}{{1 << 3, 8}, {1 << 0, 4}} { // content size, dictionary
		if src[flags]&part.flag != 0 {
			at += part.size
		}
	}
	if !lz4EndsAt(src, at, src[flags]) {
		return 2 * lz4LargeBlock
	}
	return 2 * (lz4SmallBlock << (2 * min(3, max(0, int(src[descriptor]>>4&7)-4))))
}

// lz4EndsAt reports whether the blocks that begin at at are the last of src.
func lz4EndsAt(src []byte, at int, flags byte) bool {
	for at+4 <= len(src) {
		size := int(binary.LittleEndian.Uint32(src[at:]) &^ (1 << 31))
		at += 4
		if size == 0 {
			return at+int(flags>>2&1)*4 == len(src) // content checksum
		}
		at += size + int(flags>>4&1)*4 // block checksum
	}
	return false
}
