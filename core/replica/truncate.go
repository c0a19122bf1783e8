package replica

import (
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

// reconcile truncates what the leader never had, as far as its response shows: the leader's last epoch that is not
// above the one asked for, and where it ends there. If that epoch is not in this log, the next response shows more.
//
// What lies below its log start the leader cannot compare, and it is deleted after the truncation. Kafka leaves that to
// the next response; a follower that is elected before it comes would let it be read.
func (f *followerRole) reconcile(now env.Now, a *Fetched) {
	leaders := a.Diverging
	to := min(leaders.End, f.p.log.EndOffset())
	if epoch, end := f.p.log.EpochEnd(leaders.Epoch); epoch != kafka.NoEpoch {
		to = min(to, end)
	}
	if to == f.p.log.EndOffset() { // no correct leader answers so: it would be asked again at once, for ever
		f.delay(now.Mono.Add(f.p.cfg.Backoff))
		return
	}
	if to <= a.LogStart {
		f.held = &Fetched{HighWatermark: a.HighWatermark, LogStart: a.LogStart}
	}
	f.requestTruncation(to)
}

// requestTruncation asks for a truncation. It has to wait for the broker's recovery point.
func (f *followerRole) requestTruncation(to kafka.Offset) {
	if to >= f.p.log.EndOffset() {
		return
	}
	to = max(to, 0)
	must.AtLeast("replica: offset to truncate to", to, "the lowest that an interrupted truncation may leave",
		f.p.log.CutFloor(to),
		f.p, "does the floor not follow the segments?")
	f.pending = pendingTruncation{wanted: true, to: to, epoch: f.p.epoch,
		bounds: CutBounds{f.p.log.CutFloor(to), min(to, f.p.log.LogStart())}}
	f.cuts.truncating(f.pending.bounds)
}

// requestReset asks for the log to be emptied, and to begin at another offset. Nothing of it may be left if that is
// interrupted.
func (f *followerRole) requestReset(start kafka.Offset) {
	f.pending = pendingTruncation{wanted: true, to: start, epoch: f.p.epoch,
		bounds: CutBounds{0, min(start, f.p.log.LogStart())}, reset: true}
	f.cuts.truncating(f.pending.bounds)
}

// truncate truncates the log as [Out].Truncating announced. By now the replica may lead, or follow in an epoch that
// knows nothing of this truncation; then nothing happens.
func (f *followerRole) truncate(now env.Now, b CutBounds) {
	c := f.pending
	if !c.wanted || c.bounds != b {
		return
	}
	f.pending = pendingTruncation{}
	isOwned := f.p.role == Following && c.epoch == f.p.epoch
	if !isOwned && !(mutants.Enabled && mutants.On().TruncateUnowned) { // R13 (KAFKA-13207)
		return
	}
	if f.p.log.State() != seglog.Ready {
		return
	}
	f.known = false
	if c.reset {
		f.p.log.StartAt(now, c.to)
		return
	}
	if hw := f.p.log.HighWatermark(); c.to < hw {
		f.p.logf(env.Warn,
			"truncating to offset %d, below the high watermark %d: the leader, broker %d in epoch %d, does not have what was committed",
			c.to, hw, f.p.leader, f.p.epoch)
	}
	f.p.log.Truncate(now, c.to)
}

// lookup is what a follower has to ask its leader because its fetch was out of range.
type lookup uint8

const (
	askNothing  lookup = iota
	askLatest          // where the leader's log ends
	askEarliest        // where it begins
)

// timestamp is the question as ListOffsets puts it.
func (l lookup) timestamp() int64 { return -int64(l) }

// handleListed applies the leader's response to the lookup of this epoch.
func (f *followerRole) handleListed(now env.Now, askedEpoch kafka.LeaderEpoch, asked lookup, code kafka.ErrorCode,
	offset kafka.Offset) {
	if f.p.role != Following || askedEpoch != f.p.epoch || asked != f.lookup || f.p.log.State() != seglog.Ready ||
		f.pending.wanted {
		return
	}
	f.lookup = askNothing
	end := f.p.log.EndOffset()
	switch {
	case code != kafka.None || offset < 0:
		f.delay(now.Mono.Add(f.p.cfg.Backoff))
	case asked == askLatest && offset < end:
		f.p.logf(env.Warn, "the leader, broker %d in epoch %d, ends at offset %d, before %d", f.p.leader, f.p.epoch,
			offset, end)
		f.requestTruncation(offset)
	case asked == askLatest:
		f.lookup = askEarliest
	case offset > end:
		f.p.logf(env.Info, "the leader, broker %d, begins at offset %d, beyond the end %d: starting there",
			f.p.leader, offset, end)
		f.requestReset(offset)
	default: // it is in range by now, or was refused for its epoch: asking again shows
		f.delay(now.Mono.Add(f.p.cfg.Backoff))
	}
}
