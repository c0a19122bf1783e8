package record

import (
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow is the largest window a frame may ask for: what the highest level of zstd uses, and the most
// that Kafka's Java decoder takes. Whole buffers are decoded, so no memory is set aside for it.
const maxZstdWindow = 128 << 20

// A block yields at most this, whatever its kind.
const maxZstdBlock = 128 << 10

// maxZstdWhole is how much is decoded in one piece.
const maxZstdWhole = 1 << 20

var errZstdFrame = errors.New("a zstd frame is cut short or damaged")

func (s *Scratch) zstd(dst, src []byte) []byte {
	if s.zstdWriter == nil {
		s.zstdWriter, _ = zstd.NewWriter(nil, // these options are valid
			zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false),
			zstd.WithZeroFrames(true), zstd.WithWindowSize(1<<20))
	}
	return s.zstdWriter.EncodeAll(src, dst)
}

// unzstd decodes into a buffer that the decoder must not outgrow. A frame need not say how large its content
// is (the Java client's do not), but the heads of its blocks bound it.
func (s *Scratch) unzstd(dst, src []byte, limit int) ([]byte, error) {
	bound, _, err := zstdScan(src)
	if err != nil {
		return dst, err
	}
	if s.zstdReader == nil {
		s.zstdReader = newZstdReader()
	}
	n := len(dst)
	dst = room(dst, min(bound, limit)+16) // the decoder is faster with some room to spare
	out, err := s.zstdReader.DecodeAll(src, dst)
	switch {
	case err == nil && len(out)-n <= limit:
		return out, nil
	case bound > limit:
		return dst, errBomb // the decoder has no single error for it
	}
	return dst, err
}

func newZstdReader() *zstd.Decoder {
	d, _ := zstd.NewReader(nil, // these options are valid
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxWindow(maxZstdWindow))
	return d
}

// unzstder decodes what is small in one piece, which is faster, and the rest block by block.
func (s *Scratch) unzstder(src []byte, limit int) (r io.Reader, whole []byte, err error) {
	bound, window, err := zstdScan(src)
	if err != nil {
		return nil, nil, err
	}
	if bound <= maxZstdWhole {
		whole, err = s.unzstd(s.window[:0], src, limit)
		s.window = whole[:0]
		return nil, whole, err
	}
	if s.zstdStream == nil {
		s.zstdStream = newZstdReader()
	}
	s.in.Reset(src)
	s.zstdWindow = max(s.zstdWindow, window)
	return s.zstdStream, nil, s.zstdStream.Reset(&s.in)
}

// zstdMemory is what decoding src sets aside: for all of it, or for the largest window and some blocks.
func zstdMemory(src []byte) int {
	bound, window, err := zstdScan(src)
	switch {
	case err != nil:
		return 0 // it is refused before anything is set aside
	case bound <= maxZstdWhole:
		return bound
	}
	return window + 3*maxZstdBlock
}

// zstdScan walks over the frames in src: the most that they can yield, and the largest window that one asks for.
func zstdScan(src []byte) (bound, window int, err error) {
	for len(src) > 0 {
		var h zstd.Header
		if err := h.Decode(src); err != nil {
			return 0, 0, err
		}
		src = src[h.HeaderSize:]
		if h.Skippable {
			if int64(h.SkippableSize) > int64(len(src)) {
				return 0, 0, errZstdFrame
			}
			src = src[h.SkippableSize:]
			continue
		}
		made, used := zstdBlocks(src)
		if h.HasCheckSum {
			used += 4
		}
		if used > len(src) {
			return 0, 0, errZstdFrame
		}
		if h.HasFCS && h.FrameContentSize < uint64(made) {
			made = int(h.FrameContentSize)
		}
		bound += made
		window = max(window, zstdWindow(&h))
		src = src[used:]
	}
	return bound, window, nil
}

// zstdWindow is how far back a frame refers: all of its content if it has a single segment.
func zstdWindow(h *zstd.Header) int {
	if h.SingleSegment {
		return int(min(h.FrameContentSize, maxZstdWindow))
	}
	return int(min(h.WindowSize, maxZstdWindow))
}

// zstdBlocks walks the blocks of a frame: what they yield at most, and how many bytes they take, which is
// more than src has if it is cut short.
func zstdBlocks(src []byte) (made, used int) {
	for used+3 <= len(src) {
		head := int(src[used]) | int(src[used+1])<<8 | int(src[used+2])<<16
		last, kind, size := head&1 == 1, head>>1&3, head>>3
		used += 3
		switch kind {
		case 0: // raw
			made += min(size, maxZstdBlock)
			used += size
		case 1: // one byte, repeated
			made += min(size, maxZstdBlock)
			used++
		default:
			made += maxZstdBlock
			used += size
		}
		if last {
			return made, used
		}
	}
	return made, len(src) + 1
}
