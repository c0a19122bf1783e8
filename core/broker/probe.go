package broker

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
)

// probe is the question whether anybody listens where a broker should be. It is a dial, each time: an old connection
// says no more than that the other end was there once.
type probe struct {
	broker *Broker
	of     env.NodeID
	epoch  env.BrokerEpoch
	again  alarm.Alarm
	times  int
}

// A dying process closes its sockets one after the other: its listener may still be there when the first is gone. So a
// probe that ends with neither an answer nor a refusal is made once more.
const (
	probeAgain = 30 * time.Millisecond
	probesMax  = 3
)

// probe looks whether a broker still listens. One whose machine refuses the connection is gone; no answer proves nothing. Of
// itself a node need not ask: whatever connection ended after a heartbeat in its name was another's.
func (b *Broker) probe(id env.NodeID, epoch env.BrokerEpoch) {
	if id == b.id {
		return
	}
	p := &probe{broker: b, of: id, epoch: epoch}
	p.again = alarm.For(p)
	p.send()
}

// wake makes the probe again.
func (p *probe) Wake(env.Now) { p.send() }

func (p *probe) send() {
	b := p.broker
	p.times++
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version, req.ClientSoftwareName, req.ClientSoftwareVersion = 3, "gregor", "1"
	b.peers.send(peerKey{p.of, probeLane}, b.brokerAddress(p.of), req, b.sessionTimeout(), p.ended)
}

func (p *probe) ended(now env.Now, a peerAnswer) {
	b := p.broker
	a.buffer.Release()
	b.peers.leave(peerKey{p.of, probeLane})
	switch {
	case !b.control.leads() || a.err == nil:
	case refused(a.err):
		b.control.lost(now, p.of, p.epoch)
	case p.times < probesMax:
		b.deadlines.Set(&p.again, now.Mono.Add(probeAgain))
	}
}
