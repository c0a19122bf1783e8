package record

import (
	"bytes"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Scratch holds what compressing and decompressing use again and again: a buffer, and one engine for each
// codec met so far. The zero value is ready. It belongs to one caller at a time, typically one per connection
// or per node; whatever a call returns in it is good until the next call with it.
type Scratch struct {
	plain   plain
	window  []byte // what plain reads into
	in      bytes.Reader
	xerial  xerial
	walk    walk // of Begin and Continue
	out     appender
	headers []Header

	gzipReader *gzip.Reader
	gzipWriter *gzip.Writer
	lz4Reader  *lz4.Reader
	lz4Writer  *lz4.Writer
	zstdReader *zstd.Decoder // of what is decoded in one piece
	zstdStream *zstd.Decoder // of the rest: one that has begun a stream and is left there has no room for another batch
	zstdWriter *zstd.Encoder
	zstdWindow int // the most that zstdStream may have set aside
	lz4Block   int // and lz4Reader

	snappyTable *snappyTable
}

// Trim drops every buffer larger than keep bytes, so that one huge batch is not paid for ever after; with 0 everything.
func (s *Scratch) Trim(keep int) {
	if keep == 0 {
		*s = Scratch{}
		return
	}
	s.shut()
	if cap(s.window) > keep {
		s.window = nil
	}
	if cap(s.xerial.block) > keep {
		s.xerial = xerial{}
	}
	if s.zstdWindow > keep {
		s.zstdStream, s.zstdWindow = nil, 0
	}
	if s.lz4Block > keep {
		s.lz4Reader, s.lz4Block = nil, 0
	}
}

// appender is an io.Writer onto the end of a slice.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// take gives the slice away.
func (a *appender) take() []byte {
	b := a.b
	a.b = nil
	return b
}
