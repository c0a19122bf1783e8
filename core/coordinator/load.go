package coordinator

import (
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
)

// sliceBytes is how much of one partition is applied in one Settle.
const sliceBytes = 256 << 10

// load is how far a partition has been applied.
type load struct {
	next    kafka.Offset
	skipped int   // records that could not be applied
	why     error // the first of them could not
}

// continueLoads applies a slice of every partition that is being loaded. more reports that one of them can go on at
// once; any other waits for an event of its log.
func (r *Runtime) continueLoads(now env.Now) (more bool) {
	for i := 0; i < len(r.loads); {
		over, again := r.slice(now, r.loads[i])
		more = more || again
		if !over {
			i++
			continue
		}
		r.loads = append(r.loads[:i], r.loads[i+1:]...)
	}
	return more
}

// slice applies up to sliceBytes and reports whether the load is over. A partition becomes active when all that an
// earlier coordinator may have answered for is both applied and committed in this epoch: a record that is read here and
// lost with the next election must not have been reported to a client.
func (r *Runtime) slice(now env.Now, s *shard) (over, more bool) {
	is := s.partition.Leadership()
	if !is.Leads || is.Epoch != s.epoch {
		return true, false // Update unloads the partition, and starts another load if this broker leads it still
	}
	applied := s.load.next >= is.EpochStart
	switch {
	case applied && is.HighWatermark >= is.EpochStart, mutants.Enabled && mutants.On().ServeWhileLoading:
		r.activate(now, s)
		r.warnSkipped(s)
		return true, false
	case applied:
		return false, false // waits until the epoch's start is committed
	}
	batches, next, status := s.partition.Scan(now, s.load.next, sliceBytes)
	switch status {
	case seglog.ReadReady:
		must.AtLeast("coordinator: offset after a slice", next, "its first offset", s.load.next, s.tp,
			"did a scan read backwards?")
		r.apply(s, batches)
		more = next > s.load.next // else the rest is still being written
		s.load.next = next
	case seglog.ReadPending:
	default:
		r.fail(now, s)
		return true, false
	}
	return false, more
}

func (r *Runtime) apply(s *shard, bytes []byte) {
	batches := record.Split(bytes)
	for batch, ok := batches.Next(); ok; batch, ok = batches.Next() {
		if batch.Attributes().IsControl() {
			continue
		}
		records := batch.Records(&r.scratch, record.Limits{})
		for rec, ok := records.Next(); ok; rec, ok = records.Next() {
			s.load.note(records.Offset(rec), r.machine.Load(s.tp.Partition, rec.Key, rec.Value, records.Timestamp(rec)))
		}
		s.load.note(batch.BaseOffset(), records.Err())
	}
}

// note counts what could not be applied.
func (l *load) note(at kafka.Offset, err error) {
	switch {
	case err == nil:
		return
	case l.skipped == 0:
		l.why = fmt.Errorf("at offset %d: %w", at, err)
	}
	l.skipped++
}

func (r *Runtime) warnSkipped(s *shard) {
	if s.load.skipped > 0 && r.world != nil {
		r.world.Emit(env.Logged{Level: env.Warn, Logger: env.OfBroker,
			Text: fmt.Sprintf("%s: skipped %d records that cannot be loaded, the first %v", s.tp, s.load.skipped, s.load.why)})
	}
}
