package delta

import (
	"slices"
	"strconv"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// Facts of the image go to an observer only (env.World.Facts).

// partitionChanged emits what the image says of a partition now.
func (t *Tracker) partitionChanged(at kafka.Offset, topic kafka.UUID, id kafka.PartitionID, old *metadata.Partition) {
	if t.facts == nil {
		return
	}
	in, _ := t.image.TopicByID(topic)
	p, _ := in.Partition(id)
	t.facts.Emit(env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: in.Name, Partition: id}, TopicID: topic,
		At:     at,
		Leader: p.Leader, Epoch: p.LeaderEpoch, PartitionEpoch: int32(p.PartitionEpoch), Replicas: p.Replicas, ISR: p.ISR,
		ELR: p.EligibleLeaderReplicas, MinISR: insync.Min(t.minISR(in.Name), len(p.Replicas)), Unclean: unclean(old, p)})
}

// minISRChanged emits a topic's partitions again when a record changes how many must be in sync. What the brokers' own
// configuration says is emitted with the next change of a partition.
func (t *Tracker) minISRChanged(at kafka.Offset, r *metadata.ConfigRecord) {
	if r.Name != minISRConfig || r.Resource.Type != metadata.ResourceTopic {
		return
	}
	if topic, ok := t.image.Topic(r.Resource.Name); ok {
		for _, p := range topic.Partitions() {
			t.partitionChanged(at, topic.ID, p.Partition, p)
		}
	}
}

// unclean reports whether the leader has just been elected though it may lack what was committed: the controller has it
// recover. One that joins the ISR with the very change that ends a reassignment has everything.
func unclean(old, p *metadata.Partition) bool {
	return old != nil && p.Leader >= 0 && p.LeaderEpoch > old.LeaderEpoch && p.Leader != old.Leader &&
		p.LeaderRecovery == metadata.Recovering &&
		!slices.Contains(old.ISR, p.Leader) && !slices.Contains(old.EligibleLeaderReplicas, p.Leader)
}

// topicRemoved emits the end of each of a topic's partitions.
func (t *Tracker) topicRemoved(at kafka.Offset, topic *metadata.Topic) {
	if t.facts == nil {
		return
	}
	for _, p := range topic.Partitions() {
		t.facts.Emit(env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: topic.Name, Partition: p.Partition},
			TopicID: topic.ID, At: at,
			Leader: kafka.NoNode, Epoch: p.LeaderEpoch, PartitionEpoch: int32(p.PartitionEpoch), Gone: true})
	}
}

// brokerChanged emits what the image says of a broker that a record is about.
func (t *Tracker) brokerChanged(at kafka.Offset, r metadata.Record) {
	id, ok := brokerOf(r)
	if !ok || t.facts == nil {
		return
	}
	if s, ok := t.image.Broker(id); ok {
		t.facts.Emit(env.BrokerStanding{Broker: id, Epoch: s.Epoch, At: at, Fenced: s.Fenced,
			Stopping: s.InControlledShutdown})
		return
	}
	t.facts.Emit(env.BrokerStanding{Broker: id, At: at, Epoch: -1, Gone: true})
}

// brokerOf is the broker a record is about.
func brokerOf(r metadata.Record) (kafka.NodeID, bool) {
	switch r := r.(type) {
	case *metadata.RegisterBroker:
		return r.Broker, true
	case *metadata.UnregisterBroker:
		return r.Broker, true
	case *metadata.BrokerRegistrationChange:
		return r.Broker, true
	case *metadata.FenceBroker:
		return r.Broker, true
	case *metadata.UnfenceBroker:
		return r.Broker, true
	}
	return 0, false
}

// imageReplaced emits a whole image that came as a snapshot, as if every record of it stood at the snapshot's last
// offset.
func (t *Tracker) imageReplaced(end kafka.Offset) {
	if t.facts == nil {
		return
	}
	for _, r := range t.image.Brokers() {
		t.facts.Emit(env.BrokerStanding{Broker: r.ID, Epoch: r.Epoch, At: end - 1, Fenced: r.Fenced,
			Stopping: r.InControlledShutdown})
	}
	for _, topic := range t.image.Topics() {
		for _, p := range topic.Partitions() {
			t.partitionChanged(end-1, topic.ID, p.Partition, nil)
		}
	}
}

// digestEvery is after how many offsets of metadata the image's digest is emitted.
const digestEvery = 64

// Applied emits the digest of the image when a batch has brought it past the next multiple of digestEvery.
func (t *Tracker) Applied(before, end kafka.Offset) {
	if t.facts != nil && before/digestEvery != end/digestEvery {
		t.facts.Emit(env.MetadataApplied{Node: t.self, To: end, Digest: digest(t.image)})
	}
}

// digest is FNV-1a over the records that would make the image.
func digest(m *metadata.Image) uint64 {
	h := uint64(14695981039346656037)
	var buf []byte
	for _, r := range m.Records() {
		buf = metadata.Append(buf[:0], r)
		for _, c := range buf {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	return h
}

// minISR is min.insync.replicas of a topic: its own, or that of all brokers.
func (t *Tracker) minISR(topic string) int {
	for _, c := range t.image.Configs(metadata.Resource{Type: metadata.ResourceTopic, Name: topic}) {
		if n, err := strconv.Atoi(c.Value); c.Name == minISRConfig && err == nil {
			return n
		}
	}
	return t.node.DefaultMinISR()
}

// minISRConfig is the config of how many replicas must be in sync.
const minISRConfig = "min.insync.replicas"
