package raft

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// follows takes in the leader and the epoch a response names. done says that there is nothing else to do with it,
// ok whether the node that sent it may be asked again at once.
func (r *Replica) follows(now env.Now, code int16, leader, epoch int32) (done, ok bool) {
	e := env.LeaderEpoch(epoch)
	switch {
	case e < r.election.epoch || code == codeUnknownLeaderEpoch:
		return true, code == codeNone
	case e > r.election.epoch || code == codeFencedLeaderEpoch || code == codeNotLeader:
		changes := r.changes
		r.learn(now, env.NodeID(leader), e)
		return true, r.changes != changes
	case leader >= 0 && r.LeaderID() == NoNode:
		r.learn(now, env.NodeID(leader), e)
		return code != codeNone || r.role != Follower, true
	case code == codeBrokerNotAvailable || code == codeInvalidVoterKey || code == codeInconsistentVoterSet:
		return true, false
	}
	return false, true
}

// maxEpoch is the last epoch a replica believes in, and epochJump how far beyond its own: a request that names a later one
// is hostile or from a broken node, and must not bring the whole quorum to the end of the numbers, where no election is
// possible any more. A replica that was away meets an epoch per election, and elections take a second.
const (
	maxEpoch  env.LeaderEpoch = 1 << 30
	epochJump env.LeaderEpoch = 1 << 20
)

// isCredible reports whether there may be such an epoch.
func (r *Replica) isCredible(epoch env.LeaderEpoch) bool {
	return epoch <= maxEpoch && epoch <= r.election.epoch+epochJump
}

// learn takes in that there is an epoch, and who leads it if that is said. It is false if what is said contradicts
// what this replica knows; then it changes nothing.
func (r *Replica) learn(now env.Now, leader env.NodeID, epoch env.LeaderEpoch) bool {
	if leader >= 0 && r.indexOf(leader) < 0 || leader < 0 {
		leader = NoNode
	}
	if leader == r.cfg.Node && !(r.role == Leader && epoch == r.election.epoch) {
		leader = NoNode // a leadership this life of the replica knows nothing of
	}
	known := r.election.leader
	switch {
	case epoch < r.election.epoch || !r.isCredible(epoch):
		return false
	case epoch > r.election.epoch && leader != NoNode:
		r.becomeFollower(now, epoch, leader)
	case epoch > r.election.epoch:
		r.becomeUnattached(now, epoch)
	case leader == NoNode || leader == known && r.role != Prospective:
	case known != NoNode && known != leader:
		r.complain("node %d is said to lead epoch %d, which node %d leads", leader, epoch, known)
		return false
	case r.role == Prospective || r.role == Unattached || r.role == Candidate:
		r.becomeFollower(now, epoch, leader)
	}
	return true
}

// handleBegin takes a leader's word that it leads.
func (r *Replica) handleBegin(now env.Now, req *kmsg.BeginQuorumEpochRequest) kmsg.Response {
	if !r.isCluster(req.ClusterID) {
		return refusal(req, codeInconsistentCluster)
	}
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 ||
		req.Topics[0].Partitions[0].Partition != 0 {
		return refusal(req, codeInvalidRequest)
	}
	p := &req.Topics[0].Partitions[0]
	leader, epoch := env.NodeID(p.LeaderID), env.LeaderEpoch(p.LeaderEpoch)
	switch {
	case epoch < r.election.epoch:
		return r.beginAnswer(req, codeFencedLeaderEpoch)
	case r.indexOf(leader) < 0 || leader == r.cfg.Node || !r.learn(now, leader, epoch):
		return r.beginAnswer(req, codeInvalidRequest)
	case !r.isMe(req.Version, req.VoterID, p.VoterDirectoryID):
		return r.beginAnswer(req, codeInvalidVoterKey)
	}
	return r.beginAnswer(req, codeNone)
}

func (r *Replica) handleBegun(now env.Now, p *peer, a *kmsg.BeginQuorumEpochResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	done, ok := r.follows(now, part.ErrorCode, part.LeaderID, part.LeaderEpoch)
	if !done && part.ErrorCode == 0 && r.role == Leader {
		r.lead.voters[r.indexOfPeer(p)].begun = now.Mono
	}
	return done && ok || part.ErrorCode == 0
}

// handleEnd takes a leader's word that it leads no more. The earlier this replica is in the list of successors, the
// sooner it stands.
func (r *Replica) handleEnd(now env.Now, req *kmsg.EndQuorumEpochRequest) kmsg.Response {
	if !r.isCluster(req.ClusterID) {
		return refusal(req, codeInconsistentCluster)
	}
	if len(req.Topics) != 1 || req.Topics[0].Topic != Partition.Topic || len(req.Topics[0].Partitions) != 1 ||
		req.Topics[0].Partitions[0].Partition != 0 {
		return refusal(req, codeInvalidRequest)
	}
	p := &req.Topics[0].Partitions[0]
	leader, epoch := env.NodeID(p.LeaderID), env.LeaderEpoch(p.LeaderEpoch)
	switch {
	case epoch < r.election.epoch:
		return r.endAnswer(req, codeFencedLeaderEpoch)
	case r.indexOf(leader) < 0 || leader == r.cfg.Node || !r.learn(now, leader, epoch):
		return r.endAnswer(req, codeInvalidRequest)
	}
	if r.role == Follower && r.election.leader == leader && r.isVoter() {
		r.fetched = false // it will not answer again: others may have the pre-vote
		at, n := r.succession(req.Version, p)
		r.timer = now.Mono.Add(ms(r.successionBackoff(at, n)))
	}
	return r.endAnswer(req, codeNone)
}

// succession is this replica's place among the successors, and how many there are.
func (r *Replica) succession(version int16, p *kmsg.EndQuorumEpochRequestTopicPartition) (at, n int) {
	if version < 1 {
		at = slices.Index(p.PreferredSuccessors, int32(r.cfg.Node))
		return at, len(p.PreferredSuccessors)
	}
	at = slices.IndexFunc(p.PreferredCandidates, func(c kmsg.EndQuorumEpochRequestTopicPartitionPreferredCandidate) bool {
		return env.NodeID(c.CandidateID) == r.cfg.Node &&
			(c.CandidateDirectoryID == [16]byte{} || c.CandidateDirectoryID == r.cfg.Directory)
	})
	return at, len(p.PreferredCandidates)
}

// successionBackoff is how long to wait before standing, in milliseconds: nothing for the first successor, twice as
// long for each one after the second, and a draw if the leader knows of none because it has restarted.
func (r *Replica) successionBackoff(at, n int) int64 {
	most := r.cfg.ElectionBackoffMaxMs
	switch {
	case at == 0:
		return 0
	case n == 0:
		return r.rnd.Between(0, min(most, r.cfg.ElectionTimeoutMs/5))
	case at < 0 || n > maxVoters:
		return most
	}
	return min(most, most>>(n-1)<<(at-1))
}

// handleEnded takes a voter's word that it knows of the resignation.
func (r *Replica) handleEnded(now env.Now, p *peer, a *kmsg.EndQuorumEpochResponse) bool {
	if a.ErrorCode != 0 || len(a.Topics) != 1 || len(a.Topics[0].Partitions) != 1 {
		return false
	}
	part := &a.Topics[0].Partitions[0]
	if e := env.LeaderEpoch(part.LeaderEpoch); e > r.election.epoch {
		r.learn(now, env.NodeID(part.LeaderID), e)
		return true
	}
	if part.ErrorCode == 0 && r.role == Resigned {
		r.acked[r.indexOfPeer(p)] = true
	}
	return part.ErrorCode == 0
}

// pollResigned tells the voters, until a newer epoch comes or it is time to stand again: in a new epoch, since the
// old one is this replica's own and must not come back.
func (r *Replica) pollResigned(now env.Now) {
	r.unwant()
	switch {
	case r.state == Running && len(r.cfg.Voters) == 1:
		r.becomeCandidate(now)
		return
	case r.state == Running && now.Mono >= r.timer:
		r.becomeUnattached(now, r.election.epoch+1)
		return
	}
	for i := range r.cfg.Voters {
		if r.cfg.Voters[i].ID != r.cfg.Node && !r.acked[i] && r.ready(now, i) {
			r.send(now, i, r.endRequest())
		}
	}
}

func (r *Replica) endRequest() *kmsg.EndQuorumEpochRequest {
	req := kmsg.NewPtrEndQuorumEpochRequest()
	req.Version = 1
	req.ClusterID = r.clusterID()
	p := kmsg.NewEndQuorumEpochRequestTopicPartition()
	p.LeaderID, p.LeaderEpoch = int32(r.cfg.Node), int32(r.election.epoch)
	for _, id := range r.preferred {
		c := kmsg.NewEndQuorumEpochRequestTopicPartitionPreferredCandidate()
		c.CandidateID, c.CandidateDirectoryID = int32(id), r.cfg.Voters[r.indexOf(id)].Directory
		p.PreferredCandidates = append(p.PreferredCandidates, c)
	}
	t := kmsg.NewEndQuorumEpochRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.EndQuorumEpochRequestTopicPartition{p}
	req.Topics = []kmsg.EndQuorumEpochRequestTopic{t}
	return req
}
