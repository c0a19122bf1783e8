package broker

import (
	"slices"
	"strconv"

	"gregor/core/env"
	"gregor/core/metadata"
)

// What a node tells of the image goes only to whoever watches (env.World.Facts).

// tellPartition tells what the image says of a partition now.
func (b *Broker) tellPartition(at env.Offset, topic env.UUID, id env.PartitionID, old *metadata.Partition) {
	if b.world.Facts == nil {
		return
	}
	t, _ := b.image.TopicByID(topic)
	p, _ := t.Partition(id)
	b.world.Facts.Tell(env.PartitionChanged{TopicPartition: env.TopicPartition{Topic: t.Name, Partition: id}, TopicID: topic, At: at,
		Leader: p.Leader, Epoch: p.LeaderEpoch, PartitionEpoch: int32(p.PartitionEpoch), Replicas: p.Replicas, ISR: p.ISR,
		ELR: p.EligibleLeaderReplicas, MinISR: min(b.minISROf(t.Name), len(p.Replicas)), Unclean: unclean(old, p)})
}

// tellMinISR tells a topic's partitions again when a record changes how many must be in sync. What the brokers' own
// configuration says is told with the next change of a partition.
func (b *Broker) tellMinISR(at env.Offset, r *metadata.ConfigRecord) {
	if r.Name != minISRConfig || r.Resource.Type != metadata.ResourceTopic {
		return
	}
	if t, ok := b.image.Topic(r.Resource.Name); ok {
		for _, p := range t.Partitions() {
			b.tellPartition(at, t.ID, p.Partition, p)
		}
	}
}

// unclean says whether the leader has just been elected though it may lack what was committed: the controller has it
// recover. One that joins the ISR with the very change that ends a reassignment has everything.
func unclean(old, p *metadata.Partition) bool {
	return old != nil && p.Leader >= 0 && p.LeaderEpoch > old.LeaderEpoch && p.Leader != old.Leader && p.LeaderRecovery == metadata.Recovering &&
		!slices.Contains(old.ISR, p.Leader) && !slices.Contains(old.EligibleLeaderReplicas, p.Leader)
}

func (b *Broker) tellGone(at env.Offset, t *metadata.Topic) {
	if b.world.Facts == nil {
		return
	}
	for _, p := range t.Partitions() {
		b.world.Facts.Tell(env.PartitionChanged{TopicPartition: env.TopicPartition{Topic: t.Name, Partition: p.Partition}, TopicID: t.ID, At: at,
			Leader: metadata.NoLeader, Epoch: p.LeaderEpoch, PartitionEpoch: int32(p.PartitionEpoch), Gone: true})
	}
}

// tellStanding tells what a record says of a broker.
func (b *Broker) tellStanding(at env.Offset, r metadata.Record) {
	id, ok := brokerOf(r)
	if !ok || b.world.Facts == nil {
		return
	}
	if s, ok := b.image.Broker(id); ok {
		b.world.Facts.Tell(env.BrokerStanding{Broker: id, Epoch: s.Epoch, At: at, Fenced: s.Fenced, Stopping: s.InControlledShutdown})
		return
	}
	b.world.Facts.Tell(env.BrokerStanding{Broker: id, At: at, Epoch: -1, Gone: true})
}

// brokerOf is the broker a record is about.
func brokerOf(r metadata.Record) (env.NodeID, bool) {
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

// tellImage tells a whole image that came as a snapshot, as if every record of it stood at the snapshot's last offset.
func (b *Broker) tellImage() {
	if b.world.Facts == nil {
		return
	}
	for _, r := range b.image.Brokers() {
		b.world.Facts.Tell(env.BrokerStanding{Broker: r.ID, Epoch: r.Epoch, At: b.applied - 1, Fenced: r.Fenced, Stopping: r.InControlledShutdown})
	}
	for _, t := range b.image.Topics() {
		for _, p := range t.Partitions() {
			b.tellPartition(b.applied-1, t.ID, p.Partition, nil)
		}
	}
}

// digestEvery is after how many offsets of metadata the image's digest is told.
const digestEvery = 64

// tellDigest tells the digest of the image when a batch has brought it past the next multiple of digestEvery.
func (b *Broker) tellDigest(before env.Offset) {
	if b.world.Facts != nil && before/digestEvery != b.applied/digestEvery {
		b.world.Facts.Tell(env.MetadataApplied{Node: b.id, To: b.applied, Digest: digest(b.image)})
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

// minISROf is min.insync.replicas of a topic: its own, or that of all brokers.
func (b *Broker) minISROf(topic string) int {
	for _, c := range b.image.Configs(metadata.Resource{Type: metadata.ResourceTopic, Name: topic}) {
		if n, err := strconv.Atoi(c.Value); c.Name == minISRConfig && err == nil {
			return n
		}
	}
	return b.config.Int(minISRConfig)
}

const minISRConfig = "min.insync.replicas"
