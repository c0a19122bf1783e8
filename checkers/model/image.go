package model

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Candidates lists the replicas that a state has in its ISR or eligible to lead.
func Candidates(f *env.PartitionChanged) []kafka.NodeID { return slices.Concat(f.ISR, f.ELR) }

// IsCandidate reports whether a state has a replica in its ISR or eligible to lead.
func IsCandidate(f *env.PartitionChanged, id kafka.NodeID) bool {
	return slices.Contains(f.ISR, id) || slices.Contains(f.ELR, id)
}

// StateAt is the state of a partition epoch, nil if no node reported it, or it is forgotten.
func (im *Image) StateAt(epoch int32) *State {
	i, found := slices.BinarySearchFunc(im.states, epoch,
		func(s State, e int32) int { return int(s.PartitionEpoch) - int(e) })
	if !found {
		return nil
	}
	return &im.states[i]
}

// ElectionOf is the election of an epoch, nil if it is not known.
func (im *Image) ElectionOf(epoch kafka.LeaderEpoch) *Election {
	for i := len(im.elections) - 1; i >= 0; i-- {
		if im.elections[i].epoch == epoch {
			return &im.elections[i]
		}
	}
	return nil
}

// Unclean is the newest unclean election after one epoch and up to another, nil if there was none.
func (im *Image) Unclean(after, upTo kafka.LeaderEpoch) *Election {
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

// Of reports whether the view is of a topic.
func (w View) Of(topic kafka.UUID) bool { return w.Known && w.topic == topic }

// ViewOf is how far the node's image of a partition has come.
func (n *Node) ViewOf(tp kafka.TopicPartition) View {
	if w := n.views[tp]; w != nil {
		return *w
	}
	return View{}
}
