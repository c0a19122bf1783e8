package scenarios

import (
	"slices"

	"gregor/checkers"
	"gregor/core/env"
)

// The fault atlas: which of the faults that the seed draws the configuration promises to survive, as things stand.
//
//   - A killed process keeps what it wrote: any number may be killed.
//   - A power cut takes what was not flushed. Where every record is flushed before it counts, any number may be cut.
//     Elsewhere each partition must keep one replica that is in sync, or eligible to lead, and has lost nothing: a
//     replica that has lost something counts again when it has been registered anew and is in sync everywhere.
//   - An emptied disk is the same, but that flushing does not help. The disk of a voter is never emptied: a quorum
//     without directory ids has no way to notice that a vote was forgotten.
//   - A failed sync is as bad as a power cut. Flipped bits and misdirected writes are promised by nobody.
//   - The rest costs time, not data.

// survivable says whether an action on a node stays within the promises.
func (r *run) survivable(n string, a Action) bool {
	switch takes, voter := loss(a), r.votes(n); {
	case takes == nothing || !isServerName(n):
		return true
	case takes == everything:
		return !voter && r.spares(n)
	case takes == unflushed && r.s.flushed():
		return true
	case takes == unflushed:
		return r.spares(n)
	}
	return false
}

// toll is what a fault may take from a disk.
type toll uint8

const (
	nothing    toll = iota
	unflushed       // what no flush has covered
	everything      // all there is
	anything        // any part, without a word
)

func loss(a Action) toll {
	switch a.Verb {
	case "power-cut":
		return unflushed
	case "wipe":
		return everything
	case "disk":
		worst := nothing
		for _, s := range a.Set {
			switch s.Name {
			case "sync-errors", "fail-syncs":
				worst = max(worst, unflushed)
			case "bit-rot", "misdirected":
				worst = anything
			}
		}
		return worst
	}
	return nothing
}

// flushed says whether every record of every topic is flushed before it counts.
func (s *Scenario) flushed() bool {
	value := func(all []Setting, name, otherwise string) string {
		for _, set := range all {
			if set.Name == name {
				otherwise = set.Value
			}
		}
		return otherwise
	}
	cluster := value(s.Cluster.Settings, "log.flush.interval.messages", "")
	return cluster == "1" && !slices.ContainsFunc(s.Topics, func(t Topic) bool { return value(t.Settings, "flush.messages", "1") != "1" })
}

func (r *run) votes(n string) bool {
	return slices.ContainsFunc(r.s.Cluster.members(), func(m member) bool { return m.name == n && m.controller })
}

// spares says whether every partition can do without what a broker has.
func (r *run) spares(n string) bool {
	for _, p := range r.cast.known() {
		keep := slices.Concat(p.ISR, p.ELR)
		if !slices.ContainsFunc(keep, func(id env.NodeID) bool { return nodeName(id) == n }) {
			continue
		}
		if !slices.ContainsFunc(keep, func(id env.NodeID) bool { return nodeName(id) != n && !r.lacks(nodeName(id)) }) {
			return false
		}
	}
	return true
}

// hurt notes that a broker may have lost something.
func (r *run) hurt(n string, kind checkers.MishapKind) {
	if kind != checkers.Killed {
		r.losers[n] = r.cast.brokers[n].Epoch
	}
}

// lacks says whether a broker that may have lost something has not got it back yet.
func (r *run) lacks(n string) bool {
	before, lost := r.losers[n]
	if !lost {
		return false
	}
	if s := r.cast.brokers[n]; s.Epoch <= before || s.Fenced || !r.cast.inSync(n) {
		return true
	}
	delete(r.losers, n)
	return false
}
