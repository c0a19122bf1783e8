package replica

import (
	"slices"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// follow is what a follower knows about fetching from its leader.
type follow struct {
	known       bool            // lastFetched is the epoch of the log's last record
	lastFetched env.LeaderEpoch // NoEpoch: the log is empty
	delayed     env.Instant     // no fetch before
	lookup      lookup          // what has to be asked because a fetch was out of range
	held        *Fetched        // what is taken when the cut that is wanted has been made; nil: nothing
	batches     []record.Batch  // scratch
}

// cut is a truncation that waits until the checkpoints on disk are within its bounds.
type cut struct {
	wanted bool
	to     env.Offset
	epoch  env.LeaderEpoch // in which it was found to be necessary
	bounds CutBounds
	anew   bool // the log is emptied, and begins at to
}

// startFollowing begins an epoch as follower: whatever was agreed with the leader of an older epoch, even if it was
// the same broker, has to be agreed again.
func (r *Replica) startFollowing(sameLeader bool) {
	r.follow = follow{delayed: longAgo, lastFetched: env.NoEpoch, batches: r.follow.batches}
	r.follow.known = sameLeader && mutants.Enabled && mutants.On().SkipTruncateSameLeader // R6 (KAFKA-7164)
	if mutants.Enabled && mutants.On().TruncateToHighWatermark {                          // R1, R2 (KIP-101)
		r.follow.known = true
		r.cutTo(r.log.HighWatermark())
	}
	r.follow.settle(r)
}

// settle finds out what the log ends with. An epoch that was led here without a record is not in the log: it is
// passed over, since no leader could say where it ends.
func (f *follow) settle(r *Replica) {
	if !f.known && r.log.State() == seglog.Ready {
		f.known, f.lastFetched = true, r.log.EpochAt(r.log.EndOffset()-1)
	}
}

// readiness says whether a follower may fetch.
type readiness uint8

const (
	away readiness = iota // not for a while, or not at all
	busy                  // soon: the log is being written, cut, or opened
	ready
)

// readiness says whether the replica can be fetched for. A fetch offset vouches for everything below it, so it must
// be on disk as far as the topic asks for.
func (r *Replica) readiness(now env.Now) readiness {
	switch {
	case r.role != Following, r.leader == NoNode, now.Mono < r.follow.delayed:
		return away
	case r.log.State() == seglog.Loading, r.cut.wanted:
		return busy
	case r.log.State() != seglog.Ready:
		return away
	case !r.follow.known, r.log.Stable() < r.log.EndOffset():
		return busy
	}
	return ready
}

// saying is what a fetch says of this follower now.
func (r *Replica) saying() saying {
	return saying{r.epoch, r.log.EndOffset(), r.follow.lastFetched, r.log.LogStart()}
}

// isDelayed says whether the follower waits until it may fetch.
func (r *Replica) isDelayed() bool {
	return r.role == Following && r.leader != NoNode && r.follow.delayed != longAgo
}

// Delay has the follower not fetch before until: its quota is used up.
func (r *Replica) Delay(until env.Instant) { r.follow.delayed = max(r.follow.delayed, until) }

// wake ends a delay that is over, so that nobody is woken for it again.
func (f *follow) wake(now env.Now) {
	if now.Mono >= f.delayed {
		f.delayed = longAgo
	}
}

// Fetched is a leader's answer to a follower's fetch.
type Fetched struct {
	AskedEpoch    env.LeaderEpoch
	AskedOffset   env.Offset
	Code          wire.ErrorCode
	HighWatermark env.Offset
	LogStart      env.Offset
	Diverging     wire.EpochEnd
	Records       []byte
	Buffer        *env.Buffer // of Records, held for as long as the log needs it; nil: they stay unchanged
}

// Fetched takes the leader's answer, and reports whether it has: else the leader has told in vain.
func (r *Replica) Fetched(now env.Now, a Fetched) (taken bool) {
	stale := a.AskedEpoch != r.epoch || a.AskedOffset != r.log.EndOffset()
	switch {
	case r.role != Following || r.log.State() != seglog.Ready || r.cut.wanted:
	case stale && !(mutants.Enabled && mutants.On().AcceptStaleReply): // R8 (KAFKA-7786)
	case a.Code == wire.OffsetOutOfRange:
		r.follow.lookup = askLatest
	case a.Code == wire.FencedLeaderEpoch:
		r.Delay(env.Never) // until the metadata tells of the newer epoch that the leader knows: startFollowing ends it
	case a.Code != wire.None:
		r.Delay(now.Mono.Add(r.cfg.Backoff))
	case a.Diverging.Known:
		if mutants.Enabled && mutants.On().HighWatermarkBeforeTruncate { // R12 (KAFKA-14704)
			r.raiseHW(a.HighWatermark)
		}
		r.reconcile(now, &a)
	default:
		return r.takeFetched(now, &a)
	}
	return false
}

// takeFetched appends what came, and only then moves the high watermark and the log start.
func (r *Replica) takeFetched(now env.Now, a *Fetched) (taken bool) {
	batches, err := r.batchesOf(a.Records)
	if err == nil && r.mustBeginWith(batches) {
		r.beginWith(a, batches[0])
		return true
	}
	if len(batches) == 0 && mutants.Enabled && mutants.On().ForgetLastFetchedEpoch { // R11 (KAFKA-15510)
		r.follow.lastFetched = env.NoEpoch
	}
	if err == nil && len(batches) > 0 {
		err = r.appendAll(now, batches, a.Buffer)
	}
	clear(batches)
	if err != nil {
		r.tell(env.Error, "what the leader, broker %d, sent for offset %d is refused: %v", r.leader, a.AskedOffset, err)
		r.Delay(now.Mono.Add(r.cfg.Backoff))
		return false
	}
	r.raiseHW(a.HighWatermark)
	if start := min(a.LogStart, r.log.HighWatermark()); start > r.log.LogStart() {
		r.log.DeleteRecords(now, start)
	}
	return true
}

// mustBeginWith says whether an empty log gets a batch that cannot follow what it has deleted: one that it lies within,
// since DeleteRecords does not cut batches, so that a leader's log may begin in the middle of one, and a follower's, too
// (KAFKA-6975); or one of an older epoch, since its leader was elected uncleanly.
func (r *Replica) mustBeginWith(batches []record.Batch) bool {
	if mutants.Enabled && mutants.On().NoBeginWithinBatch || len(batches) == 0 || r.log.LogStart() != r.log.EndOffset() {
		return false
	}
	first, start := batches[0], r.log.LogStart()
	return first.BaseOffset() < start && first.LastOffset() >= start || first.LeaderEpoch() < r.log.LatestEpoch()
}

// beginWith asks for the log to begin with the whole batch, which is kept until it does: the leader would not send it to
// who asks for its first offset, where its own log does not begin.
func (r *Replica) beginWith(a *Fetched, first record.Batch) {
	r.tell(env.Info, "the leader, broker %d, has the batch [%d, %d] where everything is deleted here: starting with it", r.leader, first.BaseOffset(), first.LastOffset())
	r.follow.held = &Fetched{HighWatermark: a.HighWatermark, LogStart: a.LogStart, Records: slices.Clone(first)}
	r.beginAt(first.BaseOffset())
}

// takeHeld takes what had to wait for a cut: the batch that the log begins with by now, or where its leader's begins.
func (r *Replica) takeHeld(now env.Now) {
	held := r.follow.held
	if held == nil || r.cut.wanted || r.log.State() != seglog.Ready {
		return
	}
	r.follow.held = nil
	r.takeFetched(now, held)
}

// batchesOf is the whole batches at the beginning of what came. One of a newer epoch than the leader's cannot come
// from it, and ends the list.
func (r *Replica) batchesOf(records []byte) ([]record.Batch, error) {
	all := r.follow.batches[:0]
	s := record.Split(records)
	for b, ok := s.Next(); ok && b.LeaderEpoch() <= r.epoch; b, ok = s.Next() {
		if err := record.ValidateStored(b); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	r.follow.batches = all
	if err := s.Err(); err != nil && err != record.ErrShort {
		return nil, err
	}
	return all, nil
}

// appendAll appends the batches in one write, or each in its own if they do not fit into one segment together.
func (r *Replica) appendAll(now env.Now, batches []record.Batch, buf *env.Buffer) error {
	err := r.appendFetched(now, batches, buf)
	if err == nil || err.Code != seglog.CodeRecordListTooLarge {
		return orNil(err)
	}
	for i := range batches {
		if err := r.appendFetched(now, batches[i:i+1], buf); err != nil {
			return err
		}
	}
	return nil
}

func orNil(err *seglog.Error) error {
	if err == nil {
		return nil
	}
	return err
}

func (r *Replica) appendFetched(now env.Now, batches []record.Batch, buf *env.Buffer) *seglog.Error {
	buf.Hold()
	_, err := r.log.Append(now, seglog.Append{Batch: batches[0], More: batches[1:], Origin: seglog.Follower, Buffer: buf})
	if err != nil {
		buf.Release()
		return err
	}
	r.follow.lastFetched = batches[len(batches)-1].LeaderEpoch()
	return nil
}
