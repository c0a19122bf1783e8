package record

import "github.com/klauspost/compress/gzip"

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
	s.in.Reset(src)
	if err := s.resetGzip(); err != nil {
		return dst, err
	}
	return readInto(dst, s.gzipReader, limit)
}

func (s *Scratch) resetGzip() (err error) {
	if s.gzipReader == nil {
		s.gzipReader = new(gzip.Reader)
	}
	return s.gzipReader.Reset(&s.in)
}
