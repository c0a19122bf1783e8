package broker

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/metalog"
	"gregor/core/peer"
	"gregor/core/wire"
)

// errNoController is that no leader of the quorum is known.
var errNoController = errors.New("no controller is known")

// toController sends a request of this broker's own to the active controller, or asks it where that is this node.
// then comes once.
func (b *Broker) toController(now env.Now, req kmsg.Request, timeout time.Duration, then func(env.Now, kmsg.Response, error)) {
	if b.control.Leads() {
		b.control.Ask(now, req, func(now env.Now, r kmsg.Response) { then(now, r, nil) })
		return
	}
	b.overToController(peer.ControlLane, req, timeout, then)
}

// overToController sends a request to the controller, another node.
func (b *Broker) overToController(l peer.Lane, req kmsg.Request, timeout time.Duration, then func(env.Now, kmsg.Response, error)) {
	leader := b.metalog.Leader()
	addr, ok := b.metalog.Address(leader)
	if !ok || leader == b.id {
		b.peers.Fail(errNoController, func(now env.Now, a peer.Result) { then(now, nil, a.Err) })
		return
	}
	b.peers.Send(b.now, peer.Key{Node: leader, Lane: l}, addr, req, timeout, func(now env.Now, a peer.Result) {
		then(now, a.Response, a.Err)
		a.Buffer.Release()
	})
}

// forward is a client's request on its way to the controller. It is tried until somebody decides it, or until the
// time is over that a client waits.
type forward struct {
	broker *Broker
	req    kmsg.Request
	client string
	then   func(env.Now, kmsg.Response)
	until  env.Instant
	alarm  alarm.Alarm // of the next try
}

// The times of forwarding: how long it is tried, and the pause between tries.
const (
	forwardMax   = 15 * time.Second
	forwardRetry = 50 * time.Millisecond
)

// decide has the controller decide a request of a client's, and answers when this node has read of what came of it.
func (b *Broker) decide(now env.Now, s *slot, req kmsg.Request) {
	t := s.ticket
	b.decided(now, req, s.clientID, func(now env.Now, resp kmsg.Response) {
		b.awaitOutcome(now, req, resp, func(env.Now) { b.replyTo(t, resp) })
	})
}

// replyTo answers the slot of a ticket, if somebody still waits there.
func (b *Broker) replyTo(t ticket, resp kmsg.Response) {
	if s := b.slots.find(t); s != nil {
		b.reply(s, resp)
	}
}

// decided has the controller decide a request, wherever it is.
func (b *Broker) decided(now env.Now, req kmsg.Request, client string, then func(env.Now, kmsg.Response)) {
	f := &forward{broker: b, req: req, client: client, then: then, until: now.Mono.Add(forwardMax)}
	f.alarm = alarm.For(f)
	f.try(now)
}

func (f *forward) Wake(now env.Now) { f.try(now) }

func (f *forward) try(now env.Now) {
	b := f.broker
	if b.control.Leads() {
		b.askHere(now, f.req, f.then)
		return
	}
	envelope := kmsg.NewPtrEnvelopeRequest()
	envelope.RequestData = wire.AppendBare(nil, f.req, 0, f.client)
	envelope.ClientHostAddress = []byte{127, 0, 0, 1}
	b.overToController(peer.ForwardLane, envelope, b.config.Millis("request.timeout.ms"), f.answered)
}

func (f *forward) answered(now env.Now, r kmsg.Response, err error) {
	if resp, ok := r.(*kmsg.EnvelopeResponse); ok && err == nil {
		switch code := wire.ErrorCode(resp.ErrorCode); code {
		case wire.None:
			if inner, err := wire.DecodeBareResponse(resp.ResponseData, f.req.Key(), f.req.GetVersion()); err == nil {
				f.then(now, inner)
				return
			}
		case wire.NotController:
		default:
			f.then(now, refuse(f.req, code))
			return
		}
	}
	if now.Mono >= f.until || f.broker.phase != serving {
		f.then(now, refuse(f.req, wire.RequestTimedOut))
		return
	}
	f.broker.deadlines.Set(&f.alarm, now.Mono.Add(forwardRetry))
}

// refuse answers a request that the controller would have answered.
func refuse(req kmsg.Request, code wire.ErrorCode) kmsg.Response {
	if controller.Decides(req) {
		return controller.Refuse(req, code)
	}
	return metalog.Refuse(req, code)
}

// askHere answers a forwardable request on the active controller: by a decision, or from the quorum's state.
func (b *Broker) askHere(now env.Now, req kmsg.Request, then func(env.Now, kmsg.Response)) {
	if controller.Decides(req) {
		b.control.Ask(now, req, then)
		return
	}
	b.metalog.Ask(now, req, then)
}

// envelope serves a request that another broker forwards.
func (b *Broker) envelope(now env.Now, s *slot, r *kmsg.EnvelopeRequest) {
	resp := r.ResponseKind().(*kmsg.EnvelopeResponse)
	t := s.ticket
	inner, err := wire.DecodeEnvelope(r.RequestData, wire.Limits{Elements: wholeMax})
	switch {
	case !b.control.Leads():
		resp.ErrorCode = int16(wire.NotController)
	case err != nil || inner.Body == nil:
		resp.ErrorCode = int16(wire.InvalidRequest)
	default:
		b.askHere(now, inner.Body, func(_ env.Now, answer kmsg.Response) {
			answer.SetVersion(inner.Version)
			resp.ResponseData = wire.AppendBareResponse(nil, inner.CorrelationID, answer)
			b.replyTo(t, resp)
		})
		return
	}
	b.reply(s, resp)
}
