package record

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow is the largest window a frame may ask for: what the highest level of zstd uses, and the most
// that Kafka's Java decoder takes. Whole buffers are decoded, so no memory is set aside for it.
const maxZstdWindow = 128 << 20

func (s *Scratch) zstd(dst, src []byte) []byte {
	if s.zstdWriter == nil {
		s.zstdWriter, _ = zstd.NewWriter(nil, // these options are valid
			zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false),
			zstd.WithZeroFrames(true), zstd.WithWindowSize(1<<20))
	}
	return s.zstdWriter.EncodeAll(src, dst)
}

// unzstd decodes into a buffer that the decoder cannot outgrow. A frame need not say how large its content
// is (Kafka's Java client's do not), so the buffer is grown and the work repeated until it fits or the limit
// is reached; a Scratch that has seen such a batch has a buffer that fits at once.
func (s *Scratch) unzstd(dst, src []byte, limit int) ([]byte, error) {
	if s.zstdReader == nil {
		s.zstdReader, _ = zstd.NewReader(nil, // these options are valid
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true),
			zstd.WithDecoderMaxWindow(maxZstdWindow))
	}
	for size := min(limit, max(cap(dst)-len(dst), 4*len(src), 4096)); ; size = min(limit, 4*size) {
		dst = room(dst, size)
		out, err := s.zstdReader.DecodeAll(src, dst[:len(dst):len(dst)+size])
		if err == nil {
			return out, nil
		}
		if !errors.Is(err, zstd.ErrDecoderSizeExceeded) {
			return dst, err
		}
		if size == limit {
			return dst, errBomb
		}
	}
}
