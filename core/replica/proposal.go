package replica

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
)

// proposal is the one change of the in-sync set that may be under way. Its members count as in sync from the moment
// it is made until the controller has refused it or the metadata has moved on.
type proposal struct {
	members   []kafka.NodeID // nil: none is under way
	sent      []Member
	seq       uint64      // of the sending that is answered next
	retry     env.Instant // when to send again; Never: an answer, or newer metadata, is to come
	notBefore env.Instant // no new one before, after one was refused
	unsure    bool        // one sending was never answered, and may still arrive
}

func (p *proposal) open() bool { return p.members != nil }

// clear forgets a proposal. The number goes on, so that a late answer finds nothing.
func (p *proposal) clear() { *p = proposal{seq: p.seq + 1, retry: env.Never, notBefore: longAgo} }

// Proposal is a change of the in-sync set for the controller to decide on.
type Proposal struct {
	kafka.TopicPartition
	TopicID        kafka.UUID
	LeaderEpoch    kafka.LeaderEpoch
	PartitionEpoch PartitionEpoch
	ISR            []Member
	Seq            uint64 // for Altered
}

// Member is a broker with the epoch it fetched with; -1 where that is not known.
type Member struct {
	ID    kafka.NodeID
	Epoch kafka.BrokerEpoch
}

// AppendTo adds the proposal to an AlterPartition request of version 3.
func (p *Proposal) AppendTo(req *kmsg.AlterPartitionRequest) {
	part := kmsg.NewAlterPartitionRequestTopicPartition()
	part.Partition, part.LeaderEpoch, part.PartitionEpoch = int32(p.Partition), int32(p.LeaderEpoch),
		int32(p.PartitionEpoch)
	for _, m := range p.ISR {
		member := kmsg.NewAlterPartitionRequestTopicPartitionNewEpochISR()
		member.BrokerID, member.BrokerEpoch = int32(m.ID), int64(m.Epoch)
		part.NewEpochISR = append(part.NewEpochISR, member)
	}
	i := slices.IndexFunc(req.Topics, func(t kmsg.AlterPartitionRequestTopic) bool { return t.TopicID == p.TopicID })
	if i < 0 {
		topic := kmsg.NewAlterPartitionRequestTopic()
		topic.TopicID = p.TopicID
		req.Topics, i = append(req.Topics, topic), len(req.Topics)
	}
	req.Topics[i].Partitions = append(req.Topics[i].Partitions, part)
}

// propose makes a proposal and has it sent.
func (l *leaderRole) propose(now env.Now, members []kafka.NodeID) {
	if l.proposal.open() || !slices.Contains(members, l.p.cfg.Node) {
		must.Fail("replica: broker %d proposes the ISR %v of %s while %v is proposed; was a proposal not awaited, or the leader left out?",
			l.p.cfg.Node, members, l.p.tp, l.proposal.members)
	}
	l.proposal.members, l.proposal.sent = members, l.vouched(members)
	if l.p.w.Facts != nil {
		l.p.w.Facts.Emit(env.IsrProposed{TopicPartition: l.p.tp, Epoch: l.p.epoch, PartitionEpoch: int32(l.p.partitionEpoch),
			Committed: slices.Clone(l.p.isr), Proposed: slices.Clone(members)})
	}
	l.sendProposal()
}

// vouched is the members as they are proposed.
func (l *leaderRole) vouched(members []kafka.NodeID) []Member {
	all := make([]Member, len(members))
	for i, id := range members {
		all[i] = Member{ID: id, Epoch: l.epochOf(id)}
	}
	return all
}

// epochOf is the broker epoch a member is vouched for with: that of the very fetch that made it eligible.
func (l *leaderRole) epochOf(id kafka.NodeID) kafka.BrokerEpoch {
	f := l.find(id)
	switch {
	case mutants.Enabled && mutants.On().NoBrokerEpoch: // I3 (KIP-903)
		return -1
	case f != nil:
		return f.broker
	}
	return l.p.cfg.Epoch
}

func (l *leaderRole) sendProposal() {
	p := &l.proposal
	p.seq++
	p.retry = env.Never
	if mutants.Enabled && mutants.On().DoubleReadState { // I4 (KAFKA-15221)
		p.sent = l.vouched(p.members)
	}
	l.proposals.alter(Proposal{TopicPartition: l.p.tp, TopicID: l.p.topicID, LeaderEpoch: l.p.epoch,
		PartitionEpoch: l.p.partitionEpoch, ISR: p.sent, Seq: p.seq})
}

func (l *leaderRole) retryProposal(now env.Now) {
	if l.proposal.open() && now.Mono >= l.proposal.retry {
		l.sendProposal()
	}
}

// Altered is the controller's answer for one partition. A request that was lost, or timed out, is answered by the
// owner with [wire.RequestTimedOut].
type Altered struct {
	Code           kafka.ErrorCode
	LeaderEpoch    kafka.LeaderEpoch
	PartitionEpoch PartitionEpoch
	ISR            []kafka.NodeID
}

// altered handles the answer to the proposal of that number. An answer to an older one is late: newer metadata has
// come meanwhile.
func (l *leaderRole) altered(now env.Now, seq uint64, a Altered) {
	p := &l.proposal
	if l.p.role != Leading || !p.open() || seq != p.seq {
		return
	}
	switch a.Code {
	case kafka.None:
		l.adopt(now, a)
	case kafka.OperationNotAttempted, kafka.IneligibleReplica:
		l.abandon(now, a.Code)
	case kafka.InvalidUpdateVersion, kafka.FencedLeaderEpoch, kafka.NewLeaderElected, kafka.UnknownTopicID,
		kafka.UnknownTopicOrPartition, kafka.InvalidRequest:
		// The controller knows more than this leader, which learns of it with the metadata. Until then the proposal
		// counts: it may be what the controller has committed (an answer to it was lost).
	default:
		p.unsure = true
		p.retry = now.Mono.Add(l.p.cfg.Backoff)
	}
}

// adopt applies the sets that the controller has committed.
func (l *leaderRole) adopt(now env.Now, a Altered) {
	if a.LeaderEpoch != l.p.epoch || a.PartitionEpoch < l.p.partitionEpoch {
		return // the metadata brings the rest
	}
	must.AtLeast("replica: partition epoch committed", a.PartitionEpoch, "partition epoch", l.p.partitionEpoch, l.p,
		"was an old answer adopted?")
	before := l.p.isr
	l.p.isr, l.p.partitionEpoch = slices.Clone(a.ISR), a.PartitionEpoch
	l.welcome(now, before)
	l.proposal.clear()
	l.p.emitISR()
	l.advance(now)
	l.expandUnfetched(now)
}

// isOutdated reports whether the proposal names an incarnation of a broker that is gone: no sending of it will ever
// be accepted.
func (l *leaderRole) isOutdated() bool {
	return slices.ContainsFunc(l.proposal.sent, func(m Member) bool {
		registered, _ := l.p.cfg.Brokers.Broker(m.ID)
		return m.Epoch >= 0 && registered > m.Epoch
	})
}

// abandon drops a refused proposal, unless an earlier sending of it may still reach the controller, which would
// commit it unknown to the leader: then its members go on counting, and it is sent again.
func (l *leaderRole) abandon(now env.Now, code kafka.ErrorCode) {
	p := &l.proposal
	if p.unsure && !l.isOutdated() {
		p.retry = now.Mono.Add(l.p.cfg.Backoff)
		return
	}
	l.p.logf(env.Info, "the controller refused to change the in-sync replicas from %v to %v: %v", l.p.isr, p.members, code)
	p.clear()
	p.notBefore = now.Mono.Add(l.p.cfg.Backoff)
	l.p.emitISR()
	l.advance(now)
}
