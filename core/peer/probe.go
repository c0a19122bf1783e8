package peer

import (
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Suspects is the active controller, for which brokers are probed.
type Suspects interface {
	// Address is where a broker listens, and how long it may take to answer.
	Address(id kafka.NodeID) (addr string, timeout time.Duration)
	// Asks reports whether the result is still of use: the node is still the active controller.
	Asks() bool
	// Refused handles that the broker's machine refuses the connection: its process has ended.
	Refused(now env.Now, id kafka.NodeID, epoch kafka.BrokerEpoch)
}

// Prober finds out whether brokers still listen, each time by a dial: an old connection only proves that the other end
// was there once.
type Prober struct {
	pool *Pool
	of   Suspects
}

// NewProber returns a prober that dials with the pool.
func NewProber(p *Pool, of Suspects) *Prober { return &Prober{p, of} }

// probe is the dials to one broker.
type probe struct {
	prober *Prober
	broker kafka.NodeID
	epoch  kafka.BrokerEpoch
	again  alarm.Alarm
	times  int
}

// A process that ends closes its sockets one after the other: its listener may still be there when the first connection
// is gone. So a probe that ends with neither a response nor a refusal is repeated.
const (
	probePause = 30 * time.Millisecond
	probesMax  = 3
)

// Probe finds out whether a broker still listens. One whose machine refuses the connection is gone; no answer proves
// nothing.
func (r *Prober) Probe(now env.Now, id kafka.NodeID, epoch kafka.BrokerEpoch) {
	p := &probe{prober: r, broker: id, epoch: epoch}
	p.again = alarm.For(p)
	p.send(now)
}

// Wake repeats the probe.
func (p *probe) Wake(now env.Now) { p.send(now) }

func (p *probe) send(now env.Now) {
	p.times++
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version, req.ClientSoftwareName, req.ClientSoftwareVersion = 3, "gregor", "1"
	addr, timeout := p.prober.of.Address(p.broker)
	p.prober.pool.Send(now, p.key(), addr, req, timeout, p.ended)
}

func (p *probe) key() Key { return Key{p.broker, probeLane} }

func (p *probe) ended(now env.Now, r Result) {
	pool, of := p.prober.pool, p.prober.of
	r.Buffer.Release()
	pool.Leave(p.key())
	switch {
	case !of.Asks() || r.Err == nil:
	case errors.Is(r.Err, env.ErrRefused):
		of.Refused(now, p.broker, p.epoch)
	case p.times < probesMax:
		pool.alarms.Set(&p.again, now.Mono.Add(probePause))
	}
}
