package delta

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// Delta is what records have changed in the image since the broker last acted on it.
type Delta struct {
	All     bool         // everything may have changed: a snapshot has taken the image's place
	Topics  []kafka.UUID // whose partitions changed
	Removed []*metadata.Topic
	Configs []metadata.Resource
	// Unregistered brokers; what else changes of brokers asks nothing of this one.
	Unregistered []*metadata.UnregisterBroker
}

func (d *Delta) topic(id kafka.UUID) {
	if !slices.Contains(d.Topics, id) {
		d.Topics = append(d.Topics, id)
	}
}

func (d *Delta) config(r metadata.Resource) { // a request may change thousands of configs of one
	if !slices.Contains(d.Configs, r) {
		d.Configs = append(d.Configs, r)
	}
}

// Node is what a tracker has to know of its node.
type Node interface {
	// Leads reports whether the node is the active controller.
	Leads() bool
	// Acts reports whether the node acts on what changes. What it reads before that was true long ago.
	Acts() bool
	// DefaultMinISR is min.insync.replicas of topics that do not set it.
	DefaultMinISR() int
	// Note logs a line about one of many things.
	Note(level env.LogLevel, about, format string, args ...any)
}

// Tracker applies records to an image.
type Tracker struct {
	image *metadata.Image
	self  kafka.NodeID
	node  Node
	facts env.Facts // nil where there is no observer

	delta   Delta
	created []kafka.UUID // topics, as long as this node is the active controller
	lines   partitionLines
}

// New returns the tracker of a node's image. facts is the observer, or nil.
func New(image *metadata.Image, self kafka.NodeID, node Node, facts env.Facts) *Tracker {
	return &Tracker{image: image, self: self, node: node, facts: facts}
}

// Apply applies one record to the image, and notes what it changes.
func (t *Tracker) Apply(at kafka.Offset, r metadata.Record) error {
	before := t.before(r)
	if err := t.image.Apply(at, r); err != nil {
		return err
	}
	switch r := r.(type) {
	case *metadata.PartitionRecord:
		t.delta.topic(r.Topic)
		t.partitionChanged(at, r.Topic, r.Partition, nil)
	case *metadata.PartitionChange:
		t.delta.topic(r.Topic)
		t.partitionChanged(at, r.Topic, r.Partition, before.partition)
	case *metadata.RemoveTopic:
		t.delta.Removed = append(t.delta.Removed, before.topic)
		t.topicRemoved(at, before.topic)
	case *metadata.ConfigRecord:
		t.delta.config(r.Resource)
		t.minISRChanged(at, r)
	case *metadata.UnregisterBroker:
		t.delta.Unregistered = append(t.delta.Unregistered, r)
		t.brokerChanged(at, r)
	default:
		t.brokerChanged(at, r)
	}
	t.journal(r, before)
	return nil
}

// Replaced notes that a snapshot has taken the image's place, which ends below an offset.
func (t *Tracker) Replaced(end kafka.Offset) {
	t.delta.All = true
	t.imageReplaced(end)
}

// Take logs what has changed since Take was called last, and returns it.
func (t *Tracker) Take() Delta {
	t.write()
	d := t.delta
	t.delta, t.created, t.lines = Delta{}, nil, nil
	return d
}

// past is what a record replaces.
type past struct {
	topic     *metadata.Topic
	partition *metadata.Partition
	broker    *metadata.Broker
}

func (t *Tracker) before(r metadata.Record) (p past) {
	switch r := r.(type) {
	case *metadata.PartitionChange:
		if topic, ok := t.image.TopicByID(r.Topic); ok {
			p.partition, _ = topic.Partition(r.Partition)
		}
	case *metadata.RemoveTopic:
		p.topic, _ = t.image.TopicByID(r.ID)
	default:
		if id, ok := brokerOf(r); ok {
			p.broker, _ = t.image.Broker(id)
		}
	}
	return p
}
