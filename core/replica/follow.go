package replica

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// cuts is where a follower announces that it will truncate its log.
type cuts interface {
	truncating(b CutBounds)
}

// followerRole is what a follower knows about fetching from its leader.
//
//	ready ── records ───────▶ busy: appends ── written, or flushed ─────────────────────▶ ready
//	  ├───── diverging epoch ▶ busy: truncation wanted ── announced, Truncate, log Ready ▶ ready
//	  ├───── out of range ───▶ lookup: the leader's end, then its start ── truncation, or begin there
//	  └───── error ──────────▶ away: delayed ── the back-off is over, or a newer epoch ──▶ ready
type followerRole struct {
	p           *partition
	cuts        cuts
	known       bool              // lastFetched is the epoch of the log's last record
	lastFetched kafka.LeaderEpoch // NoEpoch: the log is empty
	delayed     env.Instant       // no fetch before
	lookup      lookup            // what ListOffsets has to be sent for because a fetch was out of range
	held        *Fetched          // what is applied when the truncation that is wanted has been made; nil: nothing
	batches     []record.Batch    // scratch
	pending     pendingTruncation
}

// pendingTruncation waits until the checkpoints on disk are within its bounds. One that is announced outlives the
// role: the owner calls Truncate for it in any case.
type pendingTruncation struct {
	wanted bool
	to     kafka.Offset
	epoch  kafka.LeaderEpoch // in which it was found to be necessary
	bounds CutBounds
	reset  bool // the log is emptied, and begins at to
}

// start begins an epoch as follower: whatever was agreed with the leader of an older epoch, even if it was
// the same broker, has to be agreed again.
func (f *followerRole) start(sameLeader bool) {
	*f = followerRole{p: f.p, cuts: f.cuts, pending: f.pending, delayed: longAgo, lastFetched: kafka.NoEpoch,
		batches: f.batches}
	f.known = sameLeader && mutants.Enabled && mutants.On().SkipTruncateSameLeader // R6 (KAFKA-7164)
	if mutants.Enabled && mutants.On().TruncateToHighWatermark {                   // R1, R2 (KIP-101)
		f.known = true
		f.requestTruncation(f.p.log.HighWatermark())
	}
	f.settle()
}

// stop forgets the leader that was followed.
func (f *followerRole) stop() { *f = followerRole{p: f.p, cuts: f.cuts, pending: f.pending} }

// settle finds out what the log ends with. An epoch that was led here without a record is not in the log: it is
// passed over, since no leader could answer where it ends.
func (f *followerRole) settle() {
	if !f.known && f.p.log.State() == seglog.Ready {
		f.known, f.lastFetched = true, f.p.log.EpochAt(f.p.log.EndOffset()-1)
	}
}

// readiness is how soon a follower may fetch.
type readiness uint8

const (
	away readiness = iota // not for a while, or not at all
	busy                  // soon: the log is being written, cut, or opened
	ready
)

// readiness returns how soon the replica can be fetched for. A fetch offset vouches for everything below it, so it must
// be on disk as far as the topic asks for.
func (f *followerRole) readiness(now env.Now) readiness {
	switch {
	case f.p.role != Following, f.p.leader == kafka.NoNode, now.Mono < f.delayed:
		return away
	case f.p.log.State() == seglog.Loading, f.pending.wanted:
		return busy
	case f.p.log.State() != seglog.Ready:
		return away
	case !f.known, f.p.log.Stable() < f.p.log.EndOffset():
		return busy
	}
	return ready
}

// position returns what a fetch carries of this follower now.
func (f *followerRole) position() position {
	return position{f.p.epoch, f.p.log.EndOffset(), f.lastFetched, f.p.log.LogStart()}
}

// isDelayed reports whether the follower waits until it may fetch.
func (f *followerRole) isDelayed() bool {
	return f.p.role == Following && f.p.leader != kafka.NoNode && f.delayed != longAgo
}

func (f *followerRole) delay(until env.Instant) { f.delayed = max(f.delayed, until) }

// wake ends a delay that is over, so that no timer is set for it again.
func (f *followerRole) wake(now env.Now) {
	if now.Mono >= f.delayed {
		f.delayed = longAgo
	}
}

// Fetched is a leader's answer to a follower's fetch.
type Fetched struct {
	AskedEpoch    kafka.LeaderEpoch
	AskedOffset   kafka.Offset
	Code          kafka.ErrorCode
	HighWatermark kafka.Offset
	LogStart      kafka.Offset
	Diverging     wire.EpochEnd
	Records       []byte
	Buffer        *env.Buffer // of Records, held for as long as the log needs it; nil: they stay unchanged
}

// handleFetched applies the leader's response, and reports whether it has.
func (f *followerRole) handleFetched(now env.Now, a Fetched) (used bool) {
	stale := a.AskedEpoch != f.p.epoch || a.AskedOffset != f.p.log.EndOffset()
	switch {
	case f.p.role != Following || f.p.log.State() != seglog.Ready || f.pending.wanted:
	case stale && !(mutants.Enabled && mutants.On().AcceptStaleReply): // R8 (KAFKA-7786)
	case a.Code == kafka.OffsetOutOfRange:
		f.lookup = askLatest
	case a.Code == kafka.FencedLeaderEpoch:
		f.delay(env.Never) // until the metadata brings the newer epoch that the leader knows: start ends it
	case a.Code != kafka.None:
		f.delay(now.Mono.Add(f.p.cfg.Backoff))
	case a.Diverging.Known:
		if mutants.Enabled && mutants.On().HighWatermarkBeforeTruncate { // R12 (KAFKA-14704)
			f.p.raiseHighWatermark(a.HighWatermark)
		}
		f.reconcile(now, &a)
	default:
		return f.apply(now, &a)
	}
	return false
}

// apply appends what came, and only then moves the high watermark and the log start.
func (f *followerRole) apply(now env.Now, a *Fetched) (used bool) {
	batches, err := f.batchesOf(a.Records)
	if err == nil && f.mustBeginWith(batches) {
		f.beginWith(a, batches[0])
		return true
	}
	if len(batches) == 0 && mutants.Enabled && mutants.On().ForgetLastFetchedEpoch { // R11 (KAFKA-15510)
		f.lastFetched = kafka.NoEpoch
	}
	if err == nil && len(batches) > 0 {
		err = f.appendAll(now, batches, a.Buffer)
	}
	clear(batches)
	if err != nil {
		f.p.logf(env.Error, "what the leader, broker %d, sent for offset %d is refused: %v", f.p.leader, a.AskedOffset, err)
		f.delay(now.Mono.Add(f.p.cfg.Backoff))
		return false
	}
	f.p.raiseHighWatermark(a.HighWatermark)
	if start := min(a.LogStart, f.p.log.HighWatermark()); start > f.p.log.LogStart() {
		f.p.log.DeleteRecords(now, start)
	}
	return true
}

// mustBeginWith reports whether an empty log gets a batch that cannot follow what it has deleted: one that it lies
// within, since DeleteRecords does not cut batches, so that a leader's log may begin in the middle of one, and a
// follower's, too (KAFKA-6975); or one of an older epoch, since its leader was elected uncleanly.
func (f *followerRole) mustBeginWith(batches []record.Batch) bool {
	if mutants.Enabled && mutants.On().NoBeginWithinBatch || len(batches) == 0 ||
		f.p.log.LogStart() != f.p.log.EndOffset() {
		return false
	}
	first, start := batches[0], f.p.log.LogStart()
	return first.BaseOffset() < start && first.LastOffset() >= start || first.LeaderEpoch() < f.p.log.LatestEpoch()
}

// beginWith asks for the log to begin with the whole batch, which is kept until it does: the leader would not send it
// to a follower that asks for its first offset, where its own log does not begin.
func (f *followerRole) beginWith(a *Fetched, first record.Batch) {
	f.p.logf(env.Info,
		"the leader, broker %d, has the batch [%d, %d] where everything is deleted here: starting with it", f.p.leader,
		first.BaseOffset(), first.LastOffset())
	f.held = &Fetched{HighWatermark: a.HighWatermark, LogStart: a.LogStart, Records: slices.Clone(first)}
	f.requestReset(first.BaseOffset())
}

// applyHeld applies what had to wait for a truncation: the batch that the log begins with by now, or where its leader's
// begins.
func (f *followerRole) applyHeld(now env.Now) {
	held := f.held
	if held == nil || f.pending.wanted || f.p.log.State() != seglog.Ready {
		return
	}
	f.held = nil
	f.apply(now, held)
}

// batchesOf is the whole batches at the beginning of what came. One of a newer epoch than the leader's cannot come
// from it, and ends the list.
func (f *followerRole) batchesOf(records []byte) ([]record.Batch, error) {
	all := f.batches[:0]
	s := record.Split(records)
	for b, ok := s.Next(); ok && b.LeaderEpoch() <= f.p.epoch; b, ok = s.Next() {
		if err := record.ValidateStored(b); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	f.batches = all
	if err := s.Err(); err != nil && err != record.ErrShort {
		return nil, err
	}
	return all, nil
}

// appendAll appends the batches in one write, or each in its own if they do not fit into one segment together.
func (f *followerRole) appendAll(now env.Now, batches []record.Batch, buf *env.Buffer) error {
	err := f.appendFetched(now, batches, buf)
	if err == nil || err.Code != kafka.RecordListTooLarge {
		return orNil(err)
	}
	for i := range batches {
		if err := f.appendFetched(now, batches[i:i+1], buf); err != nil {
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

func (f *followerRole) appendFetched(now env.Now, batches []record.Batch, buf *env.Buffer) *seglog.Error {
	buf.Hold()
	_, err := f.p.log.Append(now, seglog.Append{Batch: batches[0], More: batches[1:], Origin: seglog.Follower,
		Buffer: buf})
	if err != nil {
		buf.Release()
		return err
	}
	last := batches[len(batches)-1]
	must.Equal("replica: log end", f.p.log.EndOffset(), "offset after the last batch fetched", last.NextOffset(), f.p,
		"was a batch not appended, or appended twice?")
	must.AtLeast("replica: epoch followed", f.p.epoch, "epoch of the last batch fetched", last.LeaderEpoch(), f.p,
		"was a batch of a newer leader not refused?")
	f.lastFetched = last.LeaderEpoch()
	return nil
}
