package controller

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
)

// deadTopic is a topic to be removed, and how that ended.
type deadTopic struct {
	name  *string
	id    kafka.UUID
	again bool // it is listed before, and answered there
	verdict
}

// deleteTopics removes topics by name, or by id from version 6 on.
func (c *Controller) deleteTopics(r *kmsg.DeleteTopicsRequest) Decision {
	var topics []*deadTopic
	for _, name := range r.TopicNames {
		topics = append(topics, &deadTopic{name: &name})
	}
	for _, t := range r.Topics {
		topics = append(topics, &deadTopic{name: t.Topic, id: t.TopicID})
	}
	var records []metadata.Record
	if c.view.cfg.Defaults.Bool("delete.topic.enable") {
		records = c.view.removals(topics)
	} else {
		code := kafka.TopicDeletionDisabled
		if r.Version < 3 { // which does not know that error
			code = kafka.InvalidRequest
		}
		refuseAll(topics, refused(code, "delete.topic.enable is false"))
	}
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response {
		if code != kafka.None {
			refuseAll(topics, refused(code, "the removal could not be stored"))
		}
		return topicsGone(r, topics)
	})
}

func refuseAll(topics []*deadTopic, v verdict) {
	for _, t := range topics {
		if t.code == kafka.None {
			t.verdict = v
		}
	}
}

func (c *clusterView) removals(topics []*deadTopic) []metadata.Record {
	refuseTwice(topics)
	by := map[kafka.UUID]*deadTopic{}
	for _, t := range topics {
		if t.code != kafka.None || t.again {
			continue
		}
		if t.verdict = c.resolve(t); t.code != kafka.None {
			continue
		}
		if other := by[t.id]; other != nil { // named by its name and by its id
			t.verdict = refused(kafka.InvalidRequest, "the request names this topic by its name and by its id")
			other.verdict = t.verdict
			continue
		}
		by[t.id] = t
	}
	var records []metadata.Record
	for _, t := range topics {
		if t.code == kafka.None && !t.again {
			records = append(records, &metadata.RemoveTopic{ID: t.id})
		}
	}
	return records
}

// refuseTwice refuses names and ids that are listed more than once; each is answered once.
func refuseTwice(topics []*deadTopic) {
	type key struct {
		name string
		id   kafka.UUID
	}
	first := map[key]*deadTopic{}
	for _, t := range topics {
		if (t.name != nil) == (t.id != kafka.UUID{}) {
			t.verdict = refused(kafka.InvalidRequest, "a topic is named by its name or by its id, one of the two")
			continue
		}
		k := key{id: t.id}
		if t.name != nil {
			k.name = *t.name
		}
		if other := first[k]; other != nil {
			t.again = true
			other.verdict = refused(kafka.InvalidRequest, "the request names this topic more than once")
			continue
		}
		first[k] = t
	}
}

// resolve finds the topic by whichever of name and id the request gave.
func (c *clusterView) resolve(t *deadTopic) verdict {
	var found *metadata.Topic
	if t.name != nil {
		if found, _ = c.image.Topic(*t.name); found == nil {
			return refused(kafka.UnknownTopicOrPartition, "topic %q does not exist", *t.name)
		}
	} else if found, _ = c.image.TopicByID(t.id); found == nil {
		return refused(kafka.UnknownTopicID, "no topic has id %s", t.id)
	}
	name := found.Name
	t.id, t.name = found.ID, &name
	return verdict{}
}

func topicsGone(r *kmsg.DeleteTopicsRequest, topics []*deadTopic) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.DeleteTopicsResponse)
	for _, t := range topics {
		if t.again {
			continue
		}
		out := kmsg.NewDeleteTopicsResponseTopic()
		out.Topic, out.TopicID, out.ErrorCode, out.ErrorMessage = t.name, t.id, int16(t.code), t.message()
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}
