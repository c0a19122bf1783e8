package controller

import (
	"slices"

	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/must"
)

// election is how far an election may go.
type election uint8

const (
	online    election = iota // keep the leader if it may stay, else take one that has everything
	preferred                 // the first replica, if it has everything
	unclean                   // rather a leader that may lack records than none
)

// keepLeader in a PartitionChange leaves leader and leader epoch as they are.
const keepLeader kafka.NodeID = -2

// partitionChange works out what becomes of a partition: its fields are what is wanted, build adds what follows
// from it, an election above all.
type partitionChange struct {
	topic      kafka.UUID
	old        *metadata.Partition
	minISR     int  // min.insync.replicas
	elr        bool // eligible leader replicas are kept
	election   election
	acceptable func(kafka.NodeID) bool // who may lead
	directory  func(kafka.NodeID) kafka.UUID
	lost       kafka.NodeID // a broker that may have lost what it had; NoLeader: none

	isr, replicas, removing, adding []kafka.NodeID
	eligible                        []kafka.NodeID // the ELR
	directories                     []kafka.UUID   // of the replicas there were
	recovery                        metadata.LeaderRecovery
}

// build returns the record, nil if nothing changes.
func (b *partitionChange) build() *metadata.PartitionChange {
	b.completeReassignment()
	b.chooseEligible()
	change := metadata.NewPartitionChange(b.topic, b.old.Partition)
	b.elect(change)
	b.bumpForReassignment(change)
	b.setEligible(change)
	b.setISR(change)
	b.setLastKnown(change)
	b.setAssignment(change)
	if isNoOp(change) {
		return nil
	}
	b.mustKeepRules(change)
	return change
}

// mustKeepRules asserts what holds for every partition after a change: the leader is in the ISR, and the ISR and the
// eligible leader replicas are replicas, none both.
func (b *partitionChange) mustKeepRules(change *metadata.PartitionChange) {
	leader := change.Leader
	if leader == keepLeader {
		leader = b.old.Leader
	}
	replicas, members := after(change.Replicas, b.old.Replicas), after(change.ISR, b.old.ISR)
	eligible := after(change.EligibleLeaderReplicas, b.old.EligibleLeaderReplicas)
	if leader >= 0 && !slices.Contains(members, leader) {
		must.Fail("controller: %d is to lead partition %d with the ISR %v; was one chosen that has nothing?",
			leader, b.old.Partition, members)
	}
	if !insync.ContainsAll(replicas, members) || !insync.ContainsAll(replicas, eligible) {
		must.Fail("controller: partition %d with the replicas %v is to have the ISR %v and the ELR %v; "+
			"was a replica removed from one list only?",
			b.old.Partition, replicas, members, eligible)
	}
	if len(insync.Without(eligible, members...)) < len(eligible) {
		must.Fail("controller: partition %d is to have the ISR %v and the ELR %v; "+
			"did an eligible replica join and stay in the list?",
			b.old.Partition, members, eligible)
	}
}

// after is a list after a change: nil leaves it as it was.
func after(change, old []kafka.NodeID) []kafka.NodeID {
	if change == nil {
		return old
	}
	return change
}

func isNoOp(r *metadata.PartitionChange) bool {
	return r.ISR == nil && r.Leader == keepLeader && r.Replicas == nil && r.RemovingReplicas == nil &&
		r.AddingReplicas == nil &&
		r.LeaderRecovery == metadata.RecoveryUnchanged && r.EligibleLeaderReplicas == nil &&
		r.LastKnownELR == nil && r.Directories == nil
}

// completeReassignment ends a reassignment when every replica that is to stay is in sync.
func (b *partitionChange) completeReassignment() {
	if len(b.removing) == 0 && len(b.adding) == 0 {
		return
	}
	members, replicas := insync.Without(b.isr, b.removing...), insync.Without(b.replicas, b.removing...)
	if len(members) == 0 || len(replicas) == 0 || !insync.ContainsAll(members, replicas) {
		return
	}
	b.isr, b.replicas, b.removing, b.adding = members, replicas, nil, nil
}

// chooseEligible works out which replicas outside of the ISR have everything below the high watermark.
//
// Without the feature (KIP-966) the list only shrinks: where it was left with an empty ISR, it still names the replicas
// that have everything.
func (b *partitionChange) chooseEligible() {
	if !b.elr {
		b.eligible = insync.Without(b.eligible, b.lost)
		return
	}
	b.eligible = b.sets().EligibleLeaders()
}

// sets is the change as the arithmetic of in-sync sets looks at it.
func (b *partitionChange) sets() insync.Change {
	return insync.Change{Old: b.old.ISR, Eligible: b.old.EligibleLeaderReplicas, New: b.isr, Replicas: b.replicas,
		Lost: b.lost, Min: b.minISR}
}

// complete reports whether the replica may lead and has every committed record.
func (b *partitionChange) complete(id kafka.NodeID) bool {
	has := slices.Contains(b.isr, id) || len(b.isr) == 0 && slices.Contains(b.eligible, id)
	return has && b.acceptable(id)
}

// leader chooses a leader, and reports whether it may lack committed records. The last known leader is a choice also
// where the feature was switched off while the ISR was empty: only an unclean election would choose another.
func (b *partitionChange) leader() (id kafka.NodeID, mayLack bool) {
	if b.election == preferred && len(b.replicas) > 0 && b.complete(b.replicas[0]) {
		return b.replicas[0], false
	}
	if b.complete(b.old.Leader) {
		return b.old.Leader, false
	}
	if i := slices.IndexFunc(b.replicas, b.complete); i >= 0 {
		return b.replicas[i], false
	}
	if last := b.old.LastKnownELR; len(b.isr) == 0 && len(b.eligible) == 0 && len(last) == 1 &&
		slices.Contains(b.replicas, last[0]) && b.acceptable(last[0]) {
		return last[0], true
	}
	if i := slices.IndexFunc(b.replicas, b.acceptable); b.election == unclean && i >= 0 {
		return b.replicas[i], true
	}
	return kafka.NoNode, false
}

func (b *partitionChange) elect(change *metadata.PartitionChange) {
	leader, mayLack := b.leader()
	if b.recovery != b.old.LeaderRecovery {
		change.LeaderRecovery = b.recovery
	}
	if leader == b.old.Leader {
		return
	}
	change.Leader = leader
	switch {
	case mayLack: // the others were in sync with what this one may lack
		change.ISR = []kafka.NodeID{leader}
		change.LeaderRecovery = metadata.RecoveryUnchanged
		if b.old.LeaderRecovery != metadata.Recovering {
			change.LeaderRecovery = metadata.Recovering
		}
	case slices.Contains(b.eligible, leader):
		b.isr, b.eligible = []kafka.NodeID{leader}, insync.Without(b.eligible, leader)
		if b.sets().Enough() { // it acknowledges alone from now on
			b.eligible = nil
		}
	}
}

// bumpForReassignment begins a new leader epoch when a replica is taken away, so that what it still asks is
// fenced.
func (b *partitionChange) bumpForReassignment(change *metadata.PartitionChange) {
	if change.Leader == keepLeader && !insync.ContainsAll(b.replicas, b.old.Replicas) {
		change.Leader = b.old.Leader
	}
}

func (b *partitionChange) setEligible(change *metadata.PartitionChange) {
	// Without the feature nothing may rely on the list, but the last ones on it are still the only clean leaders
	// of a partition whose ISR is empty.
	if change.ISR != nil || !b.elr && len(b.isr) > 0 {
		b.eligible = nil
	}
	set(&change.EligibleLeaderReplicas, b.eligible, b.old.EligibleLeaderReplicas)
}

// setISR leaves the ISR as it is where it would be empty and there is no list of eligible replicas:
// its last member is the one to wait for.
func (b *partitionChange) setISR(change *metadata.PartitionChange) {
	if change.ISR == nil && (len(b.isr) > 0 || b.elr) {
		set(&change.ISR, b.isr, b.old.ISR)
	}
}

// setLastKnown remembers who led a partition when the last replica left its ISR, and forgets it when there is a
// leader again.
func (b *partitionChange) setLastKnown(change *metadata.PartitionChange) {
	old := b.old.LastKnownELR
	led := change.Leader >= 0 || change.Leader == keepLeader && b.old.Leader >= 0
	switch {
	case led:
		set(&change.LastKnownELR, nil, old)
	case b.elr && change.ISR != nil && len(change.ISR) == 0 && b.old.Leader >= 0:
		set(&change.LastKnownELR, []kafka.NodeID{b.old.Leader}, old)
	case b.elr && change.ISR != nil && len(change.ISR) == 0 && len(old) == 0 && len(b.old.ISR) > 0:
		set(&change.LastKnownELR, b.old.ISR[:1], old)
	}
}

func (b *partitionChange) setAssignment(change *metadata.PartitionChange) {
	set(&change.RemovingReplicas, b.removing, b.old.RemovingReplicas)
	set(&change.AddingReplicas, b.adding, b.old.AddingReplicas)
	if slices.Equal(b.replicas, b.old.Replicas) {
		if !slices.Equal(b.directories, b.old.Directories) {
			change.Directories = b.directories
		}
		return
	}
	change.Replicas = b.replicas
	for _, id := range b.replicas {
		change.Directories = append(change.Directories, b.directoryOf(id))
	}
}

// directoryOf is where the replica is, or where a new one goes.
func (b *partitionChange) directoryOf(id kafka.NodeID) kafka.UUID {
	if i := slices.Index(b.old.Replicas, id); i >= 0 && i < len(b.directories) {
		return b.directories[i]
	}
	return b.directory(id)
}

// set writes a list into a record where it is not what is there: nil means no change.
func set(field *[]kafka.NodeID, want, have []kafka.NodeID) {
	if slices.Equal(want, have) {
		return
	}
	*field = append([]kafka.NodeID{}, want...)
}
