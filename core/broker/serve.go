package broker

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/metalog"
	"gregor/core/wire"
)

// The bounds of one request (package inbox states those of a step):
//
//   - A request with more than partElements elements whose response is a list is answered in parts, at most a few in
//     one step: Metadata, ListOffsets, OffsetFetch, FindCoordinator, DescribeGroups and others ([wire.Split]).
//   - Any other request is handled at once, with at most wholeMax elements. What is larger is refused (refuseLarge).
const (
	partElements = 1000
	// wholeMax bounds the elements of a request that is handled at once. Kafka lets one request change 10,000 things
	// (MAX_RECORDS_PER_USER_OP), which with what each of them holds is the largest that a client has a reason to send.
	wholeMax = 20_000
)

// server is the broker as its inbox sees it.
type server Broker

// Admits reports whether the node handles the request by now: clients wait until the broker has started, requests of
// other nodes do not.
func (s *server) Admits(r *wire.Request) bool {
	return s.phase == serving || s.phase == booting && betweenNodes(r)
}

// betweenNodes reports whether a request is one of the quorum's or the controller's that brokers and controllers send
// each other.
func betweenNodes(r *wire.Request) bool {
	if r.Fetch != nil {
		return metalog.IsFetch(r.Fetch)
	}
	api := wire.Lookup(r.Key)
	return api != nil && api.On == wire.OnController
}

// ConnectionLost has the controller look for a broker whose heartbeats came over the connection.
func (s *server) ConnectionLost(now env.Now, h inbox.Heartbeats) {
	s.control.ConnectionLost(now, h.Broker, h.Epoch)
}

// Serve handles a request, or refuses it.
func (s *server) Serve(now env.Now, q *inbox.Request, r *wire.Request) {
	b := (*Broker)(s)
	switch {
	case r.Key == kmsg.ApiVersions.Int16(): // answered in any version
		b.handlers[r.Key](now, q, r)
	case r.Unsupported:
		b.turnAway(q, r, "the version is outside what ApiVersions lists")
	case wire.Lookup(r.Key).On&q.Conn().Serves() == 0 || r.Fetch != nil && !takes(q.Conn(), r.Fetch):
		b.turnAway(q, r, "it is not served on this listener")
	case b.splits(now, q, r):
	case r.Elements() > b.largest(r):
		b.refuseLarge(q, r)
	default:
		b.inbox.Work().Add(1 + r.Elements())
		b.handlers[r.Key](now, q, r)
	}
}

// takes reports whether a Fetch is served on a connection: the quorum's where the controller is, any other where the
// broker is.
func takes(c *inbox.Conn, f *wire.Fetch) bool {
	if metalog.IsFetch(f) {
		return c.Serves()&wire.OnController != 0
	}
	return c.Serves()&wire.OnBroker != 0
}

// splits begins a large request in parts, and reports false if it is to be handled at once.
func (b *Broker) splits(now env.Now, q *inbox.Request, r *wire.Request) bool {
	if r.Body == nil || r.Elements() <= partElements {
		return false
	}
	next := wire.Split(r.Body, partElements)
	if next == nil {
		return false
	}
	key := r.Key
	return q.InParts(now, r.Elements(), func() func(env.Now) {
		body := next()
		if body == nil {
			return nil
		}
		return func(now env.Now) {
			b.inbox.Work().Add(partElements)
			b.handlers[key](now, q, &wire.Request{Key: key, Body: body})
		}
	})
}

// Work returns the units of the last Step, and how many it may have at most. It implements [env.Metered].
func (b *Broker) Work() (units, most int) {
	return b.inbox.Work().Units(), inbox.StepUnits + 4*(wholeMax+len(b.logs.byName))
}

// turnAway closes the connection of a request that cannot be answered, as Kafka does.
func (b *Broker) turnAway(q *inbox.Request, r *wire.Request, why string) {
	b.notServed(q, r.String()+" ("+why+")")
	q.HangUp(kafka.UnsupportedVersion, r.String()+": "+why)
}

// notServed logs that a client asks for what this broker does not serve.
func (b *Broker) notServed(q *inbox.Request, what string) {
	peer := q.Conn().Peer()
	b.log.Note(env.Warn, aboutPeer(peer), "client %q at %s asks for what is not served: %s", q.ClientID(), peer, what)
}

// aboutPeer is what lines are about that a peer causes: its host, as each of its connections has another port.
func aboutPeer(peer string) string {
	if i := strings.LastIndexByte(peer, ':'); i >= 0 {
		peer = peer[:i]
	}
	return "peer " + peer
}
