package seglog

import (
	"errors"
	"fmt"

	"gregor/core/env"
	"gregor/core/must"
	"gregor/core/record"
)

// scanChunk is how much a scan reads and works on at a time. A larger batch makes its read larger.
const scanChunk = 256 << 10

// scan reads a file's batches one after the other, a chunk per event.
type scan struct {
	file  env.FileID
	name  string
	pos   env.Position // where the next batch begins
	end   env.Position
	chunk int
	seg   *segment // if set, the scan is over when this is gone

	visit func(b record.Batch, pos env.Position) error // an error ends the scan before b
	done  func(now env.Now, err error)                 // err: why what lies at pos is no batch, or visit's
	next  func(now env.Now)                            // if set, called after each chunk instead of reading on
}

var errGone = errors.New("the segment was deleted, replaced or truncated meanwhile")

// run starts or continues a scan.
func (d *directory) run(now env.Now, s *scan) {
	if s.seg != nil && s.seg.gone {
		s.done(now, errGone)
		return
	}
	if s.pos >= s.end {
		s.done(now, nil)
		return
	}
	n := min(max(s.chunk, scanChunk), int(s.end-s.pos))
	d.disk.ReadAt(d.must("read of "+s.name, func(now env.Now, e env.Event) {
		more, err := s.visitAll(e.Bytes)
		e.Buffer.Release()
		switch {
		case err != nil:
			s.done(now, err)
		case more && s.next != nil:
			s.next(now)
		case more:
			d.run(now, s)
		default:
			s.done(now, nil)
		}
	}), s.file, s.pos, n)
}

// visitAll visits the whole batches of a chunk.
func (s *scan) visitAll(chunk []byte) (more bool, err error) {
	from := s.pos
	for len(chunk) > 0 {
		size, err := s.peek(chunk)
		if err != nil {
			return false, err
		}
		if size > len(chunk) {
			break
		}
		if err := s.visit(record.Batch(chunk[:size:size]), s.pos); err != nil {
			return false, err
		}
		s.pos += env.Position(size)
		must.AtLeast("seglog: end of a scan", s.end, "end of a batch", s.pos, s.name,
			"is what is still being written scanned?")
		chunk = chunk[size:]
	}
	if s.pos > from {
		s.chunk = 0
	} else if len(chunk) == 0 {
		return false, fmt.Errorf("the file ends at %d, %d bytes early", s.pos, s.end-s.pos)
	}
	return s.pos < s.end, nil
}

// peek sizes the batch that begins with chunk, and requests more of the file if it is longer.
func (s *scan) peek(chunk []byte) (int, error) {
	left := int(s.end - s.pos)
	size, err := record.Peek(chunk)
	switch {
	case err == record.ErrShort && left > len(chunk):
		return len(chunk) + 1, nil
	case zeros(chunk[:min(len(chunk), record.HeaderSize)]):
		return 0, fmt.Errorf("zeros where a batch should begin")
	case err == record.ErrShort:
		return 0, fmt.Errorf("%d bytes at the end are less than a batch", left)
	case err != nil:
		return 0, err
	case size > left:
		return 0, fmt.Errorf("a batch of %d bytes begins where %d are left", size, left)
	case size > maxAppend:
		return 0, fmt.Errorf("a batch claims %d bytes; %d is the most", size, maxAppend)
	}
	s.chunk = size
	return size, nil
}

func zeros(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
