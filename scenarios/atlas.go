package scenarios

import (
	"slices"

	"gregor/checkers"
	"gregor/core/env"
)

// The fault atlas: which of the faults that the seed draws the configuration promises to survive, as things stand.
//
//   - A killed process keeps what it wrote. A power cut takes what was not flushed, unless every record is flushed before
//     it counts; an emptied disk takes everything.
//   - The controllers cannot tell one from the other: a broker that ends without having been asked to is in sync nowhere
//     when it comes back, nor eligible, and of those that are left the last one leads. So if any replica of a partition
//     that is in sync, or eligible, may have lost something, fewer than min.insync.replicas of them may be hurt, so that
//     one that is sound stays in the set whoever else leaves it. The same goes for a set that a leader has proposed. A broker is sound again when it has been registered
//     anew and is in sync everywhere.
//   - The disk of a voter is never emptied: a quorum without directory ids has no way to notice that a vote was
//     forgotten, and one with them has a voter less from then on.
//   - A failed sync is as bad as a power cut. Flipped bits and misdirected writes are promised by nobody.
//   - A full disk ends the process of a voter, and of a broker whose partitions others have. What was written stays.
//   - The rest costs time, not data.

// survivable reports whether an action on a node stays within the promises.
func (r *run) survivable(n string, a Action) bool {
	costs := timeLost
	if v := verbOf(a.Verb); v.costs != nil {
		costs = v.costs(r, n, a)
	}
	switch {
	case costs == timeLost || !isServerName(n):
		return true
	case costs == diskLost && r.votes(n), costs == corrupted:
		return false
	}
	return r.spares(n, costs > processLost)
}

// severity is the most that a fault may take from a server.
type severity uint8

const (
	timeLost      severity = iota
	processLost            // it ends; what was written stays
	unflushedLost          // and what no flush has covered
	diskLost               // and all the rest of the disk
	corrupted              // any part of the disk, and the server does not notice
)

// always is the severity of a fault that costs the same at any time.
func always(s severity) func(*run, string, Action) severity {
	return func(*run, string, Action) severity { return s }
}

// flushed says whether every record of every topic is flushed before it counts.
func (s *Scenario) flushed() bool {
	cluster := valueOf(s.Cluster.Settings, "log.flush.interval.messages", "")
	return cluster == "1" && !slices.ContainsFunc(s.Topics, func(t Topic) bool { return valueOf(t.Settings, "flush.messages", "1") != "1" })
}

func (r *run) votes(n string) bool {
	return slices.ContainsFunc(r.s.Cluster.members(), func(m member) bool { return m.name == n && m.controller })
}

// spares says whether every partition can do without the life of a broker, and without what it has not flushed if it
// loses that.
func (r *run) spares(n string, loses bool) bool {
	return !slices.ContainsFunc(r.cast.known(), func(p env.PartitionChanged) bool { return !r.sparesOf(p, n, loses) })
}

// sparesOf asks for those in sync or eligible now, and for those that a leader's proposal under way would have in sync.
func (r *run) sparesOf(p env.PartitionChanged, n string, loses bool) bool {
	next, known := r.cast.proposed[p.TopicPartition]
	underWay := known && next.PartitionEpoch >= p.PartitionEpoch
	return r.sparesAmong(p, slices.Concat(p.ISR, p.ELR), n, loses) && (!underWay || r.sparesAmong(p, next.Proposed, n, loses))
}

func (r *run) sparesAmong(p env.PartitionChanged, keep []env.NodeID, n string, loses bool) bool {
	sound := slices.ContainsFunc(keep, func(id env.NodeID) bool { return nodeName(id) != n && !r.isHurt(nodeName(id)) })
	pool := keep
	if !sound { // then the last one known to have had everything will lead, whoever that is
		pool = p.Replicas
	}
	if !slices.ContainsFunc(pool, func(id env.NodeID) bool { return nodeName(id) == n }) {
		return true
	}
	hurt := 0
	for _, id := range pool {
		scar, isHurt := r.scar(nodeName(id))
		loses = loses || isHurt && scar.lossy
		if isHurt || nodeName(id) == n {
			hurt++
		}
	}
	return !loses || sound && hurt < min(p.MinISR, len(keep))
}

func (r *run) isHurt(n string) bool {
	_, hurt := r.scar(n)
	return hurt
}

// scar is what is left of a fault until a broker is sound again.
type scar struct {
	epoch env.BrokerEpoch // before the fault
	lossy bool            // it may have lost something
	full  bool            // that its disk ran full is all that happened: its process may have survived that
}

// hurt notes that a fault has befallen a broker.
func (r *run) hurt(n string, kind checkers.MishapKind) {
	lossy := kind == checkers.DiskDamage || kind == checkers.Wiped || !r.s.flushed() && kind != checkers.Killed
	r.scars[n] = scar{epoch: r.cast.brokers[n].Epoch, lossy: lossy || r.scars[n].lossy}
}

// mayEnd notes that a broker's disk has no space: its process may end at any time.
func (r *run) mayEnd(n string) {
	was, hurt := r.scar(n)
	r.hurt(n, checkers.Killed)
	s := r.scars[n]
	s.full = !hurt || was.full
	r.scars[n] = s
}

// survived notes that the lack of space has not ended a broker. What else has befallen it meanwhile still counts.
func (r *run) survived(n string) {
	if r.scars[n].full {
		delete(r.scars, n)
	}
}

// scar is what a broker has left of a fault, if anything.
func (r *run) scar(n string) (s scar, hurt bool) {
	s, hurt = r.scars[n]
	if now := r.cast.brokers[n]; hurt && now.Epoch > s.epoch && !now.Fenced && r.cast.inSync(n) {
		delete(r.scars, n)
		return scar{}, false
	}
	return s, hurt
}
