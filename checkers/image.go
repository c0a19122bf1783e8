package checkers

import (
	"fmt"
	"math"
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
)

// image is what the metadata says of a partition: what the node that has come furthest has told.
type image struct {
	env.PartitionChanged
	told      bool
	gone      bool
	states    []state // by rising partition epoch, the youngest of them
	elections []election
}

// state is what a node told of a partition.
type state struct {
	env.PartitionChanged
	by *node
}

// election is who was elected in an epoch.
type election struct {
	epoch   env.LeaderEpoch
	leader  env.NodeID
	unclean bool
}

// The bounds of what is remembered of a partition's metadata.
const (
	maxStates    = 1 << 10
	maxElections = 1 << 10
)

// candidates lists whom a state has in sync or eligible to lead.
func candidates(f *env.PartitionChanged) []env.NodeID { return slices.Concat(f.ISR, f.ELR) }

func candidate(f *env.PartitionChanged, id env.NodeID) bool {
	return slices.Contains(f.ISR, id) || slices.Contains(f.ELR, id)
}

// standing says in what way a broker is a candidate.
func standing(f *env.PartitionChanged, id env.NodeID) string {
	if slices.Contains(f.ISR, id) {
		return "in sync"
	}
	return "eligible to lead"
}

// at is the state of a partition epoch, nil if nobody told it, or it is forgotten.
func (im *image) at(epoch int32) *state {
	i, found := slices.BinarySearchFunc(im.states, epoch, func(s state, e int32) int { return int(s.PartitionEpoch) - int(e) })
	if !found {
		return nil
	}
	return &im.states[i]
}

func (im *image) election(epoch env.LeaderEpoch) *election {
	for i := len(im.elections) - 1; i >= 0; i-- {
		if im.elections[i].epoch == epoch {
			return &im.elections[i]
		}
	}
	return nil
}

// unclean is the newest unclean election after one epoch and up to another, nil if there was none.
func (im *image) unclean(after, upTo env.LeaderEpoch) *election {
	for i := len(im.elections) - 1; i >= 0; i-- {
		if e := &im.elections[i]; e.unclean && e.epoch > after && e.epoch <= upTo {
			return e
		}
	}
	return nil
}

// view is how far one node's image of a partition has come.
type view struct {
	topic          env.UUID
	known          bool // in this life of the node
	at             env.Offset
	epoch          env.LeaderEpoch
	partitionEpoch int32
	minISR         int
	placed         bool // the node has a replica
}

// partitionChanged takes what a node's image says of a partition.
//
// metadata-disagrees: two nodes say the same of one partition epoch.
func (v *Invariants) partitionChanged(n *node, f *env.PartitionChanged) {
	s := v.slot(f.TopicPartition)
	p := s.life(f.TopicID)
	w := n.views[f.TopicPartition]
	if w == nil {
		w = &view{}
		n.views[f.TopicPartition] = w
	}
	s.attach(p, n, w)
	v.follows(n, w, f)
	im := &p.image
	switch old := im.at(f.PartitionEpoch); {
	case f.Gone:
		v.deleted(p)
		v.retire(p, n)
	case old != nil:
		v.agrees(n, old, f)
		im.renew(f)
	case !im.told || f.PartitionEpoch > im.PartitionEpoch:
		v.changed(p, state{*f, n})
	}
}

// deleted takes in that a topic is gone, and all its records with it. Leaders who do not know yet go on for a while.
func (v *Invariants) deleted(p *partition) {
	if !p.image.gone {
		p.image.gone = true
		p.lose(loss{event: v.now.Event, to: anywhere, epoch: math.MaxInt32, promised: true, deleted: true,
			why: fmt.Sprintf("the topic was deleted at event %d", v.now.Event)})
	}
}

// dropped forgets the replica that a node gives up.
func (v *Invariants) dropped(name string, f env.ReplicaDropped) {
	r := v.replicaOf(name, f.TopicPartition, f.TopicID)
	if r == nil {
		return
	}
	v.endLeading(r)
	r.leave(noEpoch)
	r.forget()
	r.known, r.end, r.role, r.took = false, 0, idle, history.Fault{}
}

// retire ends what a node's replica was when its topic is deleted.
func (v *Invariants) retire(p *partition, n *node) {
	for _, r := range p.replicas {
		if r.node == n {
			v.endLeading(r)
			r.role = idle
		}
	}
}

func (v *Invariants) agrees(n *node, told *state, f *env.PartitionChanged) {
	settingChanged := told.At != f.At // min.insync.replicas may have
	if told.Leader == f.Leader && told.Epoch == f.Epoch && slices.Equal(told.Replicas, f.Replicas) && slices.Equal(told.ISR, f.ISR) &&
		slices.Equal(told.ELR, f.ELR) && (settingChanged || told.MinISR == f.MinISR) {
		return
	}
	v.find("metadata-disagrees", f.TopicPartition, -1, "of partition epoch %d %s says %s, and %s says %s",
		f.PartitionEpoch, told.by.name, stateText(&told.PartitionChanged), n.name, stateText(f))
}

func stateText(f *env.PartitionChanged) string {
	return fmt.Sprintf("leader %d, epoch %d, replicas %v, in sync %v, eligible %v, min %d", f.Leader, f.Epoch, f.Replicas, f.ISR, f.ELR, f.MinISR)
}

// renew takes in that a setting has changed without the partition.
func (im *image) renew(f *env.PartitionChanged) {
	if f.PartitionEpoch == im.PartitionEpoch && f.At > im.At {
		im.At, im.MinISR = f.At, f.MinISR
	}
}

// changed takes a change that nobody has told before.
func (v *Invariants) changed(p *partition, s state) {
	im := &p.image
	old, first := im.PartitionChanged, !im.told
	im.PartitionChanged, im.told = s.PartitionChanged, true
	if len(im.states) >= maxStates {
		im.states = slices.Delete(im.states, 0, maxStates/2)
	}
	im.states = append(im.states, s)
	if first || s.Epoch != old.Epoch {
		im.elect(election{s.Epoch, s.Leader, s.Unclean})
	}
	v.wellFormed(p)
	v.serving(p)
	if !first {
		v.follow(p, &old)
		v.tookIn(p, &old)
	}
}

func (im *image) elect(e election) {
	if len(im.elections) >= maxElections {
		im.elections = slices.Delete(im.elections, 0, maxElections/2)
	}
	im.elections = append(im.elections, e)
}
