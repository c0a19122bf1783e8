package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// from is how a slot's request came.
func (s *slot) from() describe.From {
	return describe.From{Listener: s.conn.listener, On: s.conn.on, Version: s.version}
}

// metadata describes the cluster, and has topics created that are asked for and do not exist: the client asks again until
// they do, as with Kafka.
func (b *Broker) metadata(now env.Now, s *slot, r *kmsg.MetadataRequest) {
	if refusal := describe.RefuseMetadata(s.version, r); refusal != nil {
		b.reply(s, refusal)
		return
	}
	r.Topics = describe.Distinct(r.Topics)
	missing := b.toCreate(s, r)
	if !describe.AllTopics(s.version, r) || !b.allInParts(now, s, r) {
		b.reply(s, b.cluster.Metadata(s.from(), r))
	}
	if missing = b.creating.Begin(missing); len(missing) > 0 {
		b.creating.Create(now, missing, func(env.Now) { b.creating.End(missing) })
	}
}

// allInParts answers with every topic over several Steps, where there are many partitions.
func (b *Broker) allInParts(now env.Now, s *slot, r *kmsg.MetadataRequest) bool {
	left := b.cluster.Image.Topics()
	if n, _ := topicsOfPart(left); n == len(left) {
		return false
	}
	return b.inParts(now, s, 0, func() func(env.Now) {
		n, units := topicsOfPart(left)
		if n == 0 {
			return nil
		}
		topics := left[:n]
		left = left[n:]
		return func(env.Now) {
			b.work.units += units
			b.reply(s, b.cluster.MetadataOf(s.from(), r, topics))
		}
	})
}

// topicsOfPart is how many of the topics make one part of an answer, and what they cost.
func topicsOfPart(topics []*metadata.Topic) (n, units int) {
	for ; n < len(topics) && units < partElements; n++ {
		units += 1 + len(topics[n].Partitions())
	}
	return n, units
}

// autoCreateMax is how many topics a request may name for any of them to be created: above it the controller refuses to
// create them in one request, as in Kafka.
const autoCreateMax = 10_000

// toCreate lists the topics that the request would have created.
func (b *Broker) toCreate(s *slot, r *kmsg.MetadataRequest) []string {
	if s.version >= 4 && !r.AllowAutoTopicCreation || !b.config.Bool("auto.create.topics.enable") || s.parts != nil && s.parts.elements > autoCreateMax {
		return nil
	}
	return b.cluster.Missing(r)
}

func (b *Broker) describeLogDirs(s *slot, r *kmsg.DescribeLogDirsRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeLogDirsResponse)
	dir, t := b.cluster.LogDirs(r, b.logDir()), s.ticket
	b.dir.Space(func(_ env.Now, space env.Space, ok bool) {
		if ok {
			dir.TotalBytes, dir.UsableBytes = space.Total, space.Usable
		}
		resp.Dirs = append(resp.Dirs, dir)
		b.replyTo(t, resp)
	})
}

func (b *Broker) logDir() string {
	if dirs := b.config.LogDirs(); len(dirs) > 0 {
		return dirs[0]
	}
	return "."
}

func (b *Broker) describeProducers(s *slot, r *kmsg.DescribeProducersRequest) {
	b.reply(s, describe.Producers(r, s.listed(), func(tp env.TopicPartition) ([]seglog.ProducerState, wire.ErrorCode) {
		p, code := b.logs.led(tp)
		if code != wire.None {
			return nil, code
		}
		return p.log.Producers(), code
	}))
}

func (b *Broker) describeConfigs(s *slot, r *kmsg.DescribeConfigsRequest) {
	described := s.listed()
	before := *described
	resp := describe.Configs{Cluster: &b.cluster, Broker: b.config, Topic: b.topicConfig, Loggers: &b.loggers}.Describe(r, described)
	b.work.units += *described - before
	b.reply(s, resp)
}

// findCoordinator answers once __consumer_offsets is there. Kafka has the client ask again while that is being created; here
// the response waits for it.
func (b *Broker) findCoordinator(now env.Now, s *slot, r *kmsg.FindCoordinatorRequest) {
	keys := describe.CoordinatorKeys(s.version, r)
	if r.CoordinatorType == describe.GroupKey && len(keys) > 0 && !b.cluster.HasTopic(offsetsTopic) {
		t := s.ticket
		b.creating.Create(now, []string{offsetsTopic}, func(env.Now) {
			if s := b.slots.find(t); s != nil {
				b.answerCoordinator(s, r)
			}
		})
		return
	}
	b.answerCoordinator(s, r)
}

func (b *Broker) answerCoordinator(s *slot, r *kmsg.FindCoordinatorRequest) {
	if r.CoordinatorType != describe.GroupKey {
		b.notServed(s, fmt.Sprintf("coordinators of type %d, of %d keys", r.CoordinatorType, len(describe.CoordinatorKeys(s.version, r))))
	}
	b.reply(s, b.cluster.Coordinators(s.from(), r, func(group string) env.TopicPartition {
		return env.TopicPartition{Topic: offsetsTopic, Partition: b.coordinators.set.Of(offsetsTopic).PartitionFor(group)}
	}))
}
