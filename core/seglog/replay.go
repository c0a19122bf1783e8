package seglog

import (
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
		split := record.Split(e.Bytes)
		for b, ok := split.Next(); ok; b, ok = split.Next() {
			r.next = max(r.next, b.NextOffset())
		}
		r.bytes = append([]byte(nil), e.Bytes[:len(e.Bytes)-len(split.Rest())]...)
		e.Buffer.Release()
		r.done = true
		if len(r.bytes) == 0 {
			l.fence("the batch at offset " + offsetText(from) + " is corrupt")
		}
	}), region.File, region.Pos, region.Length)
}
