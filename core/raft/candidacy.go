package raft

import (
	"gregor/core/must"
	"gregor/core/quorum"
)

// candidacy is what a prospective or a candidate knows of its election.
type candidacy struct {
	cfg        *Config
	votes      quorum.Tally // by voter
	lost       int          // candidacies in a row that won nothing
	backingOff bool
}

// start resets the count to this replica's own vote.
func (c *candidacy) start() {
	me := c.cfg.voterIndex(c.cfg.Node, c.cfg.Directory)
	must.AtLeast("raft: index of the candidate among the voters", me, "the first", 0, c.cfg.Node,
		"did an observer become a candidate?")
	c.votes = make(quorum.Tally, len(c.cfg.Voters))
	c.votes[me] = quorum.Granted
	c.backingOff = false
}

// note notes the answer of the i-th voter.
func (c *candidacy) note(i int, isGranted bool) {
	c.votes[i] = quorum.Rejected
	if isGranted {
		c.votes[i] = quorum.Granted
	}
}

// granting returns the indexes of the voters that have granted.
func (c *candidacy) granting() []int {
	var all []int
	for i, v := range c.votes {
		if v == quorum.Granted {
			all = append(all, i)
		}
	}
	return all
}
