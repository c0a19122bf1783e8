package record

import (
	"errors"
	"io"
)

// windowSize is how many bytes of a batch's records are decompressed at a time. Most batches fit whole.
const windowSize = 256 << 10

// plain is a batch's records while they are decompressed: a window that slides over them, so that the memory they
// take does not grow with what a batch becomes. A record larger than the window makes room only for a caller that
// wants it in one piece (fill).
type plain struct {
	buf   []byte    // buf[at:] has not been read yet
	at    int       //
	src   io.Reader // yields what follows buf; nil: nothing
	batch Batch
	limit int   // bytes the batch may become
	total int   // bytes it has become so far: those read and those in buf
	err   error // why src yields nothing more: io.EOF, or the reason
}

// open begins to read a batch's records.
func (s *Scratch) open(b Batch, lim Limits) error {
	p := &s.plain
	*p = plain{batch: b, limit: lim.maxUncompressed(), err: io.EOF}
	body := b[HeaderSize:]
	var err error
	switch c := b.Attributes().Codec(); c {
	case None:
		p.buf = body
		if len(body) > p.limit {
			err = errBomb
		}
	case Gzip:
		p.src, err = s.gunzipper(body)
	case Snappy:
		p.src, p.buf, err = s.unsnapper(body, p.limit)
	case LZ4:
		p.src, err = s.unlz4er(body)
	case Zstd:
		p.src, p.buf, err = s.unzstder(body, p.limit)
	default:
		err = unknownCodec(c)
	}
	if err != nil {
		return p.explain(err)
	}
	p.total = len(p.buf)
	if p.src != nil {
		p.buf, p.err = s.window[:0], nil
	}
	return nil
}

// shut lets go of the batch and keeps the window for the next one.
func (s *Scratch) shut() {
	if s.plain.src != nil {
		s.window = s.plain.buf[:0]
	}
	s.plain = plain{}
	s.in.Reset(nil)
}

// fill makes the next n bytes lie in buf[at:] in one piece, or as many as there are. The window outgrows windowSize
// only as bytes come: n may be a claim that nothing backs.
func (p *plain) fill(n int) {
	if len(p.buf)-p.at >= n || p.err != nil {
		return
	}
	p.buf, p.at = p.buf[:copy(p.buf[:cap(p.buf)], p.buf[p.at:])], 0
	for len(p.buf) < n && p.err == nil {
		if len(p.buf) == cap(p.buf) {
			p.grow(n)
		}
		p.more()
	}
}

func (p *plain) grow(n int) {
	size := min(max(2*cap(p.buf), 4*len(p.batch), 4<<10), max(n, windowSize))
	p.buf = append(make([]byte, 0, size), p.buf...)
}

// more reads once from src, up to the window's end.
func (p *plain) more() {
	n, err := p.src.Read(p.buf[len(p.buf):cap(p.buf)])
	p.buf = p.buf[:len(p.buf)+n]
	p.total += n
	switch {
	case p.total > p.limit:
		p.err = errBomb
	case err != nil:
		p.err = err
	}
}

// failed is why the records cannot be read further; nil if they can, or have been to their end.
func (p *plain) failed() error {
	if p.err == nil || p.err == io.EOF {
		return nil
	}
	return p.explain(p.err)
}

func (p *plain) explain(err error) error {
	size, codec := len(p.batch)-HeaderSize, p.batch.Attributes().Codec()
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, errBomb):
		return tooLarge("%d bytes of %v become more than the %d bytes of records that one batch may have", size, codec,
			p.limit)
	}
	return invalid("%d bytes of %v do not decompress: %v", size, codec, err)
}

// body cuts the n-th record off, however large it is.
func (p *plain) body(n int32) ([]byte, error) {
	p.fill(maxVarint)
	size, at := varint(p.buf, p.at)
	if at <= len(p.buf) && size > 0 {
		p.fill(at - p.at + int(size))
	}
	body, next := cutBody(p.buf, p.at)
	if next == bad {
		return nil, p.orFailed(badSize(n, len(p.buf)-p.at))
	}
	p.at = next
	return body, nil
}

// rest counts the bytes that follow, as far as the window has them.
func (p *plain) rest() int {
	p.fill(1)
	return len(p.buf) - p.at
}

// orFailed is why the records cannot be read further, or else err, what is wrong with those that were read.
func (p *plain) orFailed(err error) error {
	if f := p.failed(); f != nil {
		return f
	}
	return err
}

// whole reports whether the next record fits the window; it is in one piece then, or as much of it as there is.
func (p *plain) whole() bool {
	p.fill(maxVarint)
	n, at := varint(p.buf, p.at)
	if at > len(p.buf) || n < 0 {
		return true // what is wrong with it, its reader finds
	}
	if int(n) > windowSize {
		return false
	}
	p.fill(at - p.at + int(n))
	return true
}
