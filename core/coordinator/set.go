package coordinator

import (
	"gregor/core/env"
	"gregor/core/kafka"
)

// Set is the coordinators of a broker: one [Runtime] for each internal topic. A broker that hands it what happens to
// its partitions need not know which topics those are.
type Set struct {
	hosts []*host
}

// host makes the runtime of a topic, for however many partitions that has.
type host struct {
	topic   string
	create  func(partitions int32) *Runtime
	runtime *Runtime
}

// Add adds the coordinator of a topic. create returns its runtime, and is called again when the topic turns out to have
// another number of partitions.
func (s *Set) Add(topic string, partitions int32, create func(partitions int32) *Runtime) {
	s.hosts = append(s.hosts, &host{topic, create, create(partitions)})
}

// Of returns the runtime of a topic; nil if the topic has none.
func (s *Set) Of(topic string) *Runtime {
	for _, h := range s.hosts {
		if h.topic == topic {
			return h.runtime
		}
	}
	return nil
}

// Resize makes the runtime of every topic again that has another number of partitions than its runtime was made for; 0
// is a topic that does not exist. A runtime that owns a partition stays as it is: its keys must not move.
func (s *Set) Resize(partitions func(topic string) int32) {
	for _, h := range s.hosts {
		if n := partitions(h.topic); n > 0 && n != h.runtime.Partitions() && !h.runtime.Owns() {
			h.runtime = h.create(n)
		}
	}
}

// Update is [Runtime.Update] for a partition of any topic.
func (s *Set) Update(now env.Now, tp kafka.TopicPartition, p Partition) {
	if r := s.Of(tp.Topic); r != nil {
		r.Update(now, tp.Partition, p)
	}
}

// Drop is [Runtime.Drop] for a partition of any topic.
func (s *Set) Drop(now env.Now, tp kafka.TopicPartition) {
	if r := s.Of(tp.Topic); r != nil {
		r.Drop(now, tp.Partition)
	}
}

// Settle settles every runtime.
func (s *Set) Settle(now env.Now) (more bool) {
	for _, h := range s.hosts {
		more = h.runtime.Settle(now) || more
	}
	return more
}

// Unsettled is how many refused appends Settle has to report.
func (s *Set) Unsettled() (n int) {
	for _, h := range s.hosts {
		n += h.runtime.Unsettled()
	}
	return n
}

// Deadline is the earliest one of the runtimes.
func (s *Set) Deadline() env.Instant {
	at := env.Never
	for _, h := range s.hosts {
		at = min(at, h.runtime.Deadline())
	}
	return at
}

// Wake ticks every runtime whose deadline has come.
func (s *Set) Wake(now env.Now) {
	for _, h := range s.hosts {
		if h.runtime.Deadline() <= now.Mono {
			h.runtime.Tick(now)
		}
	}
}
