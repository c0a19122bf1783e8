package metadata

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/kafka"
)

// Topic is a topic of an image. It never changes.
type Topic struct {
	Name       string
	ID         kafka.UUID
	partitions []*Partition // sorted by number
}

// Partition is a partition of an image. Neither it nor its slices ever change.
type Partition struct {
	Partition              kafka.PartitionID
	Replicas               []kafka.NodeID // in preferred order
	ISR                    []kafka.NodeID
	RemovingReplicas       []kafka.NodeID
	AddingReplicas         []kafka.NodeID
	Leader                 kafka.NodeID // NoLeader: none
	LeaderRecovery         LeaderRecovery
	LeaderEpoch            kafka.LeaderEpoch
	PartitionEpoch         PartitionEpoch
	Directories            []kafka.UUID // of each replica, in the order of Replicas; nil: not given
	EligibleLeaderReplicas []kafka.NodeID
	LastKnownELR           []kafka.NodeID
}

// Partitions returns the topic's partitions, sorted by number.
func (t *Topic) Partitions() []*Partition { return t.partitions }

// Partition returns one partition.
func (t *Topic) Partition(id kafka.PartitionID) (*Partition, bool) {
	i, ok := t.find(id)
	if !ok {
		return nil, false
	}
	return t.partitions[i], true
}

func (t *Topic) find(id kafka.PartitionID) (int, bool) {
	// Numbers are nearly always 0..n-1, and then the number is the place.
	if i := int(id); i >= 0 && i < len(t.partitions) && t.partitions[i].Partition == id {
		return i, true
	}
	return slices.BinarySearchFunc(t.partitions, id, func(p *Partition,
		id kafka.PartitionID) int {
		return int(p.Partition) - int(id)
	})
}

// Topics returns all topics, sorted by name. The slice never changes.
func (m *Image) Topics() []*Topic {
	m.topicsLent = true
	return m.topics
}

// ownTopics makes topics safe to write into: loading many partitions must not copy all topics for each.
func (m *Image) ownTopics() {
	if m.topicsLent {
		m.topics, m.topicsLent = slices.Clone(m.topics), false
	}
}

// Topic returns a topic by its name.
func (m *Image) Topic(name string) (*Topic, bool) {
	i, ok := m.findTopic(name)
	if !ok {
		return nil, false
	}
	return m.topics[i], true
}

// TopicByID returns a topic by its id.
func (m *Image) TopicByID(id kafka.UUID) (*Topic, bool) {
	t, ok := m.topicsByID[id]
	return t, ok
}

func (m *Image) findTopic(name string) (int, bool) {
	return slices.BinarySearchFunc(m.topics, name, func(t *Topic, n string) int { return strings.Compare(t.Name, n) })
}

func (m *Image) addTopic(r *TopicRecord) error {
	i, ok := m.findTopic(r.Name)
	if ok {
		return fmt.Errorf("topic %q is there already, with id %s", r.Name, m.topics[i].ID)
	}
	if t, ok := m.topicsByID[r.ID]; ok {
		return fmt.Errorf("topic id %s is there already, of topic %q", r.ID, t.Name)
	}
	t := &Topic{Name: r.Name, ID: r.ID}
	m.ownTopics()
	m.topics = slices.Insert(m.topics, i, t)
	m.topicsByID[r.ID] = t
	return nil
}

func (m *Image) removeTopic(r *RemoveTopic) error {
	t, ok := m.topicsByID[r.ID]
	if !ok {
		return fmt.Errorf("no topic has id %s", r.ID)
	}
	i, _ := m.findTopic(t.Name)
	m.ownTopics()
	m.topics = slices.Delete(m.topics, i, i+1)
	delete(m.topicsByID, r.ID)
	m.removeConfigs(Resource{ResourceTopic, t.Name})
	return nil
}

// replaceTopic puts a new version of a topic in the place of the old one.
func (m *Image) replaceTopic(t *Topic) {
	i, _ := m.findTopic(t.Name)
	m.ownTopics()
	m.topics[i] = t
	m.topicsByID[t.ID] = t
}

func (m *Image) setPartition(r *PartitionRecord) error {
	t, ok := m.topicsByID[r.Topic]
	if !ok {
		return fmt.Errorf("partition %d of a topic that is not there, %s", r.Partition, r.Topic)
	}
	if r.Partition < 0 {
		return fmt.Errorf("topic %q: partition %d", t.Name, r.Partition)
	}
	if len(r.Directories) != 0 && len(r.Directories) != len(r.Replicas) {
		return fmt.Errorf("%s-%d: %d directories for %d replicas", t.Name, r.Partition, len(r.Directories), len(r.Replicas))
	}
	m.putPartition(t, &Partition{
		Partition: r.Partition, Replicas: r.Replicas, ISR: r.ISR, RemovingReplicas: r.RemovingReplicas,
		AddingReplicas: r.AddingReplicas, Leader: r.Leader, LeaderRecovery: r.LeaderRecovery,
		LeaderEpoch: r.LeaderEpoch, PartitionEpoch: r.PartitionEpoch, Directories: r.Directories,
		EligibleLeaderReplicas: r.EligibleLeaderReplicas, LastKnownELR: r.LastKnownELR,
	})
	return nil
}

func (m *Image) putPartition(t *Topic, p *Partition) {
	i, ok := t.find(p.Partition)
	m.replaceTopic(&Topic{Name: t.Name, ID: t.ID, partitions: with(t.partitions, i, ok, p)})
}

func (m *Image) changePartition(r *PartitionChange) error {
	t, ok := m.topicsByID[r.Topic]
	if !ok {
		return fmt.Errorf("partition %d of a topic that is not there, %s", r.Partition, r.Topic)
	}
	old, ok := t.Partition(r.Partition)
	if !ok {
		return fmt.Errorf("%s-%d is not there", t.Name, r.Partition)
	}
	p, err := old.changed(r)
	if err != nil {
		return fmt.Errorf("%s-%d: %w", t.Name, r.Partition, err)
	}
	m.putPartition(t, p)
	return nil
}

// migrating is the directory id of a replica whose directory is not known.
var migrating = kafka.UUID{15: 100}

// changed returns the partition after a change.
func (p *Partition) changed(r *PartitionChange) (*Partition, error) {
	n := *p
	replace(&n.ISR, r.ISR)
	replace(&n.Replicas, r.Replicas)
	replace(&n.RemovingReplicas, r.RemovingReplicas)
	replace(&n.AddingReplicas, r.AddingReplicas)
	replace(&n.EligibleLeaderReplicas, r.EligibleLeaderReplicas)
	replace(&n.LastKnownELR, r.LastKnownELR)
	replace(&n.Directories, r.Directories)
	switch {
	case len(r.Directories) != 0 && len(r.Directories) != len(n.Replicas):
		return nil, fmt.Errorf("%d directories for %d replicas", len(r.Directories), len(n.Replicas))
	case len(n.Directories) != len(n.Replicas) && len(n.Directories) != 0:
		n.Directories = slices.Repeat([]kafka.UUID{migrating}, len(n.Replicas))
	}
	if r.Leader != noLeaderChange {
		n.Leader = r.Leader
		n.LeaderEpoch++
	}
	if r.LeaderRecovery != RecoveryUnchanged {
		n.LeaderRecovery = r.LeaderRecovery
	}
	n.PartitionEpoch++
	return &n, nil
}

func replace[T any](field *[]T, with []T) {
	if with != nil {
		*field = with
	}
}

func (m *Image) clearELR(r *ClearELR) error {
	if r.Topic == "" {
		for _, t := range m.Topics() { // lent, so that the loop's slice is not written into
			m.replaceTopic(t.withoutELR())
		}
		return nil
	}
	t, ok := m.Topic(r.Topic)
	if !ok {
		return fmt.Errorf("topic %q is not there", r.Topic)
	}
	m.replaceTopic(t.withoutELR())
	return nil
}

func (t *Topic) withoutELR() *Topic {
	out := &Topic{Name: t.Name, ID: t.ID, partitions: make([]*Partition, len(t.partitions))}
	for i, p := range t.partitions {
		n := *p
		n.EligibleLeaderReplicas, n.LastKnownELR = nil, nil
		out.partitions[i] = &n
	}
	return out
}
