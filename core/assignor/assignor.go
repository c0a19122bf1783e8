// Package assignor is how the leader of a consumer group shares out partitions: the range, roundrobin, sticky and
// cooperative-sticky assignors of Kafka's clients, and the bytes in which members and leader exchange what they need.
//
// All of it is pure functions. They promise that every partition of a topic with a subscriber is given to exactly one
// (cooperative-sticky holds back what another member has to revoke first), that roundrobin and sticky are balanced
// where all members read the same topics, and that sticky moves only what it must.
//
// It does not join, sync or revoke: core/client does.
package assignor

import (
	"cmp"
	"slices"
	"strings"

	"gregor/core/kafka"
)

// Member is one group member as the leader sees it when it assigns partitions.
type Member struct {
	ID         string
	Instance   string                 // "": dynamic
	Topics     []string               // subscribed, sorted
	Owned      []kafka.TopicPartition // what it says it has, for the sticky assignors
	Generation int32                  // in which it got them; -1: unknown
}

// Topic is a topic with the number of its partitions.
type Topic struct {
	Name       string
	Partitions int
}

// Names are those of the assignors, as partition.assignment.strategy and the wire have them.
var Names = [...]string{"range", "roundrobin", "sticky", "cooperative-sticky"}

// Named is the wire name of an assignor given by that name or by the Java client's class; "" if unknown.
func Named(s string) string {
	classes := [...]string{"RangeAssignor", "RoundRobinAssignor", "StickyAssignor", "CooperativeStickyAssignor"}
	for i, name := range Names {
		if s == name || s == classes[i] || s == "org.apache.kafka.clients.consumer."+classes[i] {
			return name
		}
	}
	return ""
}

// Assign shares out the partitions. The result has one sorted list for each member, in their order.
func Assign(assignor string, members []Member, topics []Topic) [][]kafka.TopicPartition {
	topics = slices.SortedFunc(slices.Values(topics), func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
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
func ranks(members []Member) []int {
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := &members[a], &members[b]
		switch {
		case x.Instance != "" && y.Instance != "":
			return strings.Compare(x.Instance, y.Instance)
		case x.Instance != "":
			return -1
		case y.Instance != "":
			return 1
		}
		return strings.Compare(x.ID, y.ID)
	})
	return order
}

func (m *Member) reads(topic string) bool {
	_, found := slices.BinarySearch(m.Topics, topic)
	return found
}

// assignRange gives each member a run of consecutive partitions, topic by topic; the first ones get one more if
// it does not come out even.
func assignRange(members []Member, topics []Topic) [][]kafka.TopicPartition {
	out := make([][]kafka.TopicPartition, len(members))
	order := ranks(members)
	for _, t := range topics {
		var readers []int
		for _, i := range order {
			if members[i].reads(t.Name) {
				readers = append(readers, i)
			}
		}
		next := 0
		for place, i := range readers {
			n := t.Partitions / len(readers)
			if place < t.Partitions%len(readers) {
				n++
			}
			for ; n > 0; n-- {
				out[i] = append(out[i], kafka.TopicPartition{Topic: t.Name, Partition: kafka.PartitionID(next)})
				next++
			}
		}
	}
	return out
}

// assignRoundRobin deals all partitions out one by one, passing over members that do not read the topic.
func assignRoundRobin(members []Member, topics []Topic) [][]kafka.TopicPartition {
	out := make([][]kafka.TopicPartition, len(members))
	order := ranks(members)
	turn := 0
	for _, t := range topics {
		if !slices.ContainsFunc(members, func(m Member) bool { return m.reads(t.Name) }) {
			continue
		}
		for p := range t.Partitions {
			for !members[order[turn%len(order)]].reads(t.Name) {
				turn++
			}
			i := order[turn%len(order)]
			out[i] = append(out[i], kafka.TopicPartition{Topic: t.Name, Partition: kafka.PartitionID(p)})
			turn++
		}
	}
	return out
}
