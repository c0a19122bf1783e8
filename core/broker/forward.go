package broker

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/replica"
)

// decide has the controller decide a request of a client's, and answers when this node has read of what came of it.
func (b *Broker) decide(now env.Now, q *inbox.Request, req kmsg.Request) {
	t := q.Ticket()
	b.router.Decide(now, req, q.ClientID(), func(now env.Now, resp kmsg.Response) {
		b.awaitOutcome(now, req, resp, func(env.Now) { b.replyTo(t, resp) })
	})
}

// awaitOutcome calls then when a client of this node finds what the response reports: at once, where it is only a
// controller.
func (b *Broker) awaitOutcome(now env.Now, req kmsg.Request, resp kmsg.Response, then func(env.Now)) {
	if !b.roles.broker {
		then(now)
		return
	}
	b.outcomes.AwaitOutcome(now, req, resp, then)
}

// replyTo answers the request of a ticket, if it still waits.
func (b *Broker) replyTo(t inbox.Ticket, resp kmsg.Response) {
	if q := b.inbox.Find(t); q != nil {
		q.Reply(resp)
	}
}

// envelope answers a request that another broker forwards.
func (b *Broker) envelope(now env.Now, q *inbox.Request, r *kmsg.EnvelopeRequest) {
	t := q.Ticket()
	b.router.Open(now, r, wholeMax, func(resp kmsg.Response) { b.replyTo(t, resp) })
}

// outcomeLocal is the broker as responses that are kept back see it.
type outcomeLocal Broker

// Leads reports whether the broker leads a partition by now, or never will because its disk has failed.
func (l *outcomeLocal) Leads(tp kafka.TopicPartition) bool {
	p := l.logs.byName[tp]
	return p != nil && (p.replica.Role() == replica.Leading || p.fenced)
}

// Forgetting reports whether checkpoints still have to forget a partition that was dropped.
func (l *outcomeLocal) Forgetting() bool { return l.placed.Forgetting() }
