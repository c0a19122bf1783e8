package seglog

import (
	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
)

// Origin says where an append comes from, and so what the log does about it.
type Origin uint8

// The origins.
const (
	Leader   Origin = iota // offsets and epoch are assigned, producers are checked
	Follower               // offsets and epoch are the leader's, and were checked there
)

// Append is what to append: one batch, or with More several.
//
// The batches are valid already. Their bytes belong to the log from a successful Append until it has released
// Buffer, which it does exactly once: after the write, or at once for a duplicate. After an error the caller
// still owns it.
type Append struct {
	Batch   record.Batch
	Summary record.Summary
	More    []record.Batch
	Origin  Origin
	Epoch   env.LeaderEpoch // what a Leader stamps into the batches
	Buffer  *env.Buffer     // nil: the caller keeps the bytes unchanged until Written passes Last
}

// AppendResult is where the batches went. They may be acknowledged once Stable is above Last.
type AppendResult struct {
	Base, Last    env.Offset
	LogAppendTime env.WallMillis // NoTimestamp unless message.timestamp.type is LogAppendTime
	LogStart      env.Offset
	Duplicate     bool // an idempotent producer's retry: Base and Last are what it got the first time
}

// maxAppend bounds one append, and so what reading a batch back may cost.
const maxAppend = 256 << 20

// Append assigns offsets to the batches and submits their write. The result is an [Error] with the Kafka code,
// or nil.
func (l *Log) Append(now env.Now, a Append) (AppendResult, *Error) {
	size := a.size()
	if err := l.mayAppend(&a, size); err != nil {
		return AppendResult{}, err
	}
	if a.Origin == Leader && a.Batch.ProducerID() >= 0 && !(mutants.Enabled && mutants.On().IdempotenceOff) {
		if done, ok, err := l.checkProducer(&a); ok || err != nil {
			return done, err
		}
	}
	res := l.assign(now, &a)
	if l.shouldRoll(now, size, res.Last, a.maxTimestamp()) {
		l.roll(now, res.Base)
	}
	l.take(&a, size, res.Last)
	l.indexes.idle.note(now, l.ext.active())
	l.flusher.flush(now)
	return res, nil
}

func (a *Append) size() int {
	n := len(a.Batch)
	for _, b := range a.More {
		n += len(b)
	}
	return n
}

func (a *Append) maxTimestamp() env.WallMillis {
	ts := a.Batch.MaxTimestamp()
	for _, b := range a.More {
		ts = max(ts, b.MaxTimestamp())
	}
	return ts
}

func (l *Log) mayAppend(a *Append, size int) *Error {
	switch {
	case l.state == Fenced || l.state == Full:
		return refuse(CodeKafkaStorageError, "%v", l.err)
	case l.state != Ready:
		return refuse(CodeNotLeaderOrFollower, "%s is %s", l.ext.tp, l.state)
	case size > maxAppend:
		return refuse(CodeMessageTooLarge, "%d bytes in one append; %d is the most", size, maxAppend)
	case int64(size) > l.cfg.SegmentBytes:
		return refuse(CodeRecordListTooLarge, "%d bytes do not fit into a segment of %d (segment.bytes)",
			size, l.cfg.SegmentBytes)
	case a.Origin == Follower:
		return l.mayFollow(a)
	case len(a.More) > 0 && a.hasProducer():
		return refuse(CodeInvalidRecord, "an idempotent producer's append has %d batches; 1 is allowed",
			1+len(a.More))
	case l.cfg.CleanupCompact && a.Summary.NullKeys:
		return refuse(CodeInvalidRecord, "a record without a key cannot go to a compacted topic")
	}
	return nil
}

func (a *Append) hasProducer() bool {
	for _, b := range a.More {
		if b.ProducerID() >= 0 {
			return true
		}
	}
	return a.Batch.ProducerID() >= 0
}

// mayFollow checks that the leader's offsets go on where this log ends, or beyond.
func (l *Log) mayFollow(a *Append) *Error {
	next := l.ext.end
	for i := -1; i < len(a.More); i++ {
		b := a.batch(i)
		if b.BaseOffset() < next || b.LastOffset() < b.BaseOffset() {
			return refuse(CodeOffsetOutOfRange, "batch [%d, %d] follows offset %d", b.BaseOffset(), b.LastOffset(), next-1)
		}
		next = b.NextOffset()
	}
	return nil
}

// batch is the i-th of More, or the first one for -1.
func (a *Append) batch(i int) record.Batch {
	if i < 0 {
		return a.Batch
	}
	return a.More[i]
}

// assign stamps a leader's offsets, epoch and time into the batches, in place.
func (l *Log) assign(now env.Now, a *Append) AppendResult {
	res := AppendResult{Base: l.ext.end, LogAppendTime: record.NoTimestamp, LogStart: l.ext.start}
	if a.Origin == Follower {
		res.Base, res.Last = a.Batch.BaseOffset(), a.batch(len(a.More)-1).LastOffset()
		return res
	}
	next := l.ext.end
	for i := -1; i < len(a.More); i++ {
		b := a.batch(i)
		b.SetBase(next, a.Epoch)
		if l.cfg.LogAppendTime {
			b.SetLogAppendTime(now.Wall)
			res.LogAppendTime = now.Wall
		}
		next = b.NextOffset()
	}
	res.Last = next - 1
	return res
}

// take enters the batches into the active segment and everything that remembers them, and submits the write.
func (l *Log) take(a *Append, size int, last env.Offset) {
	seg := l.ext.active()
	w := l.writes.push()
	*w = write{seg: seg, pos: seg.size, size: size, next: last + 1, buf: a.Buffer}
	l.parts = l.parts[:0]
	for i := -1; i < len(a.More); i++ {
		b := a.batch(i)
		l.enter(seg, b)
		l.parts = append(l.parts, b)
	}
	l.writes.bytes += size
	l.ext.end = last + 1
	l.writes.submit(w, l.parts)
	clear(l.parts)
	l.flusher.holdStable()
}

// enter gives one batch its place at the end of the segment.
func (l *Log) enter(seg *segment, b record.Batch) {
	seg.note(b, seg.size, l.cfg.IndexIntervalBytes)
	l.finder.tail.push(place{base: b.BaseOffset(), next: b.NextOffset(), seg: seg, pos: int32(seg.size), size: int32(len(b))})
	seg.size += env.Position(len(b))
	l.ext.size += env.Position(len(b))
	l.noteEpoch(b.LeaderEpoch(), b.BaseOffset())
	l.prods.note(b)
	if l.w.Facts != nil {
		l.w.Facts.Tell(env.Appended{TopicPartition: l.ext.tp, Epoch: b.LeaderEpoch(), Base: b.BaseOffset(),
			Last: b.LastOffset(), ProducerID: b.ProducerID(), ProducerEpoch: b.ProducerEpoch(),
			BaseSequence: b.BaseSequence(), CRC: b.CRC()})
	}
}
