package seglog

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/mutants"
	"gregor/core/record"
)

// Origin is where an append comes from; it decides what the log checks and assigns.
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
	Epoch   kafka.LeaderEpoch // what a Leader stamps into the batches
	Buffer  *env.Buffer       // nil: the caller keeps the bytes unchanged until Written passes Last
}

// AppendResult is where the batches went. They may be acknowledged once Stable is above Last.
type AppendResult struct {
	Base, Last    kafka.Offset
	LogAppendTime env.WallMillis // NoTimestamp unless message.timestamp.type is LogAppendTime
	LogStart      kafka.Offset
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
		if done, ok, err := l.appender.check(&a); ok || err != nil {
			return done, err
		}
	}
	res := a.assign(now, &l.ext, &l.cfg)
	if l.ext.active().mustRoll(now, &l.cfg, size, res.Last, a.maxTimestamp()) {
		l.roller.roll(now, res.Base)
	}
	l.appender.write(&a, size, res.Last)
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
		return refuse(kafka.KafkaStorageError, "%v", l.err)
	case l.state != Ready:
		return refuse(kafka.NotLeaderOrFollower, "%s is %s", l.ext.tp, l.state)
	case size > maxAppend:
		return refuse(kafka.MessageTooLarge, "%d bytes in one append; %d is the most", size, maxAppend)
	case int64(size) > l.cfg.SegmentBytes:
		return refuse(kafka.RecordListTooLarge, "%d bytes do not fit into a segment of %d (segment.bytes)",
			size, l.cfg.SegmentBytes)
	case a.Origin == Follower:
		return a.follows(l.ext.end)
	case len(a.More) > 0 && a.hasProducer():
		return refuse(kafka.InvalidRecord, "an idempotent producer's append has %d batches; 1 is allowed",
			1+len(a.More))
	case l.cfg.CleanupCompact && a.Summary.NullKeys:
		return refuse(kafka.InvalidRecord, "a record without a key cannot go to a compacted topic")
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

// batch is the i-th of More, or the first one for -1.
func (a *Append) batch(i int) record.Batch {
	if i < 0 {
		return a.Batch
	}
	return a.More[i]
}

// follows checks that the leader's offsets go on where the log ends, or beyond.
func (a *Append) follows(end kafka.Offset) *Error {
	next := end
	for i := -1; i < len(a.More); i++ {
		b := a.batch(i)
		if b.BaseOffset() < next || b.LastOffset() < b.BaseOffset() {
			return refuse(kafka.OffsetOutOfRange, "batch [%d, %d] follows offset %d", b.BaseOffset(), b.LastOffset(), next-1)
		}
		next = b.NextOffset()
	}
	return nil
}

// assign stamps a leader's offsets, epoch and time into the batches, in place.
func (a *Append) assign(now env.Now, ext *extent, cfg *Config) AppendResult {
	res := AppendResult{Base: ext.end, LogAppendTime: record.NoTimestamp, LogStart: ext.start}
	if a.Origin == Follower {
		res.Base, res.Last = a.Batch.BaseOffset(), a.batch(len(a.More)-1).LastOffset()
		return res
	}
	next := ext.end
	for i := -1; i < len(a.More); i++ {
		b := a.batch(i)
		b.SetBase(next, a.Epoch)
		if cfg.LogAppendTime {
			b.SetLogAppendTime(now.Wall)
			res.LogAppendTime = now.Wall
		}
		next = b.NextOffset()
	}
	res.Last = next - 1
	return res
}
