package model

import (
	"fmt"
	"math"
	"slices"

	"gregor/core/env"
)

// The bounds of what is remembered of a partition's metadata.
const (
	maxStates    = 1 << 10
	maxElections = 1 << 10
)

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
