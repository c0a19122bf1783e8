package delta_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gregor/core/delta"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// node is broker 1, with an image and an observer.
type node struct {
	t     *testing.T
	image *metadata.Image
	track *delta.Tracker
	at    kafka.Offset
	leads bool
	lines []string
	facts []env.Fact
}

func (n *node) Leads() bool        { return n.leads }
func (n *node) Acts() bool         { return true }
func (n *node) DefaultMinISR() int { return 1 }
func (n *node) Emit(f env.Fact)    { n.facts = append(n.facts, f) }
func (n *node) Note(_ env.LogLevel, _, format string, args ...any) {
	n.lines = append(n.lines, fmt.Sprintf(format, args...))
}

func newNode(t *testing.T) *node {
	n := &node{t: t, image: metadata.New()}
	n.track = delta.New(n.image, 1, n, n)
	return n
}

// apply applies records, one after the other.
func (n *node) apply(records ...metadata.Record) {
	n.t.Helper()
	for _, r := range records {
		if err := n.track.Apply(n.at, r); err != nil {
			n.t.Fatal(err)
		}
		n.at++
	}
}

var topic = kafka.UUID{9}

// create is a topic with so many partitions, all led by broker 1.
func create(partitions int) []metadata.Record {
	all := []metadata.Record{&metadata.TopicRecord{Name: "orders", ID: topic}}
	for i := range partitions {
		all = append(all, &metadata.PartitionRecord{Topic: topic, Partition: kafka.PartitionID(i),
			Replicas: []kafka.NodeID{1, 2},
			ISR:      []kafka.NodeID{1, 2}, Leader: 1, Directories: make([]kafka.UUID, 2)})
	}
	return all
}

// isr changes a partition's ISR.
func isr(id kafka.PartitionID, nodes ...kafka.NodeID) metadata.Record {
	c := metadata.NewPartitionChange(topic, id)
	c.ISR = nodes
	return c
}

// shrink takes broker 2 out of a partition's ISR.
func shrink(id kafka.PartitionID) metadata.Record { return isr(id, 1) }

func TestADeltaNamesEachTopicOnce(t *testing.T) {
	n := newNode(t)
	n.apply(create(3)...)
	n.apply(shrink(0), shrink(1))
	if d := n.track.Take(); !slices.Equal(d.Topics, []kafka.UUID{topic}) || d.All || len(d.Removed) != 0 {
		t.Errorf("the delta is %+v", d)
	}
	n.apply(&metadata.RemoveTopic{ID: topic})
	d := n.track.Take()
	if len(d.Topics) != 0 || len(d.Removed) != 1 || len(d.Removed[0].Partitions()) != 3 {
		t.Errorf("after the removal the delta is %+v", d)
	}
	if d := n.track.Take(); len(d.Removed) != 0 {
		t.Error("a change is in two deltas")
	}
}

func TestOnlyTheActiveControllerLogsTopics(t *testing.T) {
	for _, leads := range []bool{false, true} {
		n := newNode(t)
		n.leads = leads
		n.apply(create(2)...)
		n.track.Take()
		n.apply(&metadata.RemoveTopic{ID: topic})
		n.track.Take()
		text := strings.Join(n.lines, "\n")
		logged := strings.Contains(text, "created topic orders: partitions 2, replication factor 2") &&
			strings.Contains(text, "deleted topic orders")
		if logged != leads || !leads && len(n.lines) > 0 {
			t.Errorf("active controller: %v; it logs %q", leads, n.lines)
		}
	}
}

// The leader logs changes of its ISRs: three partitions by name, more of them joined.
func TestTheSameChangeOfManyPartitionsIsOneLine(t *testing.T) {
	n := newNode(t)
	n.apply(create(5)...)
	n.track.Take()
	n.apply(shrink(0), shrink(1))
	n.track.Take()
	if len(n.lines) != 2 || !strings.Contains(n.lines[0], "orders-0: ISR shrank by [2]; it is [1]") {
		t.Errorf("two changes are logged as %q", n.lines)
	}
	n.lines = nil
	n.apply(isr(0, 1, 2), isr(1, 1, 2))
	n.track.Take()
	n.lines = nil
	for id := range kafka.PartitionID(5) {
		n.apply(shrink(id))
	}
	n.track.Take()
	if len(n.lines) != 1 || !strings.Contains(n.lines[0],
		"5 partitions: ISR shrank by [2]: orders-0, orders-1, orders-2 and 2 more") {
		t.Errorf("five changes are logged as %q", n.lines)
	}
}

func TestFactsCarryTheImageAfterTheRecord(t *testing.T) {
	n := newNode(t)
	n.apply(create(1)...)
	n.apply(shrink(0))
	f, ok := n.facts[len(n.facts)-1].(env.PartitionChanged)
	if !ok || !slices.Equal(f.ISR, []kafka.NodeID{1}) || f.At != n.at-1 || f.MinISR != 1 {
		t.Errorf("the fact is %+v", f)
	}
	n.apply(&metadata.RemoveTopic{ID: topic})
	if f, ok := n.facts[len(n.facts)-1].(env.PartitionChanged); !ok || !f.Gone || f.Leader != kafka.NoNode {
		t.Errorf("after the removal the fact is %+v", f)
	}
}
