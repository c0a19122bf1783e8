package active

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/controller"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/peer"
	"gregor/core/record"
	"gregor/core/seglog"
	"gregor/core/wire"
)

// Log is the metadata log, to whose end decisions are appended.
type Log interface {
	End() kafka.Offset
	Append(now env.Now, epoch kafka.LeaderEpoch, batch record.Batch, token uint64) *seglog.Error
}

// Node is what the controller knows of its node.
type Node interface {
	// Address is where other nodes reach a broker; "" if that is not known.
	Address(id kafka.NodeID) string
	// IsRegistered reports whether the node has been registered as a broker in this life.
	IsRegistered() bool
	// Note logs a line about one of many things.
	Note(level env.LogLevel, about, format string, args ...any)
}

// Controller is the controller's half of a node that may become the active one.
type Controller struct {
	node    Node
	world   *env.World
	self    kafka.NodeID
	session time.Duration // broker.session.timeout.ms
	alarms  *alarm.Heap
	log     Log
	image   *metadata.Image
	prober  *peer.Prober

	decides *controller.Controller // nil on a node that is no voter
	epoch   kafka.LeaderEpoch      // in which it leads
	queue   []question
	current controller.Decision
	answer  func(env.Now, kmsg.Response)
	token   uint64 // of current, zero if there is none
	tokens  uint64
	builder *record.Builder
	alarm   alarm.Alarm
	touched bool // something has happened that Settle has to look at

	pausedTill env.Instant // before it, nothing is decided because time has passed: the last such decision was refused
}

// New returns the controller of a node that is not a voter so far. session is broker.session.timeout.ms.
func New(w *env.World, self kafka.NodeID, alarms *alarm.Heap, peers *peer.Pool, node Node, image *metadata.Image,
	session time.Duration) *Controller {
	c := &Controller{world: w, self: self, alarms: alarms, node: node, image: image, session: session,
		builder: record.NewBuilder(record.Options{})}
	c.alarm = alarm.For(c)
	c.prober = peer.NewProber(peers, c)
	return c
}

// Begin makes the node's decisions possible: it is a voter, whose log is open.
func (c *Controller) Begin(l Log, decides *controller.Controller) { c.log, c.decides = l, decides }

// question is a request for the controller, and its continuation.
type question struct {
	req    kmsg.Request
	answer func(env.Now, kmsg.Response)
}

// questionsMax bounds the requests that wait for the active controller: beyond it they are refused with
// REQUEST_TIMED_OUT.
const questionsMax = 10_000

// refusedPause is how long nothing is decided by time after such a decision was refused.
const refusedPause = time.Second

// Leads reports whether this node is the active controller.
func (c *Controller) Leads() bool { return c.decides != nil && c.decides.Leading() }

// LeaderChanged handles that the quorum has another leader, or none.
func (c *Controller) LeaderChanged(now env.Now, leader kafka.NodeID, epoch kafka.LeaderEpoch) {
	c.touched = true
	if c.Leads() && (leader != c.self || epoch != c.epoch) {
		c.resign(now)
	}
	if leader != c.self || c.decides == nil || c.Leads() {
		return
	}
	c.epoch = epoch
	c.world.Emit(env.ActiveController{Node: c.self, Epoch: epoch})
	c.carryOut(now, c.decides.Lead(now), nil)
	c.probeBrokers(now)
}

// resign ends this node's time as the active controller: the quorum has, or will have, another leader. Requests that
// wait are refused.
func (c *Controller) resign(now env.Now) {
	c.decides.Resign()
	c.world.Emit(env.ControllerResigned{Node: c.self, Epoch: c.epoch})
	waiting := c.queue
	c.queue = nil
	for _, q := range waiting {
		q.answer(now, wire.Refuse(q.req, kafka.NotController))
	}
}

// Ask puts a request to the controller; answer is called once, perhaps at once.
func (c *Controller) Ask(now env.Now, req kmsg.Request, answer func(env.Now, kmsg.Response)) {
	switch {
	case !c.Leads():
		answer(now, wire.Refuse(req, kafka.NotController))
		return
	case len(c.queue) >= questionsMax:
		answer(now, wire.Refuse(req, kafka.RequestTimedOut))
		return
	}
	c.touched = true
	if r, ok := req.(*kmsg.BrokerHeartbeatRequest); ok {
		c.decides.Heard(now, r)
	}
	c.queue = append(c.queue, question{req, answer})
}

// deadline is when time asks for a decision.
func (c *Controller) deadline() env.Instant { return max(c.decides.Deadline(), c.pausedTill) }

// Touch has Settle look whether there is something to decide.
func (c *Controller) Touch() { c.touched = true }

// Unsettled reports whether there may be something to decide.
func (c *Controller) Unsettled() bool { return c.touched }

// Waiting is how many requests wait for a decision, or for its being written.
func (c *Controller) Waiting() int {
	if c.token != 0 {
		return len(c.queue) + 1
	}
	return len(c.queue)
}

// Settle decides one question after the other, and what time asks for, until a decision has to be written.
func (c *Controller) Settle(now env.Now) {
	if !c.touched {
		return
	}
	c.touched = false
	if c.decides == nil {
		return
	}
	for c.Leads() && c.token == 0 && len(c.queue) > 0 {
		q := c.queue[0]
		c.queue[0] = question{}
		c.queue = c.queue[1:]
		c.carryOut(now, c.decides.Decide(now, c.log.End(), q.req), q.answer)
	}
	c.tick(now)
	next := env.Never // while a decision is being written there is no other: its end settles
	if c.token == 0 {
		next = c.deadline()
	}
	c.alarms.Set(&c.alarm, next)
}

// tick decides what time asks for: several sessions may have ended, and each is a decision of its own.
func (c *Controller) tick(now env.Now) {
	for c.Leads() && c.token == 0 && c.deadline() <= now.Mono {
		d, ok := c.decides.Tick(now)
		if !ok {
			return
		}
		c.carryOut(now, d, nil)
	}
}

// Wake is the controller's deadline: Settle looks.
func (c *Controller) Wake(env.Now) { c.touched = true }

// carryOut writes a decision's records, or answers at once if it has none.
func (c *Controller) carryOut(now env.Now, d controller.Decision, answer func(env.Now, kmsg.Response)) {
	if len(d.Records) == 0 {
		c.reply(now, d, answer, kafka.None)
		return
	}
	c.tokens++
	err := c.log.Append(now, c.epoch, c.encode(now, d.Records), c.tokens)
	switch {
	case err == nil:
		c.current, c.answer, c.token = d, answer, c.tokens
	case kafka.ErrorCode(err.Code) == kafka.NotController: // the replica knows already what it has not reported yet
		c.reply(now, d, answer, kafka.NotController)
		c.resign(now)
	default: // it is larger than a segment
		c.node.Note(env.Warn, "refused decisions", "the metadata log refuses a decision of %d records: %v", len(d.Records),
			err)
		c.reply(now, d, answer, kafka.ErrorCode(err.Code))
		c.pausedTill = now.Mono.Add(refusedPause)
	}
}

// encode makes one batch of a decision's records: all of them or none survive a power cut.
func (c *Controller) encode(now env.Now, records []metadata.Record) record.Batch {
	c.builder.Reset(record.Options{ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1})
	for _, r := range records {
		c.builder.Add(now.Wall, nil, metadata.Append(nil, r))
	}
	return append(record.Batch(nil), c.builder.Build()...)
}

// Appended handles the outcome of writing the decision.
func (c *Controller) Appended(now env.Now, token uint64, code kafka.ErrorCode) {
	if token != c.token {
		return
	}
	d, answer := c.current, c.answer
	c.current, c.answer, c.token, c.touched = controller.Decision{}, nil, 0, true
	c.reply(now, d, answer, code)
}

func (c *Controller) reply(now env.Now, d controller.Decision, answer func(env.Now, kmsg.Response),
	code kafka.ErrorCode) {
	if code == kafka.None {
		for _, line := range controller.WithoutEffect(d.Records) {
			c.world.Emit(line)
		}
	}
	if r := d.Reply(code); answer != nil {
		answer(now, r)
	}
}

// ConnectionLost handles that the connection is gone over which a broker's heartbeats came in an epoch, and finds out
// whether the broker is. A process that dies closes its connections at once, where silence alone would be noticed after
// broker.session.timeout.ms; but connections break for other reasons, too.
func (c *Controller) ConnectionLost(now env.Now, id kafka.NodeID, epoch kafka.BrokerEpoch) {
	if c.Leads() && epoch != 0 {
		c.probe(now, id, epoch)
	}
}

// probe finds out whether a broker still listens. The node itself does: a connection with heartbeats in its name was
// another process's.
func (c *Controller) probe(now env.Now, id kafka.NodeID, epoch kafka.BrokerEpoch) {
	if id != c.self {
		c.prober.Probe(now, id, epoch)
	}
}

// Address is peer.Suspects', as are the next two.
func (c *Controller) Address(id kafka.NodeID) (string, time.Duration) {
	return c.node.Address(id), c.session
}

// Asks reports whether the node is still the active controller.
func (c *Controller) Asks() bool { return c.Leads() }

// Refused handles that a broker is gone.
func (c *Controller) Refused(now env.Now, id kafka.NodeID, epoch kafka.BrokerEpoch) {
	c.touched = true
	c.decides.Lost(now, id, epoch)
}

// probeBrokers finds out whether the brokers that were unfenced still listen: a new controller knows nothing of those
// that died with the old one, and would give each a whole session. What this node itself was before it started is
// gone for sure.
func (c *Controller) probeBrokers(now env.Now) {
	for _, r := range c.image.Brokers() {
		switch {
		case r.Fenced:
		case r.ID != c.self:
			c.probe(now, r.ID, r.Epoch)
		case !c.node.IsRegistered():
			c.Refused(now, r.ID, r.Epoch)
		}
	}
}
