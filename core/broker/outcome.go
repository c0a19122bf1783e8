package broker

import (
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/replica"
)

// outcomeMax bounds how long the answer to a change is kept back for this node to have read of it.
const outcomeMax = 2 * time.Second

// wait is somebody who waits until something holds, or long enough.
type wait struct {
	broker *Broker
	holds  func() bool
	then   func(now env.Now)
	alarm  alarm.Alarm
	done   bool
}

// await calls then once holds says yes, looked at in every step; or at the latest at an instant. Who waits is bounded
// by the requests that may.
func (b *Broker) await(now env.Now, until env.Instant, holds func() bool, then func(env.Now)) {
	if holds() {
		then(now)
		return
	}
	w := &wait{broker: b, holds: holds, then: then}
	w.alarm = alarm.For(w)
	b.waits = append(b.waits, w)
	b.deadlines.Set(&w.alarm, until)
}

// awaitImage waits until this node has read of something, for outcomeMax.
func (b *Broker) awaitImage(now env.Now, holds func() bool, then func(env.Now)) {
	b.await(now, now.Mono.Add(outcomeMax), holds, then)
}

func (w *wait) Wake(now env.Now) { w.end(now) }

func (w *wait) end(now env.Now) {
	if !w.done {
		w.done = true
		w.broker.deadlines.Clear(&w.alarm)
		w.then(now)
	}
}

// checkWaits ends the waits that are over. What one does may begin another.
func (b *Broker) checkWaits(now env.Now) {
	if len(b.waits) == 0 {
		return
	}
	waits := b.waits
	b.waits = nil
	for _, w := range waits {
		switch {
		case w.done:
		case w.holds():
			w.end(now)
		default:
			b.waits = append(b.waits, w)
		}
	}
}

// awaitOutcome waits until a client that goes on with this broker finds what it was told: topics that were made are
// in the image, and what of them is led here takes records; topics that were removed are gone. Kafka answers at once
// and has the client try again.
func (b *Broker) awaitOutcome(now env.Now, req kmsg.Request, resp kmsg.Response, then func(env.Now)) {
	if !b.roles.broker {
		then(now)
		return
	}
	holds := func() bool { return true }
	switch r := resp.(type) {
	case *kmsg.CreateTopicsResponse:
		if !req.(*kmsg.CreateTopicsRequest).ValidateOnly {
			holds = untilNone(r.Topics, b.missing)
		}
	case *kmsg.DeleteTopicsResponse:
		holds = untilNone(r.Topics, b.lingers)
	case *kmsg.CreatePartitionsResponse:
		if asked := req.(*kmsg.CreatePartitionsRequest); !asked.ValidateOnly {
			counts := countsAsked(asked)
			holds = untilNone(r.Topics, func(t kmsg.CreatePartitionsResponseTopic) bool { return b.tooFew(t, counts[t.Topic]) })
		}
	}
	b.awaitImage(now, holds, then)
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

// missing says whether a topic that was made cannot be used here yet.
func (b *Broker) missing(t kmsg.CreateTopicsResponseTopic) bool {
	return t.ErrorCode == 0 && !b.usableTopic(t.Topic)
}

// usableTopic says whether the image has a topic, and those of its partitions that are led here take records.
func (b *Broker) usableTopic(name string) bool {
	t, ok := b.image.Topic(name)
	return ok && !slices.ContainsFunc(t.Partitions(), func(p *metadata.Partition) bool { return !b.leadsIfItShould(t, p) })
}

func (b *Broker) leadsIfItShould(t *metadata.Topic, state *metadata.Partition) bool {
	if state.Leader != b.id {
		return true
	}
	p := b.logs.byName[env.TopicPartition{Topic: t.Name, Partition: state.Partition}]
	return p != nil && (p.replica.Role() == replica.Leading || p.fenced)
}

// lingers says whether a topic that was removed is there still, or its checkpoints.
func (b *Broker) lingers(t kmsg.DeleteTopicsResponseTopic) bool {
	_, ok := b.image.TopicByID(t.TopicID)
	return t.ErrorCode == 0 && (ok || b.placed.forgetting > 0)
}

func countsAsked(r *kmsg.CreatePartitionsRequest) map[string]int {
	counts := make(map[string]int, len(r.Topics))
	for i := range r.Topics {
		counts[r.Topics[i].Topic] = int(r.Topics[i].Count)
	}
	return counts
}

// tooFew reports whether a topic that gets more partitions does not have them here yet.
func (b *Broker) tooFew(t kmsg.CreatePartitionsResponseTopic, want int) bool {
	topic, ok := b.image.Topic(t.Topic)
	return t.ErrorCode == 0 && ok && (len(topic.Partitions()) < want || !b.usableTopic(t.Topic))
}
