package scenarios

import (
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
)

// The fault atlas: which faults drawn from the seed the configuration promises to survive, in the cluster's present
// state.
//
//   - A killed process keeps what it wrote. A power cut takes what was not flushed, unless
//     log.flush.interval.messages=1
//     flushes every record before it counts. An emptied disk takes everything.
//   - The controller cannot distinguish these cases: a broker that ends without a controlled shutdown leaves every ISR
//     and ELR, and the last of the remaining replicas leads. So when a replica in the ISR or ELR may have lost
//     something, fewer than min.insync.replicas of them may be damaged: a sound one then stays in the set, whichever
//     replica leaves it. The same holds for an ISR that a leader has proposed. A damaged broker is sound again when it
//     has registered with a new broker epoch and is in every ISR.
//   - The disk of a voter is never emptied: a quorum without directory ids cannot notice that a vote was forgotten, and
//     one with them has a voter less from then on.
//   - A failed sync is as bad as a power cut. Flipped bits and misdirected writes are survived by no configuration.
//   - A full disk ends the process of a voter, and of a broker whose partitions have other replicas. What was written
//     stays.
//   - Other faults cost time, not data.
//
// What a verb or a setting costs stands in its row.

// survivable reports whether an action on a node stays within the promises.
func (r *run) survivable(n string, a Action) bool {
	costs := timeLost
	if v := verbOf(a.Verb); v.costs != nil {
		costs = v.costs(r, n, a)
	}
	switch {
	case costs == timeLost || !isServerName(n):
		return true
	case costs == diskLost && r.atlas.votes(n), costs == corrupted:
		return false
	}
	return r.atlas.spares(n, costs > processLost)
}

// atlas is what the configuration promises to survive, as things stand: the roles of servers, and the damage of earlier
// faults.
type atlas struct {
	s       *Scenario
	roles   *roles
	damaged map[string]damage // by server
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

// flushed reports whether every record of every topic is flushed before it counts.
func (s *Scenario) flushed() bool {
	cluster := valueOf(s.Cluster.Settings, "log.flush.interval.messages", "")
	return cluster == "1" && !slices.ContainsFunc(s.Topics, func(t Topic) bool {
		return valueOf(t.Settings, "flush.messages", "1") != "1"
	})
}

func (a *atlas) votes(n string) bool {
	return slices.ContainsFunc(a.s.Cluster.members(), func(m member) bool { return m.name == n && m.controller })
}

// spares reports whether every partition can do without a broker's process and, if it loses that, what it has not
// flushed.
func (a *atlas) spares(n string, loses bool) bool {
	return !slices.ContainsFunc(a.roles.known(), func(p env.PartitionChanged) bool { return !a.sparesOf(p, n, loses) })
}

// sparesOf checks the replicas in the ISR and ELR, and those of an ISR that the leader has proposed.
func (a *atlas) sparesOf(p env.PartitionChanged, n string, loses bool) bool {
	next, known := a.roles.proposed[p.TopicPartition]
	underWay := known && next.PartitionEpoch >= p.PartitionEpoch
	return a.sparesAmong(p, slices.Concat(p.ISR, p.ELR), n, loses) &&
		(!underWay || a.sparesAmong(p, next.Proposed, n, loses))
}

// sparesAmong checks one set of replicas: another one is sound, or the broker holds nothing that counts.
func (a *atlas) sparesAmong(p env.PartitionChanged, keep []kafka.NodeID, n string, loses bool) bool {
	sound := slices.ContainsFunc(keep, func(id kafka.NodeID) bool {
		return nodeName(id) != n &&
			!a.isDamaged(nodeName(id))
	})
	pool := keep
	if !sound { // then the last member of the ISR leads, which may be any replica
		pool = p.Replicas
	}
	if !slices.ContainsFunc(pool, func(id kafka.NodeID) bool { return nodeName(id) == n }) {
		return true
	}
	affected := 0
	for _, id := range pool {
		d, damaged := a.damageOf(nodeName(id))
		loses = loses || damaged && d.lossy
		if damaged || nodeName(id) == n {
			affected++
		}
	}
	return !loses || sound && affected < insync.Min(p.MinISR, len(keep))
}

func (a *atlas) isDamaged(n string) bool {
	_, damaged := a.damageOf(n)
	return damaged
}

// damage is what a fault leaves behind until the broker is sound again.
type damage struct {
	epoch kafka.BrokerEpoch // before the fault
	lossy bool              // it may have lost something
	full  bool              // a full disk is all that happened: the process may have survived it
}

// noteDamage notes a fault of a broker.
func (a *atlas) noteDamage(n string, kind history.FaultKind) {
	lossy := kind == history.DiskDamage || kind == history.Wiped || !a.s.flushed() && kind != history.Killed
	a.damaged[n] = damage{epoch: a.roles.brokers[n].Epoch, lossy: lossy || a.damaged[n].lossy}
}

// mayEnd notes that a broker's disk is full: its process may end at any time.
func (a *atlas) mayEnd(n string) {
	was, damaged := a.damageOf(n)
	a.noteDamage(n, history.Killed)
	d := a.damaged[n]
	d.full = !damaged || was.full
	a.damaged[n] = d
}

// survived notes that a full disk has not ended a broker. Other damage since then still counts.
func (a *atlas) survived(n string) {
	if a.damaged[n].full {
		delete(a.damaged, n)
	}
}

// damageOf returns the damage of a broker, if it is not sound.
func (a *atlas) damageOf(n string) (d damage, damaged bool) {
	d, damaged = a.damaged[n]
	if now := a.roles.brokers[n]; damaged && now.Epoch > d.epoch && !now.Fenced && a.roles.inSync(n) {
		delete(a.damaged, n)
		return damage{}, false
	}
	return d, damaged
}
