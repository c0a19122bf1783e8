package controller

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// createPartitions adds partitions to topics (KIP-195).
func (c *Controller) createPartitions(r *kmsg.CreatePartitionsRequest) Decision {
	resp := r.ResponseKind().(*kmsg.CreatePartitionsResponse)
	times := map[string]int{}
	for _, t := range r.Topics {
		times[t.Topic]++
	}
	var records []metadata.Record
	for _, t := range r.Topics {
		n := times[t.Topic]
		if times[t.Topic] = 0; n == 0 { // answered already
			continue
		}
		v := refused(kafka.InvalidRequest, "the request names topic %q %d times", t.Topic, n)
		if n == 1 {
			var more []metadata.Record
			more, v = c.morePartitions(t, partitionsMax-len(records))
			records = append(records, more...)
		}
		out := kmsg.NewCreatePartitionsResponseTopic()
		out.Topic, out.ErrorCode, out.ErrorMessage = t.Topic, int16(v.code), v.message()
		resp.Topics = append(resp.Topics, out)
	}
	if r.ValidateOnly {
		records = nil
	}
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response {
		for i := range resp.Topics {
			if t := &resp.Topics[i]; code != kafka.None && t.ErrorCode == 0 {
				t.ErrorCode = int16(code)
			}
		}
		return resp
	})
}

// morePartitions decides the partitions to add to one topic, room at most.
func (c *Controller) morePartitions(ask kmsg.CreatePartitionsRequestTopic, room int) ([]metadata.Record, verdict) {
	t, ok := c.view.image.Topic(ask.Topic)
	if !ok {
		return nil, refused(kafka.UnknownTopicOrPartition, "topic %q does not exist", ask.Topic)
	}
	have, want := len(t.Partitions()), int(ask.Count)
	switch {
	case want == have:
		return nil, refused(kafka.InvalidPartitions, "topic has %d partitions already", have)
	case want < have:
		return nil, refused(kafka.InvalidPartitions,
			"topic has %d partitions; %d would be fewer, and partitions cannot be taken away", have, want)
	case ask.Assignment != nil &&
		len(ask.Assignment) != want-have: // an empty list assigns none, null leaves it to the controller
		return nil, refused(kafka.InvalidReplicaAssignment, "replicas of %d partitions are assigned, %d are new",
			len(ask.Assignment), want-have)
	case want-have > room:
		return nil, refused(kafka.PolicyViolation, "%d more partitions; %d in one request are allowed", want-have,
			partitionsMax)
	}
	if have == 0 {
		return nil, refused(kafka.UnknownServerError,
			"topic %q has no partition to take the replication factor from", ask.Topic)
	}
	// A reassignment may be under way in the first partition; the factor is what it was before.
	p := t.Partitions()[0]
	factor := max(len(insync.Without(p.Replicas, p.AddingReplicas...)), 1)
	if ask.Assignment == nil {
		return c.placed(t.ID, have, want-have, factor)
	}
	var replicas [][]int32
	for _, a := range ask.Assignment {
		replicas = append(replicas, a.Replicas)
	}
	return c.view.assigned(t.ID, have, replicas, factor)
}
