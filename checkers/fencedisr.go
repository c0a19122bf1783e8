package checkers

import (
	"slices"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// fenced-in-isr: a broker that is fenced or not registered is in no ISR (KIP-841), unless there is no leader and it
// is the last member.
var _ = register(ofMetadata, []Property{
	{"fenced-in-isr", "a fenced or stopping broker is in an ISR", `
		1 - cluster 3
		2 b1 broker 3 3 at=20 gone
		=> fenced-in-isr t-0, event 2: b3 is not registered, but in the ISR of partition epoch 0: [b1 b2
		   b3]
	`},
}, before(brokerFenced), before(isrHasFenced))

func brokerFenced(s *step, f env.BrokerStanding) {
	old, known := s.Cluster.Brokers.Get(f.Broker)
	if known && f.At <= old.At || !f.Fenced && !f.Gone {
		return
	}
	s.Cluster.Partitions(func(p *model.Partition) {
		if p.Image.Exists() && slices.Contains(p.Image.ISR, f.Broker) {
			noneFenced(s, p)
		}
	})
}

func isrHasFenced(s *step, f env.PartitionChanged) {
	if s.Partition.Image.IsNews(&f) &&
		slices.ContainsFunc(f.ISR, func(id kafka.NodeID) bool { return s.Cluster.Brokers.Absent(id) != "" }) {
		noneFenced(s, s.Partition)
	}
}

// noneFenced judges an ISR when the event is over.
func noneFenced(s *step, p *model.Partition) {
	s.later(func() {
		im, brokers := &p.Image, &s.Cluster.Brokers
		i := slices.IndexFunc(im.ISR, func(id kafka.NodeID) bool { return brokers.Absent(id) != "" })
		if i < 0 || im.Deleted || im.Leader < 0 && len(im.ISR) == 1 {
			return
		}
		s.find("fenced-in-isr", p.TopicPartition, -1, "%s is %s, but in the ISR of partition epoch %d: %s",
			s.name(im.ISR[i]), brokers.Absent(im.ISR[i]), im.PartitionEpoch, s.names(im.ISR))
	})
}
