package seglog

import (
	"errors"
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/record"
)

// maxReplays bounds the Scans whose answers are under way or wait to be fetched.
const maxReplays = 4

// replay is one Scan on its way through the disk.
type replay struct {
	from  env.Offset
	done  bool
	bytes []byte
	next  env.Offset
}

// Scan reads whole batches into memory, from offset from on: about maxBytes of them, one at least. next is where
// to go on; it equals from when there is nothing more. While the status is ReadPending the disk is being asked;
// call again after a Complete.
func (l *Log) Scan(now env.Now, from env.Offset, maxBytes int) (batches []byte, next env.Offset, status ReadStatus) {
	if status := l.mayRead(from); status != ReadReady {
		return nil, from, status
	}
	for i, r := range l.scans {
		if r.from != from {
			continue
		}
		if !r.done {
			return nil, from, ReadPending
		}
		l.scans = slices.Delete(l.scans, i, i+1)
		return r.bytes, r.next, ReadReady
	}
	if len(l.scans) == maxReplays && !l.forgetReplay() {
		return nil, from, ReadPending
	}
	res, status := l.Read(now, ReadRequest{From: from, MaxBytes: maxBytes, UpTo: l.written, MinOneBatch: true})
	if status != ReadReady {
		return nil, from, status
	}
	if res.Bytes == 0 {
		return nil, max(from, l.written), ReadReady
	}
	l.replay(from, res)
	return nil, from, ReadPending
}

// forgetReplay drops an answer nobody fetched.
func (l *Log) forgetReplay() bool {
	for i, r := range l.scans {
		if r.done {
			l.scans = slices.Delete(l.scans, i, i+1)
			return true
		}
	}
	return false
}

// replay reads what Read has found.
func (l *Log) replay(from env.Offset, found ReadResult) {
	r := &replay{from: from, next: from}
	l.scans = append(l.scans, r)
	region := found.Segments[0].Region
	l.w.Disk.ReadAt(l.must("read of the log", func(now env.Now, e env.Event) {
		l.Unpin(found.Pin)
		err := r.take(e.Bytes, l.written)
		e.Buffer.Release()
		if r.done = true; err != nil {
			l.fence(fmt.Sprintf("%s is corrupt at position %d: %v", logName(found.Pin.seg.base),
				int(region.Pos)+len(r.bytes), err))
		}
	}), region.File, region.Pos, region.Length)
}

// take keeps a copy of the whole, sound batches that end at or below end.
func (r *replay) take(raw []byte, end env.Offset) error {
	split := record.Split(raw)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		if err := record.ValidateStored(b); err != nil {
			return err
		}
		if next := b.NextOffset(); next <= r.next || next > end {
			return fmt.Errorf("offsets [%d, %d] after %d, below %d", b.BaseOffset(), next-1, r.next-1, end)
		}
		r.next = b.NextOffset()
		r.bytes = append(r.bytes, b...)
	}
	if len(r.bytes) > 0 {
		return nil // what follows was cut short by the limit
	}
	return errors.Join(split.Err(), errNoBatch)
}

var errNoBatch = errors.New("no whole batch")
