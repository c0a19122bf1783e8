package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/seglog"
)

// from is how a request came.
func from(q *inbox.Request) describe.From {
	return describe.From{Listener: q.Conn().Listener(), On: q.Conn().Serves(), Version: q.Version()}
}

// metadata describes the cluster, and has topics created that are asked for and do not exist: the client asks again
// until they do, as with Kafka.
func (b *Broker) metadata(now env.Now, q *inbox.Request, r *kmsg.MetadataRequest) {
	if refusal := describe.RefuseMetadata(q.Version(), r); refusal != nil {
		q.Reply(refusal)
		return
	}
	r.Topics = describe.Distinct(r.Topics)
	missing := b.toCreate(q, r)
	if !describe.AllTopics(q.Version(), r) || !b.allInParts(now, q, r) {
		q.Reply(b.cluster.Metadata(from(q), r))
	}
	if missing = b.creating.Begin(missing); len(missing) > 0 {
		b.creating.Create(now, missing, func(env.Now) { b.creating.End(missing) })
	}
}

// allInParts answers with every topic over several Steps, where there are many partitions.
func (b *Broker) allInParts(now env.Now, q *inbox.Request, r *kmsg.MetadataRequest) bool {
	left := b.cluster.Image.Topics()
	if n, _ := topicsOfPart(left); n == len(left) {
		return false
	}
	return q.InParts(now, 0, func() func(env.Now) {
		n, units := topicsOfPart(left)
		if n == 0 {
			return nil
		}
		topics := left[:n]
		left = left[n:]
		return func(env.Now) {
			b.inbox.Work().Add(units)
			q.Reply(b.cluster.MetadataOf(from(q), r, topics))
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
func (b *Broker) toCreate(q *inbox.Request, r *kmsg.MetadataRequest) []string {
	if q.Version() >= 4 && !r.AllowAutoTopicCreation || !b.config.Bool("auto.create.topics.enable") ||
		q.Elements() > autoCreateMax {
		return nil
	}
	return b.cluster.Missing(r)
}

func (b *Broker) describeLogDirs(_ env.Now, q *inbox.Request, r *kmsg.DescribeLogDirsRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeLogDirsResponse)
	dir, t := b.cluster.LogDirs(r, b.logDir()), q.Ticket()
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

func (b *Broker) describeProducers(_ env.Now, q *inbox.Request, r *kmsg.DescribeProducersRequest) {
	q.Reply(describe.Producers(r, q.Listed(), func(tp kafka.TopicPartition) ([]seglog.ProducerState, kafka.ErrorCode) {
		p, code := b.logs.led(tp)
		if code != kafka.None {
			return nil, code
		}
		return p.log.Producers(), code
	}))
}

func (b *Broker) describeConfigs(_ env.Now, q *inbox.Request, r *kmsg.DescribeConfigsRequest) {
	described := q.Listed()
	before := *described
	resp := describe.Configs{Cluster: &b.cluster, Broker: b.config, Topic: b.topicConfig, Loggers: &b.loggers}.Describe(r,
		described)
	b.inbox.Work().Add(*described - before)
	q.Reply(resp)
}

// findCoordinator answers once the internal topic is there. Kafka has the client ask again while that is being created;
// here the response waits for it.
func (b *Broker) findCoordinator(now env.Now, q *inbox.Request, r *kmsg.FindCoordinatorRequest) {
	keys := describe.CoordinatorKeys(q.Version(), r)
	topic, ok := coordinatedBy(r.CoordinatorType)
	if ok && len(keys) > 0 && !b.cluster.HasTopic(topic.name) {
		t := q.Ticket()
		b.creating.Create(now, []string{topic.name}, func(env.Now) {
			if q := b.inbox.Find(t); q != nil {
				q.Reply(b.cluster.Coordinators(from(q), r, b.homeOf))
			}
		})
		return
	}
	if !ok {
		b.notServed(q, fmt.Sprintf("coordinators of type %d, of %d keys", r.CoordinatorType, len(keys)))
	}
	q.Reply(b.cluster.Coordinators(from(q), r, b.homeOf))
}
