package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// createPartitions adds partitions to topics (KIP-195).
func (b *Broker) createPartitions(now env.Now, s *slot, r *kmsg.CreatePartitionsRequest) {
	b.change(now, &partitionCreation{broker: b, request: r, answers: r.ResponseKind().(*kmsg.CreatePartitionsResponse),
		then: func(resp kmsg.Response) { b.reply(s, resp) }})
}

type partitionCreation struct {
	broker  *Broker
	request *kmsg.CreatePartitionsRequest
	answers *kmsg.CreatePartitionsResponse
	then    func(kmsg.Response)
}

func (c *partitionCreation) decide(env.Now) []metadata.Record {
	times := map[string]int{}
	for _, t := range c.request.Topics {
		times[t.Topic]++
	}
	var records []metadata.Record
	for _, t := range c.request.Topics {
		var more []metadata.Record
		code, text := wire.InvalidRequest, fmt.Sprintf("the request names topic %q %d times", t.Topic, times[t.Topic])
		switch {
		case times[t.Topic] == 0: // answered already
			continue
		case times[t.Topic] > 1:
			times[t.Topic] = 0
		default:
			more, code, text = c.more(t, partitionsMax-len(records))
		}
		out := kmsg.NewCreatePartitionsResponseTopic()
		if out.Topic, out.ErrorCode = t.Topic, int16(code); code != wire.None {
			out.ErrorMessage = &text
		}
		c.answers.Topics = append(c.answers.Topics, out)
		records = append(records, more...)
	}
	if c.request.ValidateOnly {
		return nil
	}
	return records
}

// more decides the partitions to add to one topic, room at most.
func (c *partitionCreation) more(t kmsg.CreatePartitionsRequestTopic, room int) ([]metadata.Record, wire.ErrorCode, string) {
	topic, ok := c.broker.image.Topic(t.Topic)
	if !ok {
		return nil, wire.UnknownTopicOrPartition, fmt.Sprintf("topic %q does not exist", t.Topic)
	}
	have, want := len(topic.Partitions()), int(t.Count)
	switch {
	case want == have:
		return nil, wire.InvalidPartitions, fmt.Sprintf("topic has %d partitions already", have)
	case want < have:
		return nil, wire.InvalidPartitions, fmt.Sprintf("topic has %d partitions; %d would be fewer, and partitions cannot be taken away", have, want)
	case len(t.Assignment) > 0 && len(t.Assignment) != want-have:
		return nil, wire.InvalidReplicaAssignment, fmt.Sprintf("replicas of %d partitions are assigned, %d are new", len(t.Assignment), want-have)
	case want-have > room:
		return nil, wire.PolicyViolation, fmt.Sprintf("%d more partitions; %d in one request are allowed", want-have, partitionsMax)
	}
	for _, a := range t.Assignment {
		if len(a.Replicas) != 1 || env.NodeID(a.Replicas[0]) != c.broker.id {
			return nil, wire.InvalidReplicaAssignment, fmt.Sprintf("replicas %v, but the cluster has only broker %d", a.Replicas, c.broker.id)
		}
	}
	var records []metadata.Record
	for p := have; p < want; p++ {
		records = append(records, c.broker.newPartition(topic.ID, env.PartitionID(p)))
	}
	return records, wire.None, ""
}

func (c *partitionCreation) applied(_ env.Now, code wire.ErrorCode) {
	for i := range c.answers.Topics {
		if t := &c.answers.Topics[i]; code != wire.None && t.ErrorCode == 0 {
			t.ErrorCode = int16(code)
		}
	}
	c.then(c.answers)
}
