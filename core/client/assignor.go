package client

import (
	"cmp"
	"slices"
	"strings"

	"gregor/core/kafka"
)

// member is one group member as the leader sees it when it assigns partitions.
type member struct {
	id         string
	instance   string                 // "": dynamic
	topics     []string               // subscribed, sorted
	owned      []kafka.TopicPartition // what it says it has, for the sticky assignors
	generation int32                  // in which it got them; -1: unknown
}

// topicSize is how many partitions a topic has; the assignors take them sorted by name.
type topicSize struct {
	name       string
	partitions int
}

var assignorNames = [...]string{"range", "roundrobin", "sticky", "cooperative-sticky"}

// assignorName is the wire name of an assignor given by that name or by the Java client's class; "" if unknown.
func assignorName(s string) string {
	classes := [...]string{"RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor"}
	for i, name := range assignorNames {
		if s == name || s == classes[i] || s == "org.apache.kafka.clients.consumer."+classes[i] {
			return name
		}
	}
	return ""
}

// assign shares out the partitions. The result has one sorted list for each member, in their order.
func assign(assignor string, members []member, topics []topicSize) [][]kafka.TopicPartition {
	topics = slices.SortedFunc(slices.Values(topics), func(a, b topicSize) int { return cmp.Compare(a.name, b.name) })
	var out [][]kafka.TopicPartition
	switch assignor {
	case "roundrobin":
		out = assignRoundRobin(members, topics)
	case "sticky":
		out = assignSticky(members, topics)
	case "cooperative-sticky":
		out = yield(members, assignSticky(members, topics))
	default:
		out = assignRange(members, topics)
	}
	for i := range out {
		slices.SortFunc(out[i], kafka.TopicPartition.Compare)
	}
	return out
}

// ranks lists the members' places, static ones by instance first, then by id: the order all clients agree on.
func ranks(members []member) []int {
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &members[a], &members[b]
		switch {
		case x.instance != "" && y.instance != "":
			return strings.Compare(x.instance, y.instance)
		case x.instance != "":
			return -1
		case y.instance != "":
			return 1
		}
		return strings.Compare(x.id, y.id)
	})
	return order
}

func (m *member) reads(topic string) bool {
	_, found := slices.BinarySearch(m.topics, topic)
	return found
}

// assignRange gives each member a run of consecutive partitions, topic by topic; the first ones get one more if
// it does not come out even.
func assignRange(members []member, topics []topicSize) [][]kafka.TopicPartition {
	out := make([][]kafka.TopicPartition, len(members))
	order := ranks(members)
	for _, t := range topics {
		var readers []int
		for _, i := range order {
			if members[i].reads(t.name) {
				readers = append(readers, i)
			}
		}
		next := 0
		for place, i := range readers {
			n := t.partitions / len(readers)
			if place < t.partitions%len(readers) {
				n++
			}
			for ; n > 0; n-- {
				out[i] = append(out[i], kafka.TopicPartition{Topic: t.name, Partition: kafka.PartitionID(next)})
				next++
			}
		}
	}
	return out
}

// assignRoundRobin deals all partitions out one by one, passing over members that do not read the topic.
func assignRoundRobin(members []member, topics []topicSize) [][]kafka.TopicPartition {
	out := make([][]kafka.TopicPartition, len(members))
	order := ranks(members)
	turn := 0
	for _, t := range topics {
		if !slices.ContainsFunc(members, func(m member) bool { return m.reads(t.name) }) {
			continue
		}
		for p := range t.partitions {
			for !members[order[turn%len(order)]].reads(t.name) {
				turn++
			}
			i := order[turn%len(order)]
			out[i] = append(out[i], kafka.TopicPartition{Topic: t.name, Partition: kafka.PartitionID(p)})
			turn++
		}
	}
	return out
}
