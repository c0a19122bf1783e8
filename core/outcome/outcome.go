package outcome

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// outcomeMax bounds how long the answer to a change is kept back for this node to have read of it.
const outcomeMax = 2 * time.Second

// Local is what the node knows of its own replicas.
type Local interface {
	// Leads reports whether the node leads a partition by now, or never will because its disk has failed.
	Leads(tp kafka.TopicPartition) bool
	// Forgetting reports whether checkpoints still have to forget a partition that was dropped.
	Forgetting() bool
}

// Waits are the responses that are kept back.
type Waits struct {
	alarms  *alarm.Heap
	cluster *describe.Cluster
	local   Local
	held    []*heldResponse
}

// New returns the waits of a node.
func New(alarms *alarm.Heap, c *describe.Cluster, l Local) *Waits {
	return &Waits{alarms: alarms, cluster: c, local: l}
}

// Len is how many responses wait.
func (o *Waits) Len() int { return len(o.held) }

// heldResponse is a response that waits until something holds, or long enough.
type heldResponse struct {
	alarms *alarm.Heap
	holds  func() bool
	then   func(now env.Now)
	alarm  alarm.Alarm
	done   bool
}

// Await calls then once holds returns true, or at the latest at an instant.
func (o *Waits) Await(now env.Now, until env.Instant, holds func() bool, then func(env.Now)) {
	if holds() {
		then(now)
		return
	}
	w := &heldResponse{alarms: o.alarms, holds: holds, then: then}
	w.alarm = alarm.For(w)
	o.held = append(o.held, w)
	o.alarms.Set(&w.alarm, until)
}

// awaitImage waits until this node has read of something, for outcomeMax.
func (o *Waits) awaitImage(now env.Now, holds func() bool, then func(env.Now)) {
	o.Await(now, now.Mono.Add(outcomeMax), holds, then)
}

// Wake ends the wait: its time is over.
func (w *heldResponse) Wake(now env.Now) { w.end(now) }

func (w *heldResponse) end(now env.Now) {
	if !w.done {
		w.done = true
		w.alarms.Clear(&w.alarm)
		w.then(now)
	}
}

// Check ends the waits that are over. What one does may begin another.
func (o *Waits) Check(now env.Now) {
	if len(o.held) == 0 {
		return
	}
	held := o.held
	o.held = nil
	for _, w := range held {
		switch {
		case w.done:
		case w.holds():
			w.end(now)
		default:
			o.held = append(o.held, w)
		}
	}
}

// AwaitOutcome waits until a client that goes on with this broker finds what the response reports: topics that were
// created are in the image, and their partitions that are led here accept records; topics that were deleted are gone.
// Kafka answers at once, and its clients try again.
func (o *Waits) AwaitOutcome(now env.Now, req kmsg.Request, resp kmsg.Response, then func(env.Now)) {
	holds := func() bool { return true }
	switch r := resp.(type) {
	case *kmsg.CreateTopicsResponse:
		if !req.(*kmsg.CreateTopicsRequest).ValidateOnly {
			holds = untilNone(r.Topics, o.missing)
		}
	case *kmsg.DeleteTopicsResponse:
		holds = untilNone(r.Topics, o.lingers)
	case *kmsg.CreatePartitionsResponse:
		if asked := req.(*kmsg.CreatePartitionsRequest); !asked.ValidateOnly {
			counts := countsAsked(asked)
			holds = untilNone(r.Topics, func(t kmsg.CreatePartitionsResponseTopic) bool { return o.tooFew(t, counts[t.Topic]) })
		}
	}
	o.awaitImage(now, holds, then)
}

// untilNone reports whether no element waits any more. An element that has stopped waiting is not looked at again: to
// look at thousands of them after every step would cost more than what they wait for.
func untilNone[T any](left []T, waits func(T) bool) func() bool {
	return func() bool {
		for len(left) > 0 && !waits(left[0]) {
			left = left[1:]
		}
		return len(left) == 0
	}
}

// missing reports whether a topic that was created cannot be used here yet.
func (o *Waits) missing(t kmsg.CreateTopicsResponseTopic) bool {
	return t.ErrorCode == 0 && !o.usableTopic(t.Topic)
}

// usableTopic reports whether the image has a topic, and those of its partitions that are led here accept records.
func (o *Waits) usableTopic(name string) bool {
	t, ok := o.cluster.Image.Topic(name)
	return ok && !slices.ContainsFunc(t.Partitions(), func(p *metadata.Partition) bool { return !o.leadsIfItShould(t, p) })
}

func (o *Waits) leadsIfItShould(t *metadata.Topic, state *metadata.Partition) bool {
	return state.Leader != o.cluster.Self || o.local.Leads(kafka.TopicPartition{Topic: t.Name, Partition: state.Partition})
}

// lingers reports whether a topic that was deleted is there still, or its checkpoints.
func (o *Waits) lingers(t kmsg.DeleteTopicsResponseTopic) bool {
	_, ok := o.cluster.Image.TopicByID(t.TopicID)
	return t.ErrorCode == 0 && (ok || o.local.Forgetting())
}

func countsAsked(r *kmsg.CreatePartitionsRequest) map[string]int {
	counts := make(map[string]int, len(r.Topics))
	for i := range r.Topics {
		counts[r.Topics[i].Topic] = int(r.Topics[i].Count)
	}
	return counts
}

// tooFew reports whether a topic that gets more partitions does not have them here yet.
func (o *Waits) tooFew(t kmsg.CreatePartitionsResponseTopic, want int) bool {
	topic, ok := o.cluster.Image.Topic(t.Topic)
	return t.ErrorCode == 0 && ok && (len(topic.Partitions()) < want || !o.usableTopic(t.Topic))
}
