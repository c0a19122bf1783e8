// Package forward brings requests to the active controller, wherever it is: on this node, which decides, or on another
// one, to which a connection is dialed.
//
// A node's own requests ([Router.Ask]) are sent once; the caller repeats them. A client's request ([Router.Decide])
// travels in an Envelope and is repeated until a controller decides it, or for 15 seconds; a request that was decided
// and whose response was lost is decided again. Each continuation is called once.
//
// The package does not decide or authorize, and does not wait for the outcome to reach this node's image.
package forward

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/peer"
	"gregor/core/wire"
)

// errNoController is that no leader of the quorum is known.
var errNoController = errors.New("no controller is known")

// Active is the controller of this node.
type Active interface {
	Leads() bool
	Ask(now env.Now, req kmsg.Request, answer func(env.Now, kmsg.Response))
}

// Quorum knows where the active controller is, and answers what is about itself.
type Quorum interface {
	Leader() kafka.NodeID
	Address(id kafka.NodeID) (string, bool)
	Ask(now env.Now, req kmsg.Request, then func(env.Now, kmsg.Response))
}

// Router brings requests of one node to the active controller.
type Router struct {
	self    kafka.NodeID
	active  Active
	quorum  Quorum
	peers   *peer.Pool
	alarms  *alarm.Heap
	timeout time.Duration // request.timeout.ms
	serving func() bool   // a node that stops repeats nothing
}

// New returns the router of a node.
func New(self kafka.NodeID, active Active, quorum Quorum, peers *peer.Pool, alarms *alarm.Heap, timeout time.Duration,
	serving func() bool) *Router {
	return &Router{self, active, quorum, peers, alarms, timeout, serving}
}

// Ask sends a request of the node's own to the active controller, or asks it where that is this node. then is called
// once.
func (r *Router) Ask(now env.Now, req kmsg.Request, timeout time.Duration, then func(env.Now, kmsg.Response, error)) {
	if r.active.Leads() {
		r.active.Ask(now, req, func(now env.Now, resp kmsg.Response) { then(now, resp, nil) })
		return
	}
	r.send(now, peer.ControlLane, req, timeout, then)
}

// send sends a request to the controller, another node.
func (r *Router) send(now env.Now, l peer.Lane, req kmsg.Request, timeout time.Duration,
	then func(env.Now, kmsg.Response, error)) {
	leader := r.quorum.Leader()
	addr, ok := r.quorum.Address(leader)
	if !ok || leader == r.self {
		r.peers.Fail(errNoController, func(now env.Now, a peer.Result) { then(now, nil, a.Err) })
		return
	}
	r.peers.Send(now, peer.Key{Node: leader, Lane: l}, addr, req, timeout, func(now env.Now, a peer.Result) {
		then(now, a.Response, a.Err)
		a.Buffer.Release()
	})
}

// forward is a client's request on its way to the controller.
type forward struct {
	router *Router
	req    kmsg.Request
	client string
	then   func(env.Now, kmsg.Response)
	until  env.Instant
	alarm  alarm.Alarm // of the next try
}

// How long a request is tried, and the pause between tries.
const (
	forwardMax   = 15 * time.Second
	forwardPause = 50 * time.Millisecond
)

// Decide has the controller decide a request, wherever it is. client is the client id of its sender.
func (r *Router) Decide(now env.Now, req kmsg.Request, client string, then func(env.Now, kmsg.Response)) {
	f := &forward{router: r, req: req, client: client, then: then, until: now.Mono.Add(forwardMax)}
	f.alarm = alarm.For(f)
	f.Wake(now)
}

// Wake tries once.
func (f *forward) Wake(now env.Now) {
	r := f.router
	if r.active.Leads() {
		r.here(now, f.req, f.then)
		return
	}
	envelope := kmsg.NewPtrEnvelopeRequest()
	envelope.RequestData = wire.AppendBare(nil, f.req, 0, f.client)
	envelope.ClientHostAddress = []byte{127, 0, 0, 1}
	r.send(now, peer.ForwardLane, envelope, r.timeout, f.answered)
}

func (f *forward) answered(now env.Now, resp kmsg.Response, err error) {
	if e, ok := resp.(*kmsg.EnvelopeResponse); ok && err == nil {
		switch code := kafka.ErrorCode(e.ErrorCode); code {
		case kafka.None:
			if inner, err := wire.DecodeBareResponse(e.ResponseData, f.req.Key(), f.req.GetVersion()); err == nil {
				f.then(now, inner)
				return
			}
		case kafka.NotController:
		default:
			f.then(now, wire.Refuse(f.req, code))
			return
		}
	}
	if now.Mono >= f.until || !f.router.serving() {
		f.then(now, wire.Refuse(f.req, kafka.RequestTimedOut))
		return
	}
	f.router.alarms.Set(&f.alarm, now.Mono.Add(forwardPause))
}

// here answers a forwardable request on the active controller: by a decision, or from the quorum's state.
func (r *Router) here(now env.Now, req kmsg.Request, then func(env.Now, kmsg.Response)) {
	if controller.Decides(req) {
		r.active.Ask(now, req, then)
		return
	}
	r.quorum.Ask(now, req, then)
}

// Open answers a request that another broker forwards. elements bounds what is in it.
func (r *Router) Open(now env.Now, e *kmsg.EnvelopeRequest, elements int, then func(kmsg.Response)) {
	resp := e.ResponseKind().(*kmsg.EnvelopeResponse)
	inner, err := wire.DecodeEnvelope(e.RequestData, wire.Limits{Elements: elements})
	switch {
	case !r.active.Leads():
		resp.ErrorCode = int16(kafka.NotController)
	case err != nil || inner.Body == nil:
		resp.ErrorCode = int16(kafka.InvalidRequest)
	default:
		r.here(now, inner.Body, func(_ env.Now, answer kmsg.Response) {
			answer.SetVersion(inner.Version)
			resp.ResponseData = wire.AppendBareResponse(nil, inner.CorrelationID, answer)
			then(resp)
		})
		return
	}
	then(resp)
}
