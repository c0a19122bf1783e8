package model

import (
	"fmt"
	"math"
	"slices"

	"gregor/core/env"
)

// Image is what the metadata says of a partition: as reported by the node that has applied most of it.
type Image struct {
	env.PartitionChanged
	Known   bool
	Deleted bool

	states    []State // by rising partition epoch, the newest of them
	elections []Election
}

// State is what a node reported of a partition.
type State struct {
	env.PartitionChanged
	By *Node
}

// Election is who was elected in an epoch.
type Election struct {
	Leader env.NodeID

	epoch   env.LeaderEpoch
	unclean bool
}

// The bounds of what is remembered of a partition's metadata.
const (
	maxStates    = 1 << 10
	maxElections = 1 << 10
)

// Candidates lists the replicas that a state has in its ISR or eligible to lead.
func Candidates(f *env.PartitionChanged) []env.NodeID { return slices.Concat(f.ISR, f.ELR) }

// IsCandidate reports whether a state has a replica in its ISR or eligible to lead.
func IsCandidate(f *env.PartitionChanged, id env.NodeID) bool {
	return slices.Contains(f.ISR, id) || slices.Contains(f.ELR, id)
}

// StateAt is the state of a partition epoch, nil if no node reported it, or it is forgotten.
func (im *Image) StateAt(epoch int32) *State {
	i, found := slices.BinarySearchFunc(im.states, epoch, func(s State, e int32) int { return int(s.PartitionEpoch) - int(e) })
	if !found {
		return nil
	}
	return &im.states[i]
}

// ElectionOf is the election of an epoch, nil if it is not known.
func (im *Image) ElectionOf(epoch env.LeaderEpoch) *Election {
	for i := len(im.elections) - 1; i >= 0; i-- {
		if im.elections[i].epoch == epoch {
			return &im.elections[i]
		}
	}
	return nil
}

// Unclean is the newest unclean election after one epoch and up to another, nil if there was none.
func (im *Image) Unclean(after, upTo env.LeaderEpoch) *Election {
	for i := len(im.elections) - 1; i >= 0; i-- {
		if e := &im.elections[i]; e.unclean && e.epoch > after && e.epoch <= upTo {
			return e
		}
	}
	return nil
}

// IsNews reports whether a node is the first to report a change.
func (im *Image) IsNews(f *env.PartitionChanged) bool {
	return !f.Gone && im.StateAt(f.PartitionEpoch) == nil && (!im.Known || f.PartitionEpoch > im.PartitionEpoch)
}

// Exists reports whether the metadata has the partition.
func (im *Image) Exists() bool { return im.Known && !im.Deleted }

// AwaitsUnclean reports whether a replica was elected uncleanly and no replica has led since.
func (p *Partition) AwaitsUnclean(r *Replica) bool {
	e := p.Image.Unclean(p.Epoch, p.Image.Epoch)
	return e != nil && e.Leader == r.Node.ID
}

// View is how far one node's image of a partition has come.
type View struct {
	Known          bool // in this life of the node
	At             env.Offset
	Epoch          env.LeaderEpoch
	PartitionEpoch int32
	MinISR         int

	topic env.UUID
}

// Of reports whether the view is of a topic.
func (w View) Of(topic env.UUID) bool { return w.Known && w.topic == topic }

// ViewOf is how far the node's image of a partition has come.
func (n *Node) ViewOf(tp env.TopicPartition) View {
	if w := n.views[tp]; w != nil {
		return *w
	}
	return View{}
}

var _ = onFact(func(s *Step, f env.PartitionChanged) {
	s.Emitter = s.Cluster.node(s.Node)
	s.Partition = s.Cluster.named(f.TopicPartition).of(f.TopicID)
}, func(s *Step, f env.PartitionChanged) {
	n, p := s.Emitter, s.Partition
	w := n.views[f.TopicPartition]
	if w == nil {
		w = &View{}
		n.views[f.TopicPartition] = w
	}
	s.Cluster.named(f.TopicPartition).attach(p, n, w)
	*w = View{topic: f.TopicID, Known: true, At: f.At, Epoch: f.Epoch, PartitionEpoch: f.PartitionEpoch, MinISR: f.MinISR}
	switch im := &p.Image; {
	case f.Gone:
		p.deleted(s.Event)
		p.retire(n, s.Event)
	case im.IsNews(&f):
		im.change(State{f, n})
	case f.PartitionEpoch == im.PartitionEpoch && f.At > im.At: // a setting has changed without the partition
		im.At, im.MinISR = f.At, f.MinISR
	}
})

// deleted records that a topic is gone, and all its records with it. Leaders that do not know yet go on for a while.
func (p *Partition) deleted(event uint64) {
	if !p.Image.Deleted {
		p.Image.Deleted = true
		p.lose(Loss{event: event, to: Anywhere, epoch: math.MaxInt32, promised: true, deleted: true,
			why: fmt.Sprintf("the topic was deleted at event %d", event)})
	}
}

// retire ends the role of a node's replica when its topic is deleted.
func (p *Partition) retire(n *Node, event uint64) {
	for _, r := range p.Replicas {
		if r.Node == n {
			r.endLeading(event)
			r.Role = Idle
		}
	}
}

// change applies a change that no node has reported before.
func (im *Image) change(s State) {
	if !im.Known || s.Epoch != im.Epoch {
		im.elect(Election{epoch: s.Epoch, Leader: s.Leader, unclean: s.Unclean})
	}
	im.PartitionChanged, im.Known = s.PartitionChanged, true
	if len(im.states) >= maxStates {
		im.states = slices.Delete(im.states, 0, maxStates/2)
	}
	im.states = append(im.states, s)
}

func (im *Image) elect(e Election) {
	if len(im.elections) >= maxElections {
		im.elections = slices.Delete(im.elections, 0, maxElections/2)
	}
	im.elections = append(im.elections, e)
}
