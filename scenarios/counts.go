package scenarios

import (
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// counts are the numbers that conditions compare, from the facts of clients and group coordinators. They are kept by
// name: a client, a topic or a group, as conditions about an ambiguous name are refused.
type counts struct {
	acked, failed, read map[string]int
	members             map[string][]string                   // of the group's last generation
	ends                map[kafka.TopicPartition]kafka.Offset // after the last acknowledged record
	asked               map[commitCall]env.CommitCalled
	committed           map[string]map[kafka.TopicPartition]kafka.Offset
	generations         map[string]int32
}

// commitCall names a commit that has not returned.
type commitCall struct {
	client string
	call   uint64
}

func newCounts() counts {
	return counts{acked: map[string]int{}, failed: map[string]int{}, read: map[string]int{},
		members: map[string][]string{},
		ends:    map[kafka.TopicPartition]kafka.Offset{}, asked: map[commitCall]env.CommitCalled{},
		committed: map[string]map[kafka.TopicPartition]kafka.Offset{}, generations: map[string]int32{}}
}

// observe counts a fact of the scenario's own clients. groups has the group of each consumer.
func (c *counts) observe(s history.Stamped, groups map[string]string) {
	if s.Node == auditor || s.Node == setup || strings.HasPrefix(s.Node, prober) {
		return
	}
	switch f := s.Fact.(type) {
	case env.ProduceReturned:
		c.produced(f)
	case env.AdminReturned:
		c.returned(f.Client, f.Error == "")
	case env.Polled:
		for _, name := range []string{f.Client, f.Topic, groups[f.Client]} {
			c.read[name] += len(f.Records)
		}
	case env.CommitCalled:
		c.asked[commitCall{f.Client, f.Call}] = f
	case env.CommitReturned:
		c.commitReturned(f)
	case env.GroupMemberGone:
		c.members[f.Group] = slices.DeleteFunc(c.members[f.Group], func(m string) bool { return m == f.Member })
	case env.GroupRebalanced:
		if f.Generation >= c.generations[f.Group] {
			c.generations[f.Group], c.members[f.Group] = f.Generation, slices.Clone(f.Members)
		}
	}
}

func (c *counts) produced(f env.ProduceReturned) {
	ok := f.Outcome == env.OK
	c.returned(f.Client, ok)
	c.returned(f.Topic, ok)
	if ok {
		c.ends[f.TopicPartition] = max(c.ends[f.TopicPartition], f.Offset+1)
	}
}

func (c *counts) returned(name string, ok bool) {
	if ok {
		c.acked[name]++
	} else {
		c.failed[name]++
	}
}

func (c *counts) commitReturned(f env.CommitReturned) {
	call := commitCall{f.Client, f.Call}
	asked, known := c.asked[call]
	delete(c.asked, call)
	if !known || f.Outcome != env.OK {
		return
	}
	if c.committed[asked.Group] == nil {
		c.committed[asked.Group] = map[kafka.TopicPartition]kafka.Offset{}
	}
	c.committed[asked.Group][asked.TopicPartition] = asked.Offset
}

// lag counts the acknowledged records of topics that a group has not committed.
func (c *counts) lag(group string, topics []string) (n int) {
	//tidy:unordered a sum
	for tp, end := range c.ends {
		if contains(topics, tp.Topic) {
			n += int(max(0, end-c.committed[group][tp]))
		}
	}
	return n
}

// topicsOf lists what the consumers of a group read.
func (s *Scenario) topicsOf(group string) (topics []string) {
	for i := range s.Clients {
		if c := &s.Clients[i]; c.Kind == "consumer" && c.group() == group {
			cfg, _ := c.consumer() // was checked when it was read
			topics = append(topics, cfg.Topics...)
		}
	}
	return topics
}
