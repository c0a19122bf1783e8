package client

import (
	"errors"
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// AdminConfig is an admin client's configuration and what it is to do, in order.
type AdminConfig struct {
	Common
	Commands []Command
	Sink     AdminSink // nil: the outcomes only become facts
	Stay     bool      // wait for more commands after the last, instead of closing
}

// AdminSink takes what came of commands. It is called inside Step and may call Do.
type AdminSink interface {
	Returned(now env.Now, cmd Command, offset kafka.Offset, err error)
}

// NewAdminConfig is Kafka's defaults for an admin client of that name.
func NewAdminConfig(name string) AdminConfig { return AdminConfig{Common: commonDefaults(name)} }

// Set sets one value by Kafka's name.
func (c *AdminConfig) Set(name, value string) error {
	return apply("admin client", c.settings(), name, value)
}

// Settings lists what Set takes, and the present values.
func (c *AdminConfig) Settings() []SettingInfo { return describe(c.settings()) }

// Validate returns the settings that contradict each other.
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

// Done reports whether every command has returned.
func (a *Admin) Done() bool { return a.closed || len(a.queue) == 0 }

// Closed reports whether the client has ended.
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
	a.w.Emit(env.ClientClosed{Client: a.cfg.ClientID})
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
		a.w.Emit(env.EndOffsetCalled{Client: a.cfg.ClientID, Call: a.calls, TopicPartition: cmd.tp()})
	}
}

// target is whom to ask: the partition's leader, or the controller.
func (a *Admin) target(now env.Now, cmd *Command) (peer, bool) {
	if cmd.ofLeader() {
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
	offset, code, err := kafka.Offset(-1), kafka.NetworkException, r.err
	if r.err == nil {
		offset, code, err = cmd.outcome(r.resp)
	}
	if a.doubt && (cmd.Op == CreateTopic && code == kafka.TopicAlreadyExists ||
		cmd.Op == DeleteTopic && code == kafka.UnknownTopicOrPartition) {
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

func (a *Admin) returned(now env.Now, offset kafka.Offset, err error) {
	cmd := a.queue[0]
	a.queue, a.running = a.queue[1:], false
	text := ""
	if err != nil {
		text = err.Error()
	}
	if cmd.Op == EndOffset {
		a.w.Emit(env.EndOffsetReturned{Client: a.cfg.ClientID, Call: a.calls, TopicPartition: cmd.tp(), Offset: offset,
			Outcome: pick(err == nil, env.OK, env.Failed)})
	}
	a.w.Emit(env.AdminReturned{Client: a.cfg.ClientID, What: cmd.what(), Error: text})
	if a.cfg.Sink != nil {
		a.cfg.Sink.Returned(now, cmd, offset, err)
	}
}
