package controller

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
)

// verdict is how one part of a request ended.
type verdict struct {
	code kafka.ErrorCode
	text string
}

func refused(code kafka.ErrorCode, format string, args ...any) verdict {
	return verdict{code, fmt.Sprintf(format, args...)}
}

// message is the text for a response, nil where all is well.
func (v verdict) message() *string {
	if v.code == kafka.None || v.text == "" {
		return nil
	}
	return &v.text
}

// electLeaders holds the elections a person asks for.
func (c *Controller) electLeaders(r *kmsg.ElectLeadersRequest) Decision {
	resp := r.ResponseKind().(*kmsg.ElectLeadersResponse)
	kind := electionOf(r.ElectionType)
	if kind == online && (r.Topics == nil || len(r.Topics) > 0) {
		resp.ErrorCode = int16(kafka.InvalidRequest)
	}
	asked, all := r.Topics, r.Topics == nil && kind != online
	if all {
		asked = c.view.everyPartition()
	}
	var records []metadata.Record
	changed := map[place]bool{}
	for _, t := range asked {
		out := kmsg.NewElectLeadersResponseTopic()
		out.Topic = t.Topic
		for _, n := range t.Partitions {
			v, change := c.view.electOne(t.Topic, n, kind, changed)
			if change != nil {
				records = append(records, change)
			}
			if all && v.code == kafka.ElectionNotNeeded {
				continue
			}
			o := kmsg.NewElectLeadersResponseTopicPartition()
			o.Partition, o.ErrorCode, o.ErrorMessage = n, int16(v.code), v.message()
			out.Partitions = append(out.Partitions, o)
		}
		resp.Topics = append(resp.Topics, out)
	}
	return c.orRefuse(records, r, resp)
}

// electionOf is the election of that number; online, which no request can ask for, if there is none.
func electionOf(kind int8) election {
	switch kind {
	case 0:
		return preferred
	case 1:
		return unclean
	}
	return online
}

func (c *clusterView) everyPartition() []kmsg.ElectLeadersRequestTopic {
	var out []kmsg.ElectLeadersRequestTopic
	for _, t := range c.image.Topics() {
		ask := kmsg.NewElectLeadersRequestTopic()
		ask.Topic = t.Name
		for _, p := range t.Partitions() {
			ask.Partitions = append(ask.Partitions, int32(p.Partition))
		}
		out = append(out, ask)
	}
	return out
}

func (c *clusterView) electOne(topic string, n int32, kind election, changed map[place]bool) (verdict,
	*metadata.PartitionChange) {
	if kind == online {
		return refused(kafka.InvalidRequest, "election types are 0 (preferred) and 1 (unclean)"), nil
	}
	t, p, v := c.partitionByName(topic, n)
	if v.code != kafka.None {
		return v, nil
	}
	at := place{t.ID, p.Partition}
	switch {
	case kind == preferred && len(p.Replicas) > 0 && p.Leader == p.Replicas[0], kind == unclean &&
		p.Leader != kafka.NoNode, changed[at]:
		return refused(kafka.ElectionNotNeeded, "the leader is %d already", p.Leader), nil
	}
	b := c.change(t, p)
	b.election = kind
	change := b.build()
	changed[at] = change != nil
	switch {
	case change != nil:
		return verdict{}, change
	case kind == preferred:
		return refused(kafka.PreferredLeaderNotAvailable, "the preferred leader is not in the ISR or not in service"), nil
	}
	return refused(kafka.EligibleLeadersNotAvailable, "no replica is in service"), nil
}

func (c *clusterView) partitionByName(topic string, n int32) (*metadata.Topic, *metadata.Partition, verdict) {
	t, ok := c.image.Topic(topic)
	if !ok {
		return nil, nil, refused(kafka.UnknownTopicOrPartition, "topic %q does not exist", topic)
	}
	p, ok := t.Partition(kafka.PartitionID(n))
	if !ok {
		return nil, nil, refused(kafka.UnknownTopicOrPartition, "partition %s-%d does not exist", topic, n)
	}
	return t, p, verdict{}
}
