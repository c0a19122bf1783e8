package live

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/scenarios"
)

// newTestObserver returns an observer that has found k1 to be the active controller, and b1 to accept clients.
func newTestEye() *observer {
	in := &inbox{}
	in.init(func() env.Instant { return 0 })
	e := newObserver(in)
	e.add(&server{Server: scenarios.Server{Name: "b1", ID: 1, Broker: true}})
	e.add(&server{Server: scenarios.Server{Name: "k1", ID: 101, Controller: true}})
	e.serves(e.servers[0].server)
	e.active.Node = 101
	return e
}

// sees hands the observer a view, and returns what it emits.
func (e *observer) sees(v view) (facts []env.Fact) {
	e.take(&v, e.census())
	for {
		h, ok, _ := e.in.pop()
		if !ok {
			return facts
		}
		facts = append(facts, h.fact.Fact)
	}
}

func orders(leader kafka.NodeID, epoch kafka.LeaderEpoch, isr ...kafka.NodeID) env.PartitionChanged {
	return env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: "orders"}, Leader: leader, Epoch: epoch,
		Replicas: []kafka.NodeID{1, 2, 3}, ISR: isr, ELR: []kafka.NodeID{}}
}

func TestTheEyeTellsWhatIsNew(t *testing.T) {
	e := newTestEye()
	see := func(p ...env.PartitionChanged) []env.Fact { return e.sees(view{brokers: []int32{1}, parts: p}) }
	at := func(p env.PartitionChanged, at kafka.Offset) env.PartitionChanged { p.At = at; return p }

	require.Equal(t, []env.Fact{env.BrokerStanding{Broker: 1, Epoch: 1, At: 1}, at(orders(1, 0, 1, 2), 2)},
		see(orders(1, 0, 1, 2)))
	require.Empty(t, see(orders(1, 0, 1, 2)), "nothing is new")
	require.Equal(t, []env.Fact{at(orders(2, 1, 2), 3)}, see(orders(2, 1, 2)))
	require.Empty(t, see(orders(1, 0, 1, 2)), "the past")

	unclean := at(orders(3, 2, 3), 4)
	unclean.Unclean = true
	require.Equal(t, []env.Fact{unclean}, see(orders(3, 2, 3)), "3 was not seen to be in sync")
	require.Equal(t, []env.Fact{at(orders(1, 4, 1), 5)}, see(orders(1, 4, 1)), "what was in between was not seen")

	gone := at(orders(1, 4, 1), 6)
	gone.Gone = true
	require.Equal(t, []env.Fact{gone}, see())
	require.Empty(t, see(), "it has been emitted")
	require.Equal(t, []env.Fact{at(orders(1, 0, 1), 7)}, see(orders(1, 0, 1)), "made again")
	require.Equal(t, []env.Fact{env.BrokerStanding{Broker: 1, Epoch: 1, At: 8, Fenced: true}},
		e.sees(view{parts: []env.PartitionChanged{orders(1, 0, 1)}}))
}

func TestAViewHasPages(t *testing.T) {
	name := "orders"
	v := view{}
	v.add(&kmsg.DescribeTopicPartitionsResponse{Topics: []kmsg.DescribeTopicPartitionsResponseTopic{
		{Topic: &name, Partitions: []kmsg.DescribeTopicPartitionsResponseTopicPartition{{LeaderID: 1,
			Replicas: []int32{1, 2, 3}, ISR: []int32{1, 2}}}},
		{Topic: nil, Partitions: []kmsg.DescribeTopicPartitionsResponseTopicPartition{{Partition: 1}}}}})
	require.Equal(t, []env.PartitionChanged{orders(1, 0, 1, 2)}, v.parts)
}

func TestWhereLogsBeginIsAskedOfTheirLeaders(t *testing.T) {
	named := func(topic string, partition kafka.PartitionID, leader kafka.NodeID) env.PartitionChanged {
		return env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: topic, Partition: partition}, Leader: leader}
	}
	v := &view{parts: []env.PartitionChanged{named("b", 0, 1), named("a", 0, 1), named("b", 1, 2), named("b", 2, 1),
		named(kafka.OffsetsTopic, 0, 1)}}
	req := startsOf(v, 1)
	require.Len(t, req.Topics, 2)
	require.Equal(t, "a", req.Topics[0].Topic)
	require.Len(t, req.Topics[0].Partitions, 1)
	require.Equal(t, int32(2), req.Topics[1].Partitions[1].Partition)
	require.Empty(t, startsOf(v, 3).Topics)
}

func TestALogThatBeginsLaterIsTold(t *testing.T) {
	e := newTestEye()
	answer := func(at int64, code int16) *kmsg.ListOffsetsResponse {
		return &kmsg.ListOffsetsResponse{Topics: []kmsg.ListOffsetsResponseTopic{{Topic: "orders",
			Partitions: []kmsg.ListOffsetsResponseTopicPartition{{Offset: at, ErrorCode: code}}}}}
	}
	for _, a := range []*kmsg.ListOffsetsResponse{answer(0, 0), answer(7, 6), answer(5, 0), answer(5, 0), answer(3, 0),
		answer(9, 0)} {
		e.begins("b1", a)
	}
	var at []kafka.Offset
	for {
		h, ok, _ := e.in.pop()
		if !ok {
			break
		}
		require.Equal(t, "b1", h.fact.Node)
		at = append(at, h.fact.Fact.(env.LogStartAdvanced).To)
	}
	require.Equal(t, []kafka.Offset{5, 9}, at)
}
