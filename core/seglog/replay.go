package seglog

import (
	"errors"
	"fmt"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/record"
)

// maxReplays bounds the Scans whose answers are under way or wait to be fetched.
const maxReplays = 4

// replay is one Scan on its way through the disk.
type replay struct {
	from  kafka.Offset
	done  bool
	bytes []byte
	next  kafka.Offset
}

// replays are the Scans under way, and those whose answers wait to be fetched.
type replays struct {
	dir  *directory
	ext  *extent
	list []*replay
}

// Scan reads whole batches into memory, from offset from on: about maxBytes of them, one at least. next is where
// to go on; it equals from when there is nothing more. While the status is ReadPending a read is in flight;
// call again after a Complete.
func (l *Log) Scan(now env.Now, from kafka.Offset, maxBytes int) (batches []byte, next kafka.Offset,
	status ReadStatus) {
	if status := l.state.mayRead(&l.ext, from); status != ReadReady {
		return nil, from, status
	}
	r, known := l.scans.find(from)
	switch {
	case known && !r.done:
		return nil, from, ReadPending
	case known:
		return r.bytes, r.next, ReadReady
	case !l.scans.room():
		return nil, from, ReadPending
	}
	res, status := l.Read(now, ReadRequest{From: from, MaxBytes: maxBytes, UpTo: l.ext.written, MinOneBatch: true})
	if status != ReadReady {
		return nil, from, status
	}
	if res.Bytes == 0 {
		return nil, max(from, l.ext.written), ReadReady
	}
	l.scans.begin(from, res)
	return nil, from, ReadPending
}

// find returns the Scan from an offset, and forgets it if it is done.
func (rs *replays) find(from kafka.Offset) (*replay, bool) {
	for i, r := range rs.list {
		if r.from == from {
			if r.done {
				rs.list = slices.Delete(rs.list, i, i+1)
			}
			return r, true
		}
	}
	return nil, false
}

// room reports whether another Scan may begin; an answer that no caller has fetched makes room.
func (rs *replays) room() bool {
	if len(rs.list) < maxReplays {
		return true
	}
	for i, r := range rs.list {
		if r.done {
			rs.list = slices.Delete(rs.list, i, i+1)
			return true
		}
	}
	return false
}

// begin reads what Read has found.
func (rs *replays) begin(from kafka.Offset, found ReadResult) {
	r := &replay{from: from, next: from}
	rs.list = append(rs.list, r)
	must.AtLeast("seglog: most Scans", maxReplays, "Scans", len(rs.list), rs.ext.tp, "is the bound not checked?")
	region := found.Segments[0].Region
	rs.dir.disk.ReadAt(rs.dir.must("read of the log", func(now env.Now, e env.Event) {
		found.Pin.release(rs.ext.tp)
		err := r.keep(e.Bytes, rs.ext.written)
		e.Buffer.Release()
		if r.done = true; err != nil {
			rs.dir.owner.fence(fmt.Sprintf("%s is corrupt at position %d: %v", logName(found.Pin.seg.base),
				int(region.Pos)+len(r.bytes), err))
		}
	}), region.File, region.Pos, region.Length)
}

// keep keeps a copy of the whole, sound batches that end at or below end.
func (r *replay) keep(raw []byte, end kafka.Offset) error {
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
