package record

import (
	"encoding/binary"
	"errors"

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

// unlz4 reads frames. The magic is tested here because the library would also take the format before frames,
// which Kafka's clients do not.
func (s *Scratch) unlz4(dst, src []byte, limit int) ([]byte, error) {
	if len(src) < 4 || binary.LittleEndian.Uint32(src) != lz4Magic {
		return dst, errLZ4Magic
	}
	s.in.Reset(src)
	if s.lz4Reader == nil {
		s.lz4Reader = lz4.NewReader(&s.in)
	} else {
		s.lz4Reader.Reset(&s.in)
	}
	return readInto(dst, s.lz4Reader, limit)
}
