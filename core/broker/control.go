package broker

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/record"
	"gregor/core/wire"
)

// control is the controller's half of a node that may become the active one: decisions, one at a time, each written
// to the quorum's log before the next is thought of.
type control struct {
	broker  *Broker
	decides *controller.Controller // nil on a node that is no voter
	epoch   env.LeaderEpoch        // it leads
	queue   []question
	current controller.Decision
	answer  func(env.Now, kmsg.Response)
	token   uint64 // of current, zero if there is none
	tokens  uint64
	builder *record.Builder
	alarm   alarm.Alarm
	touched bool // something has happened that settle has to look at

	pausedTill env.Instant // before it, nothing is decided because time has passed: the last such decision was refused
}

// question is a request for the controller, and who wants the answer.
type question struct {
	req    kmsg.Request
	answer func(env.Now, kmsg.Response)
}

// questionsMax bounds the requests that wait for the active controller: beyond it clients are told to come again.
const questionsMax = 10_000

// refusedPause is how long nothing is decided by time after such a decision was refused.
const refusedPause = time.Second

// prepareControl makes the controller of a node that is a voter.
func (b *Broker) prepareControl() {
	if b.roles.controller {
		b.control.decides = controller.New(controller.DefaultConfig(b.id, b.dir.ClusterID(), b.config), b.image, b.world.Rand.Fork("controller"))
	}
}

// leads says whether this node is the active controller.
func (c *control) leads() bool { return c.decides != nil && c.decides.Leading() }

// leaderChanged hears who leads the quorum.
func (c *control) leaderChanged(now env.Now, leader env.NodeID, epoch env.LeaderEpoch) {
	b := c.broker
	c.touched = true
	if c.leads() && (leader != b.id || epoch != c.epoch) {
		c.resign(now)
	}
	if leader != b.id || c.decides == nil || c.leads() {
		return
	}
	c.epoch = epoch
	b.world.Tell(env.ActiveController{Node: b.id, Epoch: epoch})
	c.carryOut(now, c.decides.Lead(now), nil)
	b.probeBrokers(now)
}

// resign ends this node's time as the active controller: the quorum has, or will have, another leader. Everybody who
// waits is sent away.
func (c *control) resign(now env.Now) {
	c.decides.Resign()
	c.broker.world.Tell(env.ControllerResigned{Node: c.broker.id, Epoch: c.epoch})
	waiting := c.queue
	c.queue = nil
	for _, q := range waiting {
		q.answer(now, controller.Refuse(q.req, wire.NotController))
	}
}

// ask puts a request to the controller; answer comes once, perhaps at once.
func (c *control) ask(now env.Now, req kmsg.Request, answer func(env.Now, kmsg.Response)) {
	switch {
	case !c.leads():
		answer(now, controller.Refuse(req, wire.NotController))
		return
	case len(c.queue) >= questionsMax:
		answer(now, controller.Refuse(req, wire.RequestTimedOut))
		return
	}
	c.touched = true
	if r, ok := req.(*kmsg.BrokerHeartbeatRequest); ok {
		c.decides.Heard(now, r)
	}
	c.queue = append(c.queue, question{req, answer})
}

// deadline is when time asks for a decision.
func (c *control) deadline() env.Instant { return max(c.decides.Deadline(), c.pausedTill) }

// settle takes one question after the other, and what time asks for, until a decision has to be written.
func (c *control) settle(now env.Now) {
	if !c.touched {
		return
	}
	c.touched = false
	if c.decides == nil {
		return
	}
	for c.leads() && c.token == 0 && len(c.queue) > 0 {
		q := c.queue[0]
		c.queue[0] = question{}
		c.queue = c.queue[1:]
		c.carryOut(now, c.decides.Decide(now, c.broker.quorum.raft.LogEnd(), q.req), q.answer)
	}
	c.tick(now)
	next := env.Never // while a decision is being written there is no other: its end settles
	if c.token == 0 {
		next = c.deadline()
	}
	c.broker.deadlines.Set(&c.alarm, next)
}

// tick decides what time asks for: several sessions may have ended, and each is a decision of its own.
func (c *control) tick(now env.Now) {
	for c.leads() && c.token == 0 && c.deadline() <= now.Mono {
		d, ok := c.decides.Tick(now)
		if !ok {
			return
		}
		c.carryOut(now, d, nil)
	}
}

// wake is the controller's deadline: settle looks.
func (c *control) Wake(env.Now) { c.touched = true }

// carryOut writes a decision's records, or answers at once if it has none.
func (c *control) carryOut(now env.Now, d controller.Decision, answer func(env.Now, kmsg.Response)) {
	if len(d.Records) == 0 {
		c.reply(now, d, answer, wire.None)
		return
	}
	c.tokens++
	q := &c.broker.quorum
	_, _, err := q.raft.Append(now, c.epoch, []record.Batch{c.encode(now, d.Records)}, c.tokens)
	q.schedule()
	switch {
	case err == nil:
		c.current, c.answer, c.token = d, answer, c.tokens
	case wire.ErrorCode(err.Code) == wire.NotController: // the quorum knows already what it has not told yet
		c.reply(now, d, answer, wire.NotController)
		c.resign(now)
	default: // it is larger than a segment
		c.broker.log.Note(env.Warn, aboutDecisions, "the metadata log refuses a decision of %d records: %v", len(d.Records), err)
		c.reply(now, d, answer, wire.ErrorCode(err.Code))
		c.pausedTill = now.Mono.Add(refusedPause)
	}
}

// encode makes one batch of a decision's records: all of them or none survive a power cut.
func (c *control) encode(now env.Now, records []metadata.Record) record.Batch {
	c.builder.Reset(record.Options{ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1})
	for _, r := range records {
		c.builder.Add(now.Wall, nil, metadata.Append(nil, r))
	}
	return append(record.Batch(nil), c.builder.Build()...)
}

// appended hears what became of the decision that was written.
func (c *control) appended(now env.Now, token uint64, code wire.ErrorCode) {
	if token != c.token {
		return
	}
	d, answer := c.current, c.answer
	c.current, c.answer, c.token, c.touched = controller.Decision{}, nil, 0, true
	c.reply(now, d, answer, code)
}

func (c *control) reply(now env.Now, d controller.Decision, answer func(env.Now, kmsg.Response), code wire.ErrorCode) {
	if code == wire.None {
		for _, line := range controller.WithoutEffect(d.Records) {
			c.broker.world.Tell(line)
		}
	}
	if r := d.Reply(code); answer != nil {
		answer(now, r)
	}
}

// connectionLost hears that the connection a broker's heartbeats came over is gone, and looks whether the broker is. A
// process that dies closes its connections at once, where silence alone would be noticed after
// broker.session.timeout.ms; but connections break for other reasons, too.
func (c *control) connectionLost(now env.Now, h heartbeats) {
	if c.leads() && h.epoch != 0 {
		c.probe(now, h.broker, h.epoch)
	}
}

// probe finds out whether a broker still listens. The node itself does: a connection with heartbeats in its name was another
// process's.
func (c *control) probe(now env.Now, id env.NodeID, epoch env.BrokerEpoch) {
	if id != c.broker.id {
		c.broker.prober.Probe(now, id, epoch)
	}
}

// Address is peer.Suspects', as are the next two.
func (c *control) Address(id env.NodeID) (string, time.Duration) {
	return c.broker.brokerAddress(id), c.broker.config.Millis("broker.session.timeout.ms")
}

func (c *control) Asks() bool { return c.leads() }

func (c *control) Refused(now env.Now, id env.NodeID, epoch env.BrokerEpoch) { c.lost(now, id, epoch) }

// lost has a broker count as gone.
func (c *control) lost(now env.Now, id env.NodeID, epoch env.BrokerEpoch) {
	c.touched = true
	c.decides.Lost(now, id, epoch)
}

// probeBrokers looks whether the brokers that were in service still listen: a new controller knows nothing of those
// that died with the old one, and would give each a whole session. What this node itself was before it started is
// gone for sure.
func (b *Broker) probeBrokers(now env.Now) {
	for _, r := range b.image.Brokers() {
		switch {
		case r.Fenced:
		case r.ID != b.id:
			b.control.probe(now, r.ID, r.Epoch)
		case !b.registration.IsRegistered():
			b.control.lost(now, r.ID, r.Epoch)
		}
	}
}
