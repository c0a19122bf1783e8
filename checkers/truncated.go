package checkers

import (
	"cmp"
	"fmt"

	"gregor/core/env"
)

// cutting is a truncation that has begun: when its node ends meanwhile, the log may come back with any end down to a
// floor.
type cutting struct {
	begun   bool
	floor   env.Offset
	empties bool // every segment goes: what begins then is nothing that was flushed
}

// begin says how far down a cut may go: a batch that holds its offset goes whole.
func begin(log *batchLog, to env.Offset) cutting {
	if b := log.at(to); b != nil {
		to = b.base
	}
	return cutting{begun: true, floor: to}
}

func (c cutting) covers(end env.Offset) bool { return c.begun && end >= c.floor }

func (v *Invariants) cutBegins(r *replica, f env.LogCutting) {
	r.cutting = begin(&r.batches, f.To)
	if !f.Anew {
		v.judgeCut(r, r.cutting.floor, "truncation")
	}
	if f.Anew || f.To < r.start {
		r.cutting.floor, r.cutting.empties = 0, true
	}
}

// truncated-committed: a log is never cut where it holds what was committed: what could be read once stays. What a
// follower holds there that was not committed makes way for what was, and all it holds for what it cannot catch up with.
//
// Who follows in an older epoch may make way for what its leader had when that began, although a newer leader has
// committed more since: nobody counts on it, or strong-isr tells. So may who does not know of an unclean election yet: what
// it makes way for was to be lost, or it is. What lies below the newest leader's log start was deleted.
func (v *Invariants) judgeCut(r *replica, to env.Offset, reason string) {
	if !r.keptCommitted(max(to, r.part.deleted())) && !r.uncounted() && !r.dropsUnwritten(to) {
		v.find("truncated-committed", r.part.TopicPartition, to, "%s cut its log to %d (%s), but everything below %d could be read",
			r.name, to, reason, min(max(r.high, r.part.truth.to), r.end)).Attributed = cmp.Or(r.damage(), v.uncleanSince(r))
	}
}

// deleted is where the newest leader's log begins.
func (p *partition) deleted() env.Offset {
	if p.leader == nil || !p.leader.known {
		return 0
	}
	return p.leader.start
}

// uncounted says that a follower does not know of the newest epoch yet, and that it is neither in sync nor eligible there.
func (r *replica) uncounted() bool {
	p := r.part
	return r.role == following && r.epoch < p.epoch && p.image.told && !candidate(&p.image.PartitionChanged, r.node.id)
}

// dropsUnwritten reports whether a fenced log, which goes on when there is space again, drops only what no leader has counted
// on, as at a recovery: it may not have been written.
func (r *replica) dropsUnwritten(to env.Offset) bool {
	return r.fenced && !r.part.alone() && to >= r.counted
}

// behindUnclean says that a follower does not know of an unclean election yet.
func (r *replica) behindUnclean() bool {
	return r.role == following && r.part.image.unclean(r.epoch, r.part.epoch) != nil
}

// uncleanSince is the unclean election that a follower does not know of yet, "" if there is none.
func (v *Invariants) uncleanSince(r *replica) string {
	if !r.behindUnclean() {
		return ""
	}
	e := r.part.image.unclean(r.epoch, r.part.epoch)
	return fmt.Sprintf("unclean election of %s in epoch %d", v.nameOf(e.leader), e.epoch)
}

// truncated-leading: who leads never cuts its log: the others make theirs what it has. A fenced log that goes on, because
// there is space on its disk again, drops what has never reached its files.
//
// A cut beyond the log's end empties it: it goes on where its leader's log begins.
func (v *Invariants) truncated(r *replica, f env.LogTruncated) {
	r.reloading = true
	if r.role == leading && !r.fenced {
		v.find("truncated-leading", f.TopicPartition, f.To, "%s, which leads in epoch %d, cut its log to %d (%s)", r.name, r.epoch, f.To, f.Reason)
	}
	if f.To > r.end || r.cutting.empties {
		r.forget()
		r.start, r.end, r.cutting = f.To, f.To, cutting{}
		return
	}
	if !r.cutting.covers(f.To) {
		v.judgeCut(r, f.To, f.Reason)
	}
	r.cut(f.To)
	r.cutting = cutting{}
}
