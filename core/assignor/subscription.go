package assignor

import (
	"encoding/binary"
	"slices"

	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// groupByTopic lists sorted partitions topic by topic.
func groupByTopic(tps []kafka.TopicPartition, each func(topic string, partitions []int32)) {
	for len(tps) > 0 {
		topic := tps[0].Topic
		var parts []int32
		for len(tps) > 0 && tps[0].Topic == topic {
			parts = append(parts, int32(tps[0].Partition))
			tps = tps[1:]
		}
		each(topic, parts)
	}
}

// EncodeSubscription is a member's metadata for the leader under one assignor. kept is what it had before, also where
// it gave it up for this rebalance.
func EncodeSubscription(assignor string, topics []string, owned, kept []kafka.TopicPartition, generation int32) []byte {
	m := kmsg.NewConsumerMemberMetadata()
	m.Version, m.Topics, m.Generation = 3, topics, generation
	groupByTopic(owned, func(topic string, parts []int32) {
		m.OwnedPartitions = append(m.OwnedPartitions, kmsg.ConsumerMemberMetadataOwnedPartition{Topic: topic,
			Partitions: parts})
	})
	switch assignor {
	case "sticky":
		s := kmsg.NewStickyMemberMetadata()
		s.Generation = generation
		groupByTopic(kept, func(topic string, parts []int32) {
			s.CurrentAssignment = append(s.CurrentAssignment,
				kmsg.StickyMemberMetadataCurrentAssignment{Topic: topic, Partitions: parts})
		})
		m.UserData = s.AppendTo(nil)
	case "cooperative-sticky":
		m.UserData = binary.BigEndian.AppendUint32(nil, uint32(generation))
	}
	return m.AppendTo(nil)
}

// maxClaims bounds what one member's metadata may claim to own.
const maxClaims = 100_000

// DecodeSubscription reads what a member said. Anything unreadable counts as no topics.
func DecodeSubscription(assignor, id, instance string, raw []byte) Member {
	m := Member{ID: id, Instance: instance, Generation: -1}
	var s kmsg.ConsumerMemberMetadata
	s.Default()
	if err := s.ReadFrom(raw); err != nil {
		return m
	}
	m.Topics = slices.Compact(slices.Sorted(slices.Values(s.Topics)))
	if s.Version >= 2 {
		m.Generation = s.Generation
	}
	for _, t := range s.OwnedPartitions {
		m.Owned = appendClaims(m.Owned, t.Topic, t.Partitions)
	}
	switch assignor {
	case "sticky":
		m.stickyData(s.UserData)
	case "cooperative-sticky":
		if m.Generation < 0 && len(s.UserData) >= 4 {
			m.Generation = int32(binary.BigEndian.Uint32(s.UserData))
		}
	}
	return m
}

func (m *Member) stickyData(raw []byte) {
	s := kmsg.NewStickyMemberMetadata()
	if len(raw) == 0 || s.ReadFrom(raw) != nil {
		return
	}
	m.Owned, m.Generation = nil, s.Generation
	for _, t := range s.CurrentAssignment {
		m.Owned = appendClaims(m.Owned, t.Topic, t.Partitions)
	}
}

func appendClaims(to []kafka.TopicPartition, topic string, parts []int32) []kafka.TopicPartition {
	for _, p := range parts[:min(len(parts), maxClaims-len(to))] {
		if p >= 0 {
			to = append(to, kafka.TopicPartition{Topic: topic, Partition: kafka.PartitionID(p)})
		}
	}
	return to
}

// EncodeAssignment returns the bytes of an assignment, sorted by partition.
func EncodeAssignment(tps []kafka.TopicPartition) []byte {
	var a kmsg.ConsumerMemberAssignment
	a.Default()
	groupByTopic(tps, func(topic string, parts []int32) {
		a.Topics = append(a.Topics, kmsg.ConsumerMemberAssignmentTopic{Topic: topic, Partitions: parts})
	})
	return a.AppendTo(nil)
}

// DecodeAssignment reads what the leader gave us, sorted and without repetitions.
func DecodeAssignment(raw []byte) ([]kafka.TopicPartition, error) {
	var a kmsg.ConsumerMemberAssignment
	a.Default()
	if len(raw) == 0 {
		return nil, nil // a leader may leave a member without
	}
	if err := a.ReadFrom(raw); err != nil {
		return nil, err
	}
	var out []kafka.TopicPartition
	for _, t := range a.Topics {
		out = appendClaims(out, t.Topic, t.Partitions)
	}
	slices.SortFunc(out, kafka.TopicPartition.Compare)
	return slices.Compact(out), nil
}
