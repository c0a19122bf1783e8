package record

import (
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipMemory is what a reader sets aside: deflate's window and tables.
const gzipMemory = 64 << 10

func (s *Scratch) gzip(dst, src []byte) []byte {
	s.out.b = dst
	if s.gzipWriter == nil {
		s.gzipWriter = gzip.NewWriter(&s.out)
	} else {
		s.gzipWriter.Reset(&s.out)
	}
	s.gzipWriter.Write(src) // an appender does not fail
	s.gzipWriter.Close()
	return s.out.take()
}

func (s *Scratch) gunzip(dst, src []byte, limit int) ([]byte, error) {
	r, err := s.gunzipper(src)
	if err != nil {
		return dst, err
	}
	return readInto(dst, r, limit)
}

func (s *Scratch) gunzipper(src []byte) (io.Reader, error) {
	s.in.Reset(src)
	if s.gzipReader == nil {
		s.gzipReader = new(gzip.Reader)
	}
	return s.gzipReader, s.gzipReader.Reset(&s.in)
}
