package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
)

// leader-completeness: whoever begins to lead in the newest epoch holds everything that was committed before, and what
// a leader of an older epoch commits until it hears of the new one, the new one holds too.
//
// Permitted, and told, is what the configuration does not promise: an unclean election; every replica that had the
// record has lost what it had not flushed; the disk of a leader broke its promise without anybody being able to notice.
func (v *Invariants) complete(r *replica, epoch env.LeaderEpoch) {
	p := r.part
	at := p.lacks(r)
	if at < 0 {
		p.truth.by = epoch
		return
	}
	why, holder := v.permitted(r, at, epoch)
	f := v.find("leader-completeness", p.TopicPartition, at, "%s leads in epoch %d without offset %d, though everything below %d was committed%s",
		r.name, epoch, at, p.truth.to, holderText(holder))
	f.Attributed = why
	p.fork(at, p.truth.to, epoch, why, v.now.Event)
}

func holderText(holder *replica) string {
	if holder == nil {
		return ""
	}
	return ": " + holder.name + " has it"
}

// mayDiffer says that what a leader of an older epoch commits need not be what was committed since: it says more, or
// somebody was elected uncleanly since.
func (p *partition) mayDiffer(r *replica, to env.Offset) bool {
	return p.superseded(r) && (to > p.truth.to || p.image.unclean(r.epoch, p.epoch) != nil)
}

// stands says whether what a leader of an older epoch commits is what the newest leader holds. If it is not, it is
// another truth than the newest leader's. One whose replica has been taken away meanwhile holds nothing: the next leader is
// asked for all of it.
func (v *Invariants) stands(r *replica, to env.Offset) bool {
	p, newest := r.part, r.part.leader
	e := p.image.unclean(r.epoch, p.epoch)
	beyond := e != nil && to <= newest.start // one that was elected uncleanly begins beyond it all
	if e == nil && (newest.recovering || !newest.known || len(newest.hurts) > 0) || newest.holds(&r.batches, to) && !beyond {
		return true
	}
	at := fork(&r.batches, &newest.batches, min(newest.end, to), max(p.cleaned, newest.start))
	if beyond {
		at = to - 1
	}
	why := ""
	if e != nil {
		why = fmt.Sprintf("unclean election of %s in epoch %d", v.nameOf(e.leader), e.epoch)
	}
	v.find("leader-completeness", p.TopicPartition, at, "%s, which led in epoch %d, commits everything below %d, but %s leads in epoch %d without offset %d",
		r.name, r.epoch, to, newest.name, p.epoch, at).Attributed = why
	p.lose(loss{event: v.now.Event, offset: at, to: to, epoch: p.epoch, promised: true, why: why})
	p.truth.forked = p.epoch
	return false
}

// fork cuts the truth to what a leader holds. From here on its word counts, and that of whoever follows it.
func (p *partition) fork(at, to env.Offset, epoch env.LeaderEpoch, why string, event uint64) {
	p.lose(loss{event: event, offset: at, to: to, epoch: epoch, promised: true, why: why})
	p.truth.to, p.truth.by, p.truth.forked = min(p.truth.to, at), epoch, epoch
	p.truth.log.cut(at)
}

// permitted says why a leader may lack an offset that was committed. holder is who is sure to have it, if that is why
// it may not.
func (v *Invariants) permitted(r *replica, at env.Offset, epoch env.LeaderEpoch) (why string, holder *replica) {
	p := r.part
	for _, h := range p.replicas {
		if h != r && h.surelyHolds(&p.truth.log, at) {
			holder = h
			break
		}
	}
	all := ""
	if holder == nil {
		all = p.allLost(at)
	}
	if e := p.image.unclean(p.truth.by, epoch); e != nil {
		why := fmt.Sprintf("unclean election of %s in epoch %d", v.nameOf(e.leader), e.epoch)
		if all != "" {
			why += "; " + all
		}
		return why, holder
	}
	switch own := r.hurtAt(at); {
	case all != "":
		return all, nil
	case r.clean && r.node.damaged:
		return "the disk of " + r.name + " was damaged", nil
	case v.config.WithoutELR && own != "":
		return "without eligible leader replicas the last in sync leads again, whatever it lost: " + own, nil
	}
	return "", holder
}

// surelyHolds says that a replica has what was committed at an offset, and cannot have lost it unseen.
func (r *replica) surelyHolds(truth *batchLog, o env.Offset) bool {
	switch b := r.batches.at(o); {
	case b == nil || o >= r.end:
		return false
	case truth.at(o) == nil || !b.same(truth.at(o)):
		return false
	case r.recovering && r.loser().Kind != 0:
		return o < r.flushed && r.loser().Kind != history.Wiped && !r.node.damaged
	}
	return !r.node.damaged
}
