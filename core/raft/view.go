package raft

import "gregor/core/view"

// View returns the replica as data. Voters are what a leader knows of them.
func (r *Replica) View() view.Quorum {
	e := &r.at.election
	v := view.Quorum{State: r.life.state.String(), Role: r.at.role.String(), Epoch: e.epoch, Leader: r.at.leader(),
		Voted: e.voted, LogStart: r.log.start, HighWatermark: r.log.high, LogEnd: r.log.end.End, Flushed: r.log.flushed,
		Snapshot: noOffset}
	if len(r.snapshots.list) > 0 {
		v.Snapshot = r.snapshots.latest().End
	}
	if r.at.role == Prospective || r.at.role == Candidate {
		for _, i := range r.member.election.granting() {
			v.Granting = append(v.Granting, r.cfg.Voters[i].ID)
		}
	}
	if r.at.role != Leader {
		return v
	}
	for _, p := range r.member.lead.voters {
		if p.id == r.cfg.Node {
			p.end = r.log.end.End
		}
		v.Voters = append(v.Voters, view.Voter{ID: p.id, LogEnd: p.end})
	}
	return v
}
