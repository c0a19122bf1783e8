package model

import (
	"slices"

	"gregor/core/kafka"
)

// maxLeaderships bounds how many epochs' leaders are remembered.
const maxLeaderships = 64

// Alone reports whether the partition has one replica only: what that has lost, all have.
func (p *Partition) Alone() bool {
	return len(p.Replicas) <= 1 && (!p.Image.Known || len(p.Image.Replicas) <= 1)
}

// Of is a broker's replica, nil if it has emitted no fact about one.
func (p *Partition) Of(id kafka.NodeID) *Replica {
	for _, r := range p.Replicas {
		if r.Node.Identified && r.Node.ID == id {
			return r
		}
	}
	return nil
}

// LeaderOf is the leader of an epoch, nil if that is not known.
func (p *Partition) LeaderOf(epoch kafka.LeaderEpoch) *Replica {
	for i := len(p.leaders) - 1; i >= 0; i-- {
		if p.leaders[i].epoch == epoch {
			return p.leaders[i].leader
		}
	}
	return nil
}

// leads records the leader of an epoch.
func (p *Partition) leads(r *Replica, epoch kafka.LeaderEpoch) {
	if epoch >= p.Epoch {
		p.Leader, p.Epoch, p.leaderDropped = r, epoch, false
	}
	if p.LeaderOf(epoch) == nil {
		if len(p.leaders) >= maxLeaderships {
			p.leaders = slices.Delete(p.leaders, 0, 1)
		}
		p.leaders = append(p.leaders, leadership{epoch, r})
	}
}

// Start is where the newest leader's log starts: what is below was deleted.
func (p *Partition) Start() kafka.Offset {
	if p.Leader == nil || !p.Leader.Known {
		return 0
	}
	return p.Leader.Start
}
