package outcome_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/outcome"
)

// bench is node 1, which leads what the image says, once it does.
type bench struct {
	t       *testing.T
	alarms  alarm.Heap
	cluster describe.Cluster
	waits   *outcome.Waits
	leads   bool
	forgets bool
	at      kafka.Offset
	now     env.Now
	done    int
}

func (b *bench) Leads(kafka.TopicPartition) bool { return b.leads }
func (b *bench) Forgetting() bool                { return b.forgets }

func newBench(t *testing.T) *bench {
	b := &bench{t: t, cluster: describe.Cluster{Image: metadata.New(), Self: 1}}
	b.waits = outcome.New(&b.alarms, &b.cluster, b)
	return b
}

func (b *bench) apply(records ...metadata.Record) {
	b.t.Helper()
	for _, r := range records {
		if err := b.cluster.Image.Apply(b.at, r); err != nil {
			b.t.Fatal(err)
		}
		b.at++
	}
	b.waits.Check(b.now)
}

func (b *bench) pass(d time.Duration) {
	b.now.Mono = b.now.Mono.Add(d)
	for w, ok := b.alarms.Due(b.now.Mono); ok; w, ok = b.alarms.Due(b.now.Mono) {
		w.Wake(b.now)
	}
}

// await keeps back the response to the creation of topic orders.
func (b *bench) await(code int16) {
	resp := kmsg.NewPtrCreateTopicsResponse()
	topic := kmsg.NewCreateTopicsResponseTopic()
	topic.Topic, topic.ErrorCode = "orders", code
	resp.Topics = append(resp.Topics, topic)
	b.waits.AwaitOutcome(b.now, kmsg.NewPtrCreateTopicsRequest(), resp, func(env.Now) { b.done++ })
}

var created = []metadata.Record{&metadata.TopicRecord{Name: "orders", ID: kafka.UUID{9}},
	&metadata.PartitionRecord{Topic: kafka.UUID{9}, Replicas: []kafka.NodeID{1}, ISR: []kafka.NodeID{1}, Leader: 1,
		Directories: make([]kafka.UUID, 1)}}

func TestACreatedTopicIsAnsweredWhenItCanBeUsed(t *testing.T) {
	b := newBench(t)
	b.await(0)
	b.apply(created...)
	if b.done != 0 {
		t.Fatal("it is answered though this node does not lead the partition yet")
	}
	b.leads = true
	b.waits.Check(b.now)
	b.pass(3 * time.Second)
	if b.done != 1 || b.waits.Len() != 0 || b.alarms.Len() != 0 {
		t.Errorf("it was answered %d times; %d wait, %d alarms are set", b.done, b.waits.Len(), b.alarms.Len())
	}
}

func TestAResponseWaitsForTwoSecondsAtMost(t *testing.T) {
	b := newBench(t)
	b.await(0)
	b.pass(2*time.Second - 1)
	if b.done != 0 {
		t.Fatal("it is answered before two seconds are over")
	}
	b.pass(1)
	if b.waits.Check(b.now); b.done != 1 {
		t.Errorf("it was answered %d times", b.done)
	}
}

func TestARefusedTopicIsAnsweredAtOnce(t *testing.T) {
	b := newBench(t)
	if b.await(36); b.done != 1 { // TOPIC_ALREADY_EXISTS
		t.Error("a refusal waits")
	}
}

func TestADeletedTopicIsAnsweredWhenTheCheckpointsHaveForgottenIt(t *testing.T) {
	b := newBench(t)
	b.apply(created...)
	b.apply(&metadata.RemoveTopic{ID: kafka.UUID{9}})
	b.forgets = true
	resp := kmsg.NewPtrDeleteTopicsResponse()
	topic := kmsg.NewDeleteTopicsResponseTopic()
	topic.TopicID = kafka.UUID{9}
	resp.Topics = append(resp.Topics, topic)
	b.waits.AwaitOutcome(b.now, kmsg.NewPtrDeleteTopicsRequest(), resp, func(env.Now) { b.done++ })
	if b.done != 0 {
		t.Fatal("it is answered though checkpoints still hold the topic")
	}
	b.forgets = false
	if b.waits.Check(b.now); b.done != 1 {
		t.Error("it is not answered though the topic is gone")
	}
}
