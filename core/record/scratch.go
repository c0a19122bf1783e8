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
	plain   []byte
	in      bytes.Reader
	out     appender
	headers []Header

	gzipReader *gzip.Reader
	gzipWriter *gzip.Writer
	lz4Reader  *lz4.Reader
	lz4Writer  *lz4.Writer
	zstdReader *zstd.Decoder
	zstdWriter *zstd.Encoder

	snappyTable *snappyTable
}

// Trim lets go of a buffer larger than keep bytes, so that one huge batch is not paid for ever after.
func (s *Scratch) Trim(keep int) {
	if cap(s.plain) > keep {
		s.plain = nil
	}
	s.in.Reset(nil)
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
