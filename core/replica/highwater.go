package replica

import (
	"slices"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/mutants"
	"gregor/core/seglog"
)

// advance moves a leader's high watermark to what every replica that may be elected has written. It never goes
// back.
func (r *Replica) advance(now env.Now) {
	if r.role != Leading || r.log.State() != seglog.Ready {
		return
	}
	if r.underMinISR() && !(mutants.Enabled && mutants.On().HighWatermarkBelowMinISR) { // I6 (KIP-966)
		return
	}
	to := r.safe()
	for i := range r.followers {
		f := &r.followers[i]
		if held := r.heldBy(f); held < to && (r.inMaximalISR(f.id) || r.awaitsJoining(now, f)) {
			to = held
		}
	}
	r.raiseHW(to)
}

// raiseHW moves the high watermark forward within the log.
func (r *Replica) raiseHW(to env.Offset) {
	from := r.log.HighWatermark()
	to = min(to, r.log.EndOffset())
	if to <= from {
		return
	}
	r.log.SetHighWatermark(to)
	if r.w.Facts != nil {
		r.w.Facts.Tell(env.HighWatermarkAdvanced{TopicPartition: r.tp, From: from, To: to})
	}
}

// inMaximalISR says whether the broker is in the in-sync set, or may be by now: a proposal that was made may have
// been committed without the leader knowing.
func (r *Replica) inMaximalISR(id env.NodeID) bool {
	if mutants.Enabled && mutants.On().NoMaximalISR { // I1
		return slices.Contains(r.isr, id)
	}
	return r.sets().Maximal(id)
}

// awaitsJoining says whether the high watermark waits for a follower outside the in-sync set, which could never
// reach it otherwise while the leader writes.
func (r *Replica) awaitsJoining(now env.Now, f *follower) bool {
	return r.isCaughtUp(now, f) && r.eligible(f)
}

// effectiveMinISR is min.insync.replicas for the replicas that there are.
func (r *Replica) effectiveMinISR() int { return insync.Min(r.minISR, len(r.replicas)) }

func (r *Replica) underMinISR() bool { return len(r.isr) < r.effectiveMinISR() }

// sets are the committed in-sync set and the proposed one.
func (r *Replica) sets() insync.Sets {
	return insync.Sets{Committed: r.isr, Proposed: r.proposal.members}
}
