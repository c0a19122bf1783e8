package controller

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/mutants"
)

// replica is a member of an ISR as a leader names it: with the epoch of the broker that fetched up to the end.
type replica struct {
	id    kafka.NodeID
	epoch kafka.BrokerEpoch // -1: not given
}

// alterPartition lets the leaders of partitions change their ISRs.
func (c *Controller) alterPartition(r *kmsg.AlterPartitionRequest) Decision {
	resp := r.ResponseKind().(*kmsg.AlterPartitionResponse)
	b, code := c.view.checkEpoch(r.BrokerID, r.BrokerEpoch)
	if code != kafka.None {
		resp.ErrorCode = int16(code)
		return c.always(resp)
	}
	var records []metadata.Record
	changed := map[place]bool{}
	for _, t := range r.Topics {
		out := kmsg.NewAlterPartitionResponseTopic()
		out.TopidID = t.TopicID
		for _, ask := range t.Partitions {
			answer, change := c.view.alterOne(b.ID, t.TopicID, ask, changed)
			if change != nil {
				records = append(records, change)
			}
			out.Partitions = append(out.Partitions, answer)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return c.orRefuse(records, r, resp)
}

// place names a partition within one decision, which may change it once: a second change would be worked out from
// the same image, and undo the first.
type place struct {
	topic     kafka.UUID
	partition kafka.PartitionID
}

func (c *clusterView) alterOne(from kafka.NodeID, topic kafka.UUID, ask kmsg.AlterPartitionRequestTopicPartition,
	changed map[place]bool) (kmsg.AlterPartitionResponseTopicPartition, *metadata.PartitionChange) {
	out := kmsg.NewAlterPartitionResponseTopicPartition()
	out.Partition = ask.Partition
	t, p, code := c.partitionByID(topic, ask.Partition)
	members := namedISR(ask)
	if code == kafka.None {
		code = c.checkAlter(from, p, ask, members)
	}
	at := place{topic, kafka.PartitionID(ask.Partition)}
	if code == kafka.None && changed[at] {
		code = kafka.InvalidUpdateVersion
	}
	if code != kafka.None {
		out.ErrorCode = int16(code)
		return out, nil
	}
	b := c.change(t, p)
	b.recovery = metadata.LeaderRecovery(ask.LeaderRecoveryState)
	b.isr = idsOf(members)
	change := b.build()
	changed[at] = change != nil
	if change != nil && change.Leader != keepLeader && change.Leader != from {
		// The change completed a reassignment that takes the partition from its leader, which has to read of it
		// before it asks again.
		out.ErrorCode = int16(kafka.NewLeaderElected)
		return out, change
	}
	answerAltered(&out, p, change)
	return out, change
}

// answerAltered answers with the partition as it is after the change.
func answerAltered(out *kmsg.AlterPartitionResponseTopicPartition, p *metadata.Partition,
	change *metadata.PartitionChange) {
	out.LeaderID, out.LeaderEpoch, out.PartitionEpoch = int32(p.Leader), int32(p.LeaderEpoch), int32(p.PartitionEpoch)
	out.ISR, out.LeaderRecoveryState = numbers(p.ISR), int8(p.LeaderRecovery)
	if change == nil {
		return
	}
	out.PartitionEpoch++
	if change.Leader != keepLeader {
		out.LeaderID = int32(change.Leader)
		out.LeaderEpoch++
	}
	if change.ISR != nil {
		out.ISR = numbers(change.ISR)
	}
	if change.LeaderRecovery != metadata.RecoveryUnchanged {
		out.LeaderRecoveryState = int8(change.LeaderRecovery)
	}
}

// namedISR is the ISR that a request names.
func namedISR(ask kmsg.AlterPartitionRequestTopicPartition) []replica {
	var members []replica
	for _, id := range ask.NewISR { // before version 3
		members = append(members, replica{kafka.NodeID(id), -1})
	}
	for _, m := range ask.NewEpochISR {
		members = append(members, replica{kafka.NodeID(m.BrokerID), kafka.BrokerEpoch(m.BrokerEpoch)})
	}
	return members
}

func idsOf(members []replica) []kafka.NodeID {
	ids := make([]kafka.NodeID, len(members))
	for i, m := range members {
		ids[i] = m.id
	}
	return ids
}

func (c *clusterView) partitionByID(topic kafka.UUID, partition int32) (*metadata.Topic, *metadata.Partition,
	kafka.ErrorCode) {
	t, ok := c.image.TopicByID(topic)
	if !ok {
		return nil, nil, kafka.UnknownTopicID
	}
	p, ok := t.Partition(kafka.PartitionID(partition))
	if !ok {
		return nil, nil, kafka.UnknownTopicOrPartition
	}
	return t, p, kafka.None
}

// checkAlter decides whether a leader may have what it asks for.
func (c *clusterView) checkAlter(from kafka.NodeID, p *metadata.Partition,
	ask kmsg.AlterPartitionRequestTopicPartition, named []replica) kafka.ErrorCode {
	if code := fenceProposal(p, kafka.LeaderEpoch(ask.LeaderEpoch),
		metadata.PartitionEpoch(ask.PartitionEpoch)); code != kafka.None {
		return code
	}
	recovery := metadata.LeaderRecovery(ask.LeaderRecoveryState)
	switch {
	case from != p.Leader:
		return kafka.InvalidRequest
	case !insync.Valid(idsOf(named), p.Replicas, p.Leader) || recovery != metadata.Recovered &&
		recovery != metadata.Recovering:
		return kafka.InvalidRequest
	case recovery == metadata.Recovering && (len(named) > 1 || p.LeaderRecovery == metadata.Recovered):
		return kafka.InvalidRequest
	}
	if slices.ContainsFunc(named, c.ineligible) {
		return kafka.IneligibleReplica
	}
	return kafka.None
}

// fenceProposal refuses what rests on another state of the partition than there is. I12: of two that decide, one does
// not know of the other's decisions, and must not undo them.
func fenceProposal(p *metadata.Partition, epoch kafka.LeaderEpoch, version metadata.PartitionEpoch) kafka.ErrorCode {
	switch {
	case mutants.Enabled && mutants.On().NoEpochFence:
		return kafka.None
	case epoch > p.LeaderEpoch || version > p.PartitionEpoch:
		return kafka.NotController // the leader knows more: this node leads the quorum no longer
	case epoch < p.LeaderEpoch:
		return kafka.FencedLeaderEpoch
	case version < p.PartitionEpoch:
		return kafka.InvalidUpdateVersion
	}
	return kafka.None
}

// ineligible reports whether a replica must stay out of an ISR.
func (c *clusterView) ineligible(m replica) bool {
	b, ok := c.image.Broker(m.id)
	switch {
	case !ok:
		return true
	case (b.Fenced || b.InControlledShutdown) && !(mutants.Enabled && mutants.On().AllowFencedJoin):
		return true // I5: it was put out of its ISRs, and must not be let in again
	case m.epoch != -1 && m.epoch != b.Epoch:
		return true // I3: another incarnation fetched up to the end, perhaps with another disk
	}
	return false
}

func numbers(ids []kafka.NodeID) []int32 {
	out := make([]int32, len(ids))
	for i, id := range ids {
		out[i] = int32(id)
	}
	return out
}

func nodes(ids []int32) []kafka.NodeID {
	out := make([]kafka.NodeID, len(ids))
	for i, id := range ids {
		out[i] = kafka.NodeID(id)
	}
	return out
}
