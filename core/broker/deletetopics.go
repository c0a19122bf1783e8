package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// deleteTopics removes topics by name, or by id from version 6 on.
func (b *Broker) deleteTopics(now env.Now, s *slot, r *kmsg.DeleteTopicsRequest) {
	d := &topicDeletion{broker: b}
	for _, name := range r.TopicNames {
		d.topics = append(d.topics, &deadTopic{name: &name})
	}
	for _, t := range r.Topics {
		d.topics = append(d.topics, &deadTopic{name: t.Topic, id: t.TopicID})
	}
	d.then = func() { b.reply(s, d.response(r)) }
	if !b.config.Bool("delete.topic.enable") {
		code := wire.TopicDeletionDisabled
		if s.version < 3 { // which does not know that error
			code = wire.InvalidRequest
		}
		d.refuseAll(code, "delete.topic.enable is false")
		d.then()
		return
	}
	b.change(now, d)
}

// deadTopic is a topic to be removed, and how that ended.
type deadTopic struct {
	name  *string
	id    env.UUID
	code  wire.ErrorCode
	text  string
	again bool // it is listed before, and answered there
}

func (t *deadTopic) refuse(code wire.ErrorCode, format string, args ...any) {
	t.code, t.text = code, fmt.Sprintf(format, args...)
}

type topicDeletion struct {
	broker *Broker
	topics []*deadTopic
	then   func()
}

func (d *topicDeletion) decide(env.Now) []metadata.Record {
	d.refuseTwice()
	var records []metadata.Record
	by := map[env.UUID]*deadTopic{}
	for _, t := range d.topics {
		if t.code != wire.None || t.again {
			continue
		}
		if t.resolve(d.broker); t.code != wire.None {
			continue
		}
		if other := by[t.id]; other != nil { // named by its name and by its id
			t.refuse(wire.InvalidRequest, "the request names this topic by its name and by its id")
			other.refuse(wire.InvalidRequest, "the request names this topic by its name and by its id")
			continue
		}
		by[t.id] = t
	}
	for _, t := range d.topics {
		if t.code == wire.None && !t.again {
			records = append(records, &metadata.RemoveTopic{ID: t.id})
		}
	}
	return records
}

// refuseTwice refuses names and ids that are listed more than once; each is answered once.
func (d *topicDeletion) refuseTwice() {
	type key struct {
		name string
		id   env.UUID
	}
	first := map[key]*deadTopic{}
	for _, t := range d.topics {
		if (t.name != nil) == (t.id != env.UUID{}) {
			t.refuse(wire.InvalidRequest, "a topic is named by its name or by its id, one of the two")
			continue
		}
		k := key{id: t.id}
		if t.name != nil {
			k.name = *t.name
		}
		if other := first[k]; other != nil {
			t.again = true
			other.refuse(wire.InvalidRequest, "the request names this topic more than once")
			continue
		}
		first[k] = t
	}
}

// resolve finds the topic by whichever of name and id the request gave.
func (t *deadTopic) resolve(b *Broker) {
	var found *metadata.Topic
	if t.name != nil {
		if found, _ = b.image.Topic(*t.name); found == nil {
			t.refuse(wire.UnknownTopicOrPartition, "topic %q does not exist", *t.name)
			return
		}
	} else if found, _ = b.image.TopicByID(t.id); found == nil {
		t.refuse(wire.UnknownTopicID, "no topic has id %s", t.id)
		return
	}
	name := found.Name
	t.id, t.name = found.ID, &name
}

func (d *topicDeletion) refuseAll(code wire.ErrorCode, text string) {
	for _, t := range d.topics {
		if t.code == wire.None {
			t.refuse(code, "%s", text)
		}
	}
}

func (d *topicDeletion) applied(_ env.Now, code wire.ErrorCode) {
	if code != wire.None {
		d.refuseAll(code, "the removal could not be stored")
	}
	d.then()
}

func (d *topicDeletion) response(r *kmsg.DeleteTopicsRequest) kmsg.Response {
	resp := r.ResponseKind().(*kmsg.DeleteTopicsResponse)
	for _, t := range d.topics {
		if t.again {
			continue
		}
		out := kmsg.NewDeleteTopicsResponseTopic()
		out.Topic, out.TopicID, out.ErrorCode = t.name, t.id, int16(t.code)
		if t.code != wire.None {
			out.ErrorMessage = &t.text
		}
		resp.Topics = append(resp.Topics, out)
	}
	return resp
}
