package outcome

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/forward"
)

// Creations has topics created that clients name and that do not exist (auto.create.topics.enable), and the brokers'
// own.
type Creations struct {
	router   *forward.Router
	waits    *Waits
	clientID string
	own      func(*kmsg.CreateTopicsRequestTopic) // specifies a topic of the brokers' own
	names    map[string]bool                      // asked for by Metadata requests, and not ended
}

// NewCreations returns creations of which none is under way. own specifies a topic if it is one of the brokers' own;
// clientID is the one of the brokers' requests.
func NewCreations(r *forward.Router, w *Waits, clientID string, own func(*kmsg.CreateTopicsRequestTopic)) *Creations {
	return &Creations{router: r, waits: w, clientID: clientID, own: own, names: map[string]bool{}}
}

// Begin returns those of names whose creation is not under way, which it is from now on.
func (c *Creations) Begin(names []string) (fresh []string) {
	for _, name := range names {
		if c.names[name] {
			continue
		}
		c.names[name] = true
		fresh = append(fresh, name)
	}
	return fresh
}

// End notes that the creation of topics has ended.
func (c *Creations) End(names []string) {
	for _, name := range names {
		delete(c.names, name)
	}
}

// Create has the controller create topics, and calls then when they can be used or will not be there.
func (c *Creations) Create(now env.Now, names []string, then func(env.Now)) {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.Version = 5
	for _, name := range names {
		t := kmsg.NewCreateTopicsRequestTopic()
		t.Topic, t.NumPartitions, t.ReplicationFactor = name, -1, -1
		c.own(&t)
		req.Topics = append(req.Topics, t)
	}
	c.router.Decide(now, req, c.clientID, func(now env.Now, resp kmsg.Response) {
		c.waits.awaitImage(now, untilNone(resp.(*kmsg.CreateTopicsResponse).Topics, c.waits.missing), then)
	})
}
