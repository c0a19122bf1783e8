package metadata

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/kafka"
)

// Image is the cluster as its metadata records describe it. Only Apply changes it. What its other methods return
// never changes, so that it may be kept across steps.
type Image struct {
	applied        kafka.Offset // all records below are in
	pending        []Record     // of a transaction that has begun
	inTransaction  bool
	topics         []*Topic // sorted by name
	topicsLent     bool     // another holder of topics may exist: copy it before the next change
	topicsByID     map[kafka.UUID]*Topic
	configs        []*ResourceConfigs // sorted by resource
	features       []FeatureLevel     // sorted by name
	brokers        []*Broker          // sorted by id
	controllers    []*RegisterController
	nextProducerID kafka.ProducerID
}

// New returns the image of no records.
func New() *Image { return &Image{topicsByID: make(map[kafka.UUID]*Topic)} }

// Apply takes the next record, which stands at offset. Within a transaction records wait for its end. An error
// means that the record does not fit the image: the log is not the one this image was built from, or its
// writer is wrong. The image is then as before.
func (m *Image) Apply(offset kafka.Offset, r Record) error {
	if offset < m.applied {
		return fmt.Errorf("metadata record %T at offset %d: the image already has everything below %d", r, offset, m.applied)
	}
	if err := m.take(r); err != nil {
		return fmt.Errorf("metadata record %T at offset %d: %w", r, offset, err)
	}
	m.applied = offset + 1
	return nil
}

// pendingMax bounds the records of one transaction.
const pendingMax = 1 << 20

// take handles what is about transactions, and applies the rest now or at the transaction's end.
func (m *Image) take(r Record) error {
	switch r.(type) {
	case *BeginTransaction:
		return m.begin()
	case *EndTransaction:
		return m.end(true)
	case *AbortTransaction:
		return m.end(false)
	}
	if !m.inTransaction {
		return m.apply(r)
	}
	if len(m.pending) == pendingMax {
		return fmt.Errorf("the transaction has more than %d records", pendingMax)
	}
	m.pending = append(m.pending, r)
	return nil
}

func (m *Image) begin() error {
	if m.inTransaction {
		return fmt.Errorf("a transaction begins within another")
	}
	m.inTransaction = true
	return nil
}

func (m *Image) end(commit bool) error {
	if !m.inTransaction {
		return fmt.Errorf("a transaction ends that has not begun")
	}
	pending := m.pending
	m.pending, m.inTransaction = nil, false
	if !commit {
		return nil
	}
	m.topicsLent = true
	before := *m
	for i, r := range pending {
		if err := m.apply(r); err != nil {
			m.restore(before)
			return fmt.Errorf("record %d of %d of the transaction, %T: %w", i+1, len(pending), r, err)
		}
	}
	return nil
}

// restore goes back to an earlier state, whose topics were lent so that nothing wrote into them since.
func (m *Image) restore(before Image) {
	*m = before
	clear(m.topicsByID)
	for _, t := range m.topics {
		m.topicsByID[t.ID] = t
	}
}

func (m *Image) apply(r Record) error {
	switch r := r.(type) {
	case *TopicRecord:
		return m.addTopic(r)
	case *RemoveTopic:
		return m.removeTopic(r)
	case *PartitionRecord:
		return m.setPartition(r)
	case *PartitionChange:
		return m.changePartition(r)
	case *ClearELR:
		return m.clearELR(r)
	case *ConfigRecord:
		m.setConfig(r)
	case *FeatureLevel:
		m.setFeature(r)
	case *ProducerIDs:
		return m.setProducerIDs(r)
	case *RegisterController:
		m.registerController(r)
	case *NoOp, *Opaque:
	default:
		return m.applyToBrokers(r)
	}
	return nil
}

// Applied returns the offset below which every record is in the image.
func (m *Image) Applied() kafka.Offset { return m.applied }

// Reach sets the end of what is in the image: it was made from a snapshot of everything below.
func (m *Image) Reach(end kafka.Offset) { m.applied = end }

// NextProducerID returns the first producer id that no broker has been given.
func (m *Image) NextProducerID() kafka.ProducerID { return m.nextProducerID }

func (m *Image) setProducerIDs(r *ProducerIDs) error {
	if r.Next < m.nextProducerID {
		return fmt.Errorf("the next producer id goes back from %d to %d", m.nextProducerID, r.Next)
	}
	m.nextProducerID = r.Next
	return nil
}

// Features returns the finalized features, sorted by name. The slice never changes.
func (m *Image) Features() []FeatureLevel { return m.features }

// Feature returns a feature's level, 0 where it is not finalized.
func (m *Image) Feature(name string) int16 {
	if i, ok := m.findFeature(name); ok {
		return m.features[i].Level
	}
	return 0
}

func (m *Image) findFeature(name string) (int, bool) {
	return slices.BinarySearchFunc(m.features, name, func(f FeatureLevel,
		n string) int {
		return strings.Compare(f.Name, n)
	})
}

func (m *Image) setFeature(r *FeatureLevel) {
	i, ok := m.findFeature(r.Name)
	switch {
	case r.Level == 0 && ok:
		m.features = without(m.features, i)
	case r.Level != 0:
		m.features = with(m.features, i, ok, *r)
	}
}

// with returns a copy of s with v at i, in the place of what is there or before it.
func with[T any](s []T, i int, replace bool, v T) []T {
	if replace {
		s = slices.Clone(s)
		s[i] = v
		return s
	}
	out := make([]T, 0, len(s)+1)
	out = append(out, s[:i]...)
	out = append(out, v)
	return append(out, s[i:]...)
}

// without returns a copy of s without what is at i.
func without[T any](s []T, i int) []T { return slices.Concat(s[:i:i], s[i+1:]) }
