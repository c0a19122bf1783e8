package replica

import (
	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// reconcile cuts off what the leader never had, as far as its answer shows: the leader's last epoch that is not
// above the one asked for, and where it ends there. If that epoch is not in this log, the next answer shows more.
//
// What lies below its log start the leader cannot compare, and it is deleted after the cut. Kafka leaves that to the next
// answer; who is elected before it comes would let it be read.
func (r *Replica) reconcile(now env.Now, a *Fetched) {
	leaders := a.Diverging
	to := min(leaders.End, r.log.EndOffset())
	if epoch, end := r.log.EpochEnd(leaders.Epoch); epoch != env.NoEpoch {
		to = min(to, end)
	}
	if to == r.log.EndOffset() { // no sound leader says so: it would be asked again at once, for ever
		r.Delay(now.Mono.Add(r.cfg.Backoff))
		return
	}
	if to <= a.LogStart {
		r.follow.held = &Fetched{HighWatermark: a.HighWatermark, LogStart: a.LogStart}
	}
	r.cutTo(to)
}

// cutTo asks for a truncation. It has to wait for the broker's recovery point.
func (r *Replica) cutTo(to env.Offset) {
	if to >= r.log.EndOffset() {
		return
	}
	to = max(to, 0)
	r.cut = cut{wanted: true, to: to, epoch: r.epoch, bounds: CutBounds{r.log.CutFloor(to), min(to, r.log.LogStart())}}
	r.cfg.Out.Truncating(r, r.cut.bounds)
}

// beginAt asks for the log to be emptied, and to begin anew. Nothing of it may be left if that is interrupted.
func (r *Replica) beginAt(start env.Offset) {
	r.cut = cut{wanted: true, to: start, epoch: r.epoch, bounds: CutBounds{0, min(start, r.log.LogStart())}, anew: true}
	r.cfg.Out.Truncating(r, r.cut.bounds)
}

// Truncate cuts the log as [Out].Truncating announced. By now the replica may lead, or follow in an epoch that
// knows nothing of this cut; then nothing happens.
func (r *Replica) Truncate(now env.Now, b CutBounds) {
	c := r.cut
	if !c.wanted || c.bounds != b {
		return
	}
	r.cut = cut{}
	if (r.role != Following || c.epoch != r.epoch) && !(mutants.Enabled && mutants.On().TruncateUnowned) { // R13 (KAFKA-13207)
		return
	}
	if r.log.State() != seglog.Ready {
		return
	}
	r.follow.known = false
	if c.anew {
		r.log.StartAt(now, c.to)
		return
	}
	if hw := r.log.HighWatermark(); c.to < hw {
		r.tell(env.Warn, "truncating to offset %d, below the high watermark %d: the leader, broker %d in epoch %d, does not have what was committed",
			c.to, hw, r.leader, r.epoch)
	}
	r.log.Truncate(now, c.to)
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

// Listed takes the leader's answer to the question of this epoch.
func (r *Replica) Listed(now env.Now, askedEpoch env.LeaderEpoch, asked lookup, code wire.ErrorCode, offset env.Offset) {
	f := &r.follow
	if r.role != Following || askedEpoch != r.epoch || asked != f.lookup || r.log.State() != seglog.Ready || r.cut.wanted {
		return
	}
	f.lookup = askNothing
	end := r.log.EndOffset()
	switch {
	case code != wire.None || offset < 0:
		r.Delay(now.Mono.Add(r.cfg.Backoff))
	case asked == askLatest && offset < end:
		r.tell(env.Warn, "the leader, broker %d in epoch %d, ends at offset %d, before %d", r.leader, r.epoch, offset, end)
		r.cutTo(offset)
	case asked == askLatest:
		f.lookup = askEarliest
	case offset > end:
		r.tell(env.Info, "the leader, broker %d, begins at offset %d, beyond the end %d: starting there", r.leader, offset, end)
		r.beginAt(offset)
	default: // it is in range by now, or was refused for its epoch: asking again shows
		r.Delay(now.Mono.Add(r.cfg.Backoff))
	}
}
