package broker

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/peer"
)

// hurry sends the broker's next heartbeat at once: something has changed that the controller waits for.
func (b *Broker) hurry(now env.Now) {
	if b.roles.broker {
		b.registration.Hurry(now)
	}
}

// registrant is the broker as its registration sees it.
type registrant Broker

// Ask sends a request to the active controller.
func (r *registrant) Ask(now env.Now, req kmsg.Request, timeout time.Duration,
	then func(env.Now, kmsg.Response, error)) {
	r.router.Ask(now, req, timeout, then)
}

// Progress is how far the broker has come: it is unfenced when it has caught up and opened its logs.
func (r *registrant) Progress() (applied kafka.Offset, loaded bool) {
	return r.metalog.Applied(), r.placed.Loaded()
}

// Registered acts on the metadata from now on, if it has been read so far.
func (r *registrant) Registered(now env.Now) {
	again := r.replicas.Config.Epoch != 0
	r.replicas.Config.Epoch = r.registration.Epoch()
	r.world.Emit(env.Registered{Node: r.id, Epoch: r.replicas.Config.Epoch, Again: again})
	(*Broker)(r).published(now)
}

// Unfenced begins to serve.
func (r *registrant) Unfenced(now env.Now) {
	if r.phase == booting {
		(*Broker)(r).serve(now)
	}
}

// Left stops.
func (r *registrant) Left(now env.Now) { (*Broker)(r).stopServing(now) }

// GiveUp ends the broker.
func (r *registrant) GiveUp(format string, args ...any) { (*Broker)(r).giveUp(format, args...) }

// replicated is the broker as its replicas see it.
type replicated Broker

// Address is where other brokers reach a registered broker.
func (u *replicated) Address(id kafka.NodeID) string {
	r, ok := u.cluster.Image.Broker(id)
	if !ok {
		return ""
	}
	if e, ok := u.endpoints.Peer(r); ok {
		return peer.Address(e.Host, int32(e.Port))
	}
	return ""
}

// AskController sends a request to the active controller.
func (u *replicated) AskController(now env.Now, req *kmsg.AlterPartitionRequest,
	then func(env.Now, kmsg.Response, error)) {
	u.router.Ask(now, req, u.config.Millis("broker.session.timeout.ms"), then)
}

// ImageEnd is the end of the metadata that has been applied.
func (u *replicated) ImageEnd() kafka.Offset { return u.metalog.Applied() }
