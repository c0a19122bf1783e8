package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// write is one append on its way to the disk.
type write struct {
	op   env.OpID
	seg  *segment
	pos  env.Position
	size int
	next kafka.Offset // the log's written end once this and all before it are written
	buf  *env.Buffer
	held [][]byte // the parts, if the segment's file is not open yet
	done bool
	lost bool // done, and not in the file
}

// writeQueue holds the writes in flight in the order of their offsets: a ring that grows.
type writeQueue struct {
	dir   *directory
	ring  []write
	head  int
	n     int
	bytes int
}

func (q *writeQueue) at(i int) *write { return &q.ring[(q.head+i)&(len(q.ring)-1)] }

func (q *writeQueue) push() *write {
	if q.n == len(q.ring) {
		q.grow()
	}
	q.n++
	return q.at(q.n - 1)
}

func (q *writeQueue) grow() {
	bigger := make([]write, max(2*len(q.ring), 8))
	for i := range q.n {
		bigger[i] = *q.at(i)
	}
	q.ring, q.head = bigger, 0
}

func (q *writeQueue) pop() {
	must.Above("seglog: writes in flight", q.n, "zero", 0, q.dir.name, "is a write removed twice?")
	*q.at(0) = write{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
}

func (q *writeQueue) find(op env.OpID) *write {
	for i := range q.n {
		if w := q.at(i); w.op == op {
			return w
		}
	}
	return nil
}

// submit hands a write to the disk, or keeps its parts until the file is open.
func (q *writeQueue) submit(w *write, parts [][]byte) {
	if w.seg.file == 0 {
		w.held = append([][]byte(nil), parts...)
		return
	}
	w.op = q.dir.ops.Next()
	q.dir.disk.WriteAt(w.op, w.seg.file, w.pos, parts...)
}

// submitHeld hands over what waited for a segment's file.
func (q *writeQueue) submitHeld(seg *segment) {
	for i := range q.n {
		if w := q.at(i); w.seg == seg && w.held != nil {
			parts := w.held
			w.held = nil
			q.submit(w, parts)
		}
	}
}

// dropHeld drops the writes that wait for a file that will not be opened.
func (q *writeQueue) dropHeld() {
	for i := range q.n {
		if w := q.at(i); w.held != nil {
			q.settle(w)
			w.held, w.lost = nil, true
			buf := w.buf
			w.buf = nil
			buf.Release()
		}
	}
}

// settle counts a write as done.
func (q *writeQueue) settle(w *write) {
	if w.done {
		must.Fail("seglog: the write at position %d of %s is done twice; was its buffer released twice?", w.pos,
			logName(w.seg.base))
	}
	q.bytes -= w.size
	w.done = true
	must.AtLeast("seglog: bytes in flight", q.bytes, "zero", 0, q.dir.name, "was a write counted out twice?")
}

// isQuiet reports whether the outcome of every write has come.
func (q *writeQueue) isQuiet() bool {
	for i := range q.n {
		if !q.at(i).done {
			return false
		}
	}
	return true
}

// drop forgets the writes; nothing of them is in flight.
func (q *writeQueue) drop() { *q = writeQueue{dir: q.dir} }

// wrote handles the outcome of a batch's write; it returns false if the op is of another kind.
func (l *Log) wrote(now env.Now, e env.Event) bool {
	w := l.writes.find(e.Op)
	if w == nil {
		return false
	}
	l.writes.settle(w)
	w.op, w.lost = 0, e.Err != nil
	buf := w.buf
	w.buf = nil
	buf.Release()
	switch {
	case l.closing.deleted:
		l.deleteMore()
	case l.state == Fenced || l.state == Closed || l.state == Full && e.Err == nil:
	case e.Err != nil && !(mutants.Enabled && mutants.On().AppendAfterError):
		l.diskFailed(now, "write of "+logName(w.seg.base), e)
	default:
		l.writes.advance(&l.ext)
		l.proceed(now)
	}
	return true
}

// advance moves Written over the writes that are done with none outstanding before them.
func (q *writeQueue) advance(ext *extent) {
	for q.n > 0 && q.at(0).done {
		w := q.at(0)
		must.Equal("seglog: position of a finished write", w.pos, "written end of its segment", w.seg.written, ext.tp,
			"did two writes get one position?")
		must.Above("seglog: end of a finished write", w.next, "written end of the log", ext.written, ext.tp,
			"are the writes out of order?")
		w.seg.written = w.pos + env.Position(w.size)
		ext.written = w.next
		q.pop()
	}
	must.AtLeast("seglog: log end", ext.end, "written end", ext.written, ext.tp,
		"was the log truncated while a write was in flight?")
}
