package checkers

import "gregor/core/env"

// leader-completeness: a replica that becomes leader in the newest epoch holds everything that was committed before,
// and what a leader of an older epoch commits until it knows of the new one, the new one holds too.
//
// Permitted, and reported, is what the configuration does not promise: an unclean election; every replica that had
// the record has lost what it had not flushed; the disk of a leader broke its promise and no node could notice.
var _ = register(ofReplication, []Property{
	{"leader-completeness", "a leader lacks a committed record", `
		1 - cluster 2
		2 b1,b2 appended 0..4
		3 b1 high 0 5
		4 b1 power-cut
		5 b1 recovered 0 0
		6 b1 leads 0
		=> leader-completeness t-0@0, event 6: b1 became leader in epoch 0 without offset 0, but
		   everything below offset 5 was committed; b2 has it
	`},
}, before(leaderComplete), before(olderLeaderCommits))

func leaderComplete(s *step, f env.BecameLeader) {
	r, p := s.Replica, s.Partition
	if r.LeadsAlone() || f.Epoch < p.Epoch {
		return
	}
	at := p.Lacks(r)
	if at < 0 {
		return
	}
	why, holder := s.Cluster.Permitted(r, at, f.Epoch)
	text := ""
	if holder != nil {
		text = "; " + holder.Node.Name + " has it"
	}
	s.find("leader-completeness", f.TopicPartition, at,
		"%s became leader in epoch %d without offset %d, but everything below offset %d was committed%s",
		s.Node, f.Epoch, at, p.Committed.To, text).Attributed = why
}

func olderLeaderCommits(s *step, f env.HighWatermarkAdvanced) {
	r, p := s.Replica, s.Partition
	if !r.Decides() || !p.CountsOn(r) {
		return
	}
	if lost := s.Cluster.ConflictOf(r, f.To); lost != nil {
		s.find("leader-completeness", f.TopicPartition, lost.At,
			"%s, which led in epoch %d, advanced the high watermark to %d, but %s, leader in epoch %d, lacks offset %d",
			s.Node, r.Epoch, f.To, p.Leader.Node.Name, p.Epoch, lost.At).Attributed = lost.Why
	}
}
