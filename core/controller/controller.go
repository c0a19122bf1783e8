package controller

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/must"
	"gregor/core/wire"
)

// Config is the configuration of a controller.
type Config struct {
	Node           kafka.NodeID
	ClusterID      string
	SessionTimeout time.Duration // broker.session.timeout.ms
	BalanceEvery   time.Duration // leader.imbalance.check.interval.seconds; 0: leaders stay where they are
	UncleanEvery   time.Duration // unclean.leader.election.interval.ms; 0: only when a broker comes or goes
	Defaults       *config.Broker
	Features       []metadata.SupportedFeature // what this node can live with
	Bootstrap      []metadata.FeatureLevel     // what a new cluster begins with
}

// DefaultConfig reads a node's configuration, and begins new clusters as Kafka 4.1 and later do.
func DefaultConfig(node kafka.NodeID, clusterID string, b *config.Broker) Config {
	c := Config{Node: node, ClusterID: clusterID, Defaults: b,
		SessionTimeout: b.Millis("broker.session.timeout.ms"), UncleanEvery: b.Millis("unclean.leader.election.interval.ms"),
		Features:  []metadata.SupportedFeature{{Name: metadataVersion, Min: 7, Max: 33}, {Name: elrVersion, Min: 0, Max: 1}},
		Bootstrap: []metadata.FeatureLevel{{Name: metadataVersion, Level: 33}, {Name: elrVersion, Level: 1}}}
	if b.Bool("auto.leader.rebalance.enable") {
		c.BalanceEvery = time.Duration(b.Long("leader.imbalance.check.interval.seconds")) * time.Second
	}
	return c
}

// The features decisions depend on.
const (
	metadataVersion = "metadata.version"
	elrVersion      = "eligible.leader.replicas.version"
)

// Decision is the outcome of a request: records to write, in one batch so that none stands without the others, and
// the reply when they are committed and in the image.
type Decision struct {
	Records []metadata.Record
	reply   func(code kafka.ErrorCode) kmsg.Response
	owner   *Controller
	serial  int // of the decision the owner waits for; 0: it has no records
}

// Reply ends the decision. With None its records are in the image, or it has none; any other code is why they
// never will be. The response is nil where there was no request. It must be called once for every decision.
func (d Decision) Reply(code kafka.ErrorCode) kmsg.Response {
	if c := d.owner; d.serial != 0 && c.pending == d.serial {
		c.pending = 0
	}
	return d.reply(code)
}

// Controller decides for a cluster while its node leads the metadata quorum.
type Controller struct {
	view     clusterView
	rand     env.Rand
	leading  bool
	serial   int
	pending  int // the serial of the decision whose records are not in the image yet, 0 if there is none
	sessions sessions
	balance  env.Instant // when leaders are looked at next
	unclean  env.Instant // when partitions without a leader are looked at next
}

// New returns a controller that does not lead. The image is the owner's, which alone applies records to it.
func New(cfg Config, image *metadata.Image, rnd env.Rand) *Controller {
	c := &Controller{view: clusterView{cfg: cfg, image: image}, rand: rnd}
	c.sessions = sessions{view: &c.view, list: make(map[kafka.NodeID]*session)}
	return c
}

// Lead begins a leadership: the image holds every record that was committed before it. Every broker has a whole
// session from now on. The decision's records come before any other's.
func (c *Controller) Lead(now env.Now) Decision {
	c.leading, c.pending = true, 0
	c.sessions.begin(now)
	c.balance, c.unclean = every(now, c.view.cfg.BalanceEvery), every(now, c.view.cfg.UncleanEvery)
	return c.decision(c.view.bootstrap(), func(kafka.ErrorCode) kmsg.Response { return nil })
}

// every is the next time of something periodic.
func every(now env.Now, d time.Duration) env.Instant {
	if d <= 0 {
		return env.Never
	}
	return now.Mono.Add(d)
}

// bootstrap is what an empty cluster begins with.
func (c *clusterView) bootstrap() []metadata.Record {
	if len(c.image.Features()) > 0 {
		return nil
	}
	var records []metadata.Record
	for _, f := range c.cfg.Bootstrap {
		records = append(records, &metadata.FeatureLevel{Name: f.Name, Level: f.Level})
		if f.Name == elrVersion && f.Level > 0 {
			records = append(records, c.pinMinISR()...)
		}
	}
	return records
}

// Resign ends the leadership. A decision that waits is answered by its owner with NotController.
func (c *Controller) Resign() {
	c.leading, c.pending = false, 0
	clear(c.sessions.list)
}

// Leading reports whether the controller decides.
func (c *Controller) Leading() bool { return c.leading }

// Busy reports whether a decision waits for its records. Decide and Tick must wait until it is answered: what
// they would decide from is about to change.
func (c *Controller) Busy() bool { return c.pending != 0 }

func (c *Controller) decision(records []metadata.Record, reply func(kafka.ErrorCode) kmsg.Response) Decision {
	d := Decision{Records: records, reply: reply, owner: c}
	if len(records) > 0 {
		c.serial++
		d.serial, c.pending = c.serial, c.serial
	}
	return d
}

// Decide answers a request; next is the offset the first record of the decision will have. It panics on a
// request that is not the controller's.
func (c *Controller) Decide(now env.Now, next kafka.Offset, request kmsg.Request) Decision {
	if c.pending != 0 {
		must.Fail("controller: node %d is to decide %T while another decision is not applied; did its owner not wait?",
			c.view.cfg.Node, request)
	}
	if !c.leading {
		return c.decision(nil, func(kafka.ErrorCode) kmsg.Response { return wire.Refuse(request, kafka.NotController) })
	}
	if t, ok := request.(kmsg.TimeoutRequest); ok && t.Timeout() <= 0 {
		return c.always(wire.Refuse(request, kafka.RequestTimedOut)) // there is no time for a decision, as in Kafka
	}
	decide := decisions[request.Key()]
	if decide == nil {
		must.Fail("controller: %T is not the controller's to decide; was Decides not asked?", request)
	}
	return decide(c, now, next, request)
}

// always answers with a response that does not depend on records.
func (c *Controller) always(resp kmsg.Response) Decision {
	return c.decision(nil, func(kafka.ErrorCode) kmsg.Response { return resp })
}

// orRefuse answers with the response, or with the code why its records were not stored.
func (c *Controller) orRefuse(records []metadata.Record, request kmsg.Request, resp kmsg.Response) Decision {
	return c.decision(records, func(code kafka.ErrorCode) kmsg.Response {
		if code != kafka.None {
			return wire.Refuse(request, code)
		}
		return resp
	})
}
