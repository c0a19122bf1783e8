package client

import (
	"errors"
	"math"
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/wire"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// AdminConfig is an admin client's configuration and what it is to do, in order.
type AdminConfig struct {
	Common
	Commands []Command
	Sink     AdminSink // nil: nobody but the history is told
	Stay     bool      // wait for more commands after the last, instead of closing
}

// AdminSink takes what came of commands. It is called inside Step and may call Do.
type AdminSink interface {
	Returned(now env.Now, cmd Command, offset env.Offset, err error)
}

// Op is what a Command does.
type Op uint8

// The commands.
const (
	CreateTopic      Op = iota + 1 // Topic, Partitions, ReplicationFactor, Configs
	DeleteTopic                    // Topic
	CreatePartitions               // Topic, Partitions: the new total
	DeleteRecords                  // Topic, Partition, Before
	AlterConfigs                   // Topic, Configs: set these, leave the others
	EndOffset                      // Topic, Partition, ReadCommitted
)

var opNames = [...]string{"", "create-topic", "delete-topic", "create-partitions", "delete-records", "alter-configs", "end-offset"}

func (o Op) String() string { return opNames[o] }

// Setting is one configuration value of a topic.
type Setting struct{ Name, Value string }

// Command is one thing an admin client does.
type Command struct {
	Op                Op
	At                time.Duration // not before this long after boot
	Topic             string
	Partition         env.PartitionID
	Partitions        int32 // -1: the broker's default
	ReplicationFactor int16 // -1: the broker's default
	Configs           []Setting
	Before            env.Offset // DeleteRecords: delete what is below; -1: everything
	ReadCommitted     bool
}

// NewAdminConfig is Kafka's defaults for an admin client of that name.
func NewAdminConfig(name string) AdminConfig { return AdminConfig{Common: commonDefaults(name)} }

// Set sets one value by Kafka's name.
func (c *AdminConfig) Set(name, value string) error {
	return apply("admin client", c.settings(), name, value)
}

// Names lists what Set takes.
func (c *AdminConfig) Names() []string { return names(c.settings()) }

// Validate says what does not fit together.
func (c *AdminConfig) Validate() error { return c.Common.validate() }

// Admin is a Kafka admin client as a node: it runs its commands one after the other.
type Admin struct {
	w   *env.World
	cfg AdminConfig
	net *pool

	booted   env.Instant
	queue    []Command
	running  bool // the first of the queue has begun
	inFlight bool
	doubt    bool // an earlier attempt may have been carried out
	deadline env.Instant
	retryAt  env.Instant
	failures int
	calls    uint64

	wake    env.Instant
	dirty   bool
	closing bool
	closed  bool
}

type adminAsk struct{}

// NewAdmin makes an admin client. The configuration must have passed Validate.
func NewAdmin(w env.World, cfg AdminConfig) *Admin {
	a := &Admin{w: &w, cfg: cfg, queue: slices.Clone(cfg.Commands), wake: 0}
	a.cfg.AutoCreate = false
	a.net = newPool(a.w, &a.cfg.Common)
	return a
}

// Step implements env.Node.
func (a *Admin) Step(now env.Now, e env.Event) {
	if a.closed {
		a.net.begin(now, e)
		return
	}
	a.wake, a.dirty = env.Never, false
	switch e.Kind {
	case env.Boot:
		a.booted = now.Mono
	case env.Shutdown:
		a.closing = true
	}
	a.net.begin(now, e)
	for _, r := range a.net.results() {
		a.inFlight = false
		a.answered(now, r)
	}
	a.advance(now)
	a.net.end(now)
}

// Deadline implements env.Node.
func (a *Admin) Deadline() env.Instant {
	switch {
	case a.closed:
		return env.Never
	case a.dirty:
		return 0
	}
	return min(a.wake, a.net.deadline())
}

// Do adds a command. After Shutdown or the last command it is ignored; see Stay.
func (a *Admin) Do(cmd Command) {
	a.queue = append(a.queue, cmd)
	a.dirty = true
}

// Done says whether every command has returned.
func (a *Admin) Done() bool { return a.closed || len(a.queue) == 0 }

// Closed says whether the client has ended.
func (a *Admin) Closed() bool { return a.closed }

func (a *Admin) wakeAt(t env.Instant) { a.wake = min(a.wake, t) }

func (a *Admin) advance(now env.Now) {
	switch {
	case a.closing && a.running:
		a.returned(now, -1, pick(a.inFlight || a.doubt, errDisconnected, errClosing))
		a.finish(now)
	case a.closing, len(a.queue) == 0 && !a.cfg.Stay:
		a.finish(now)
	case len(a.queue) > 0:
		a.attempt(now)
	}
}

var errClosing = errors.New("the client was closed before the request was sent")

func (a *Admin) finish(now env.Now) {
	a.net.close(now)
	a.closed = true
	a.w.Tell(env.ClientClosed{Client: a.cfg.ClientID})
}

// attempt sends the first command of the queue when it is due and its broker can be asked.
func (a *Admin) attempt(now env.Now) {
	cmd := &a.queue[0]
	if at := a.booted.Add(cmd.At); now.Mono < at {
		a.wakeAt(at)
		return
	}
	if !a.running {
		a.start(now, cmd)
	}
	switch {
	case a.inFlight:
	case a.deadline <= now.Mono:
		a.returned(now, -1, errTimedOut)
		a.dirty = true
	case now.Mono < a.retryAt:
		a.wakeAt(min(a.retryAt, a.deadline))
	default:
		a.wakeAt(a.deadline)
		if to, ok := a.target(now, cmd); ok && a.net.ready(now, to) {
			a.inFlight = true
			a.net.send(now, to, cmd.request(a.cfg.RequestTimeout), -1, a.cfg.RequestTimeout, adminAsk{})
		}
	}
}

func (a *Admin) start(now env.Now, cmd *Command) {
	a.running, a.doubt, a.failures, a.retryAt = true, false, 0, 0
	a.deadline = now.Mono.Add(a.cfg.APITimeout)
	if cmd.Op == EndOffset {
		a.calls++
		a.w.Tell(env.EndOffsetCalled{Client: a.cfg.ClientID, Call: a.calls, TopicPartition: cmd.tp()})
	}
}

// transient says whether to try again. What the controller refuses it refuses for good, unless it is not the one.
func (cmd *Command) transient(code wire.ErrorCode) bool {
	if cmd.Op == DeleteRecords || cmd.Op == EndOffset {
		return code.Retriable()
	}
	return code == wire.NotController || code == wire.ThrottlingQuotaExceeded
}

func (cmd *Command) tp() env.TopicPartition {
	return env.TopicPartition{Topic: cmd.Topic, Partition: cmd.Partition}
}

// target is whom to ask: the partition's leader, or the controller.
func (a *Admin) target(now env.Now, cmd *Command) (peer, bool) {
	if cmd.Op == DeleteRecords || cmd.Op == EndOffset {
		a.net.meta.add(cmd.Topic)
		info, ok := a.net.meta.leader(cmd.tp())
		if !ok {
			a.net.meta.wanted = true
		}
		return peer{info.leader, dataLane}, ok
	}
	if id := a.net.meta.controller; a.net.meta.address(id) != "" {
		return peer{id, dataLane}, true
	}
	return a.net.least(now, dataLane)
}

func (a *Admin) answered(now env.Now, r result) {
	if !a.running || len(a.queue) == 0 {
		return
	}
	cmd := &a.queue[0]
	offset, code, err := env.Offset(-1), wire.NetworkException, r.err
	if r.err == nil {
		offset, code, err = cmd.outcome(r.resp)
	}
	if a.doubt && (cmd.Op == CreateTopic && code == wire.TopicAlreadyExists || cmd.Op == DeleteTopic && code == wire.UnknownTopicOrPartition) {
		err = nil // an attempt whose answer was lost did it
	}
	again := err != nil && r.err != errUnsupported && (r.err != nil || cmd.transient(code))
	a.doubt = a.doubt || err != nil && certainly(code) == env.Unknown
	if !again || a.closing {
		a.returned(now, offset, err)
		return
	}
	a.net.meta.wanted = true
	a.failures++
	a.retryAt = now.Mono.Add(backoff(a.cfg.RetryBackoff, a.cfg.RetryBackoffMax, a.failures, &a.net.rnd))
}

func (a *Admin) returned(now env.Now, offset env.Offset, err error) {
	cmd := a.queue[0]
	a.queue, a.running = a.queue[1:], false
	text := ""
	if err != nil {
		text = err.Error()
	}
	if cmd.Op == EndOffset {
		a.w.Tell(env.EndOffsetReturned{Client: a.cfg.ClientID, Call: a.calls, TopicPartition: cmd.tp(), Offset: offset,
			Outcome: pick(err == nil, env.OK, env.Failed)})
	}
	a.w.Tell(env.AdminReturned{Client: a.cfg.ClientID, What: cmd.Op.String() + " " + cmd.Topic, Error: text})
	if a.cfg.Sink != nil {
		a.cfg.Sink.Returned(now, cmd, offset, err)
	}
}

func (cmd *Command) request(timeout time.Duration) kmsg.Request {
	ms := int32(min(timeout/time.Millisecond, math.MaxInt32))
	switch cmd.Op {
	case CreateTopic:
		return cmd.createTopic(ms)
	case DeleteTopic:
		return cmd.deleteTopic(ms)
	case CreatePartitions:
		return cmd.createPartitions(ms)
	case DeleteRecords:
		return cmd.deleteRecords(ms)
	case AlterConfigs:
		return cmd.alterConfigs()
	}
	return cmd.listOffsets()
}

func (cmd *Command) createTopic(ms int32) kmsg.Request {
	req := kmsg.NewPtrCreateTopicsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = cmd.Topic, cmd.Partitions, cmd.ReplicationFactor
	for _, s := range cmd.Configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = s.Name, kmsg.StringPtr(s.Value)
		t.Configs = append(t.Configs, c)
	}
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) deleteTopic(ms int32) kmsg.Request {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TimeoutMillis, req.TopicNames = ms, []string{cmd.Topic}
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = kmsg.StringPtr(cmd.Topic)
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) createPartitions(ms int32) kmsg.Request {
	req := kmsg.NewPtrCreatePartitionsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewCreatePartitionsRequestTopic()
	t.Topic, t.Count = cmd.Topic, cmd.Partitions
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) deleteRecords(ms int32) kmsg.Request {
	req := kmsg.NewPtrDeleteRecordsRequest()
	req.TimeoutMillis = ms
	t := kmsg.NewDeleteRecordsRequestTopic()
	p := kmsg.NewDeleteRecordsRequestTopicPartition()
	p.Partition, p.Offset = int32(cmd.Partition), int64(cmd.Before)
	t.Topic, t.Partitions = cmd.Topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

func (cmd *Command) alterConfigs() kmsg.Request {
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = kmsg.ConfigResourceTypeTopic, cmd.Topic
	for _, s := range cmd.Configs {
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op, c.Value = s.Name, kmsg.IncrementalAlterConfigOpSet, kmsg.StringPtr(s.Value)
		r.Configs = append(r.Configs, c)
	}
	req.Resources = append(req.Resources, r)
	return req
}

func (cmd *Command) listOffsets() kmsg.Request {
	req := kmsg.NewPtrListOffsetsRequest()
	req.ReplicaID, req.IsolationLevel = -1, isolation(cmd.ReadCommitted)
	t := kmsg.NewListOffsetsRequestTopic()
	p := kmsg.NewListOffsetsRequestTopicPartition()
	p.Partition, p.Timestamp = int32(cmd.Partition), -1
	t.Topic, t.Partitions = cmd.Topic, append(t.Partitions, p)
	req.Topics = append(req.Topics, t)
	return req
}

// outcome reads the answer's part about the command.
func (cmd *Command) outcome(resp kmsg.Response) (env.Offset, wire.ErrorCode, error) {
	offset, code, message := env.Offset(-1), wire.UnknownServerError, (*string)(nil)
	switch resp := resp.(type) {
	case *kmsg.CreateTopicsResponse:
		for _, t := range resp.Topics {
			code, message = wire.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.DeleteTopicsResponse:
		for _, t := range resp.Topics {
			code, message = wire.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.CreatePartitionsResponse:
		for _, t := range resp.Topics {
			code, message = wire.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.IncrementalAlterConfigsResponse:
		for _, t := range resp.Resources {
			code, message = wire.ErrorCode(t.ErrorCode), t.ErrorMessage
		}
	case *kmsg.DeleteRecordsResponse:
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				offset, code = env.Offset(p.LowWatermark), wire.ErrorCode(p.ErrorCode)
			}
		}
	case *kmsg.ListOffsetsResponse:
		if p, ok := listed(result{resp: resp}, cmd.tp()); ok {
			offset, code = env.Offset(p.Offset), wire.ErrorCode(p.ErrorCode)
		}
	}
	return offset, code, failure(code, message)
}
