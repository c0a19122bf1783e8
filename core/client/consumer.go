package client

import (
	"fmt"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// Consumer is a Kafka consumer as a node, with its application: see [Application].
//
//tidy:size the reading, the group and the commits are parts already; their callbacks are left
type Consumer struct {
	w       *env.World
	cfg     ConsumerConfig
	net     *pool
	group   *group // nil without group.id
	scratch record.Scratch

	readers  []*reader // sorted by partition
	stamps   uint64
	sessions []*session
	fetching map[int32]bool // brokers that owe a fetch answer
	toFetch  []int32        // room for a list
	commits  []*commit
	autoAt   env.Instant
	calls    uint64
	app      application

	wake     env.Instant
	dirty    bool // the application called since the last step
	stopping bool // close at the next poll
	finished bool // no more requests but those that end things
	closed   bool
	err      error
}

// NewConsumer makes a consumer. The configuration must have passed Validate.
func NewConsumer(w env.World, cfg ConsumerConfig) *Consumer {
	c := &Consumer{w: &w, cfg: cfg, fetching: map[int32]bool{}, wake: 0}
	c.net = newPool(c.w, &c.cfg.Common)
	if cfg.Group != "" {
		c.group = newGroup(c)
	}
	return c
}

// Step implements env.Node.
func (c *Consumer) Step(now env.Now, e env.Event) {
	if c.closed {
		c.net.begin(now, e) // closes a connection that was still being made
		return
	}
	c.wake, c.dirty = env.Never, false
	switch e.Kind {
	case env.Boot:
		c.boot(now)
	case env.Shutdown:
		c.stopping = true
	}
	c.net.begin(now, e)
	for _, r := range c.net.results() {
		c.answered(now, r)
	}
	if c.group != nil {
		c.group.background(now)
	}
	c.run(now)
	if c.group != nil {
		c.pushCommits(now)
	}
	c.net.end(now)
}

// Deadline implements env.Node.
func (c *Consumer) Deadline() env.Instant {
	switch {
	case c.closed:
		return env.Never
	case c.dirty:
		return 0
	}
	return min(c.wake, c.net.deadline())
}

// Closed reports whether the consumer has ended.
func (c *Consumer) Closed() bool { return c.closed }

// Done reports whether the consumer has ended, on its own or asked.
func (c *Consumer) Done() bool { return c.closed }

// Err is why the consumer ended on its own, if that was an error.
func (c *Consumer) Err() error { return c.err }

// Position is the offset of the next record the application gets of a partition, if it is known.
func (c *Consumer) Position(tp kafka.TopicPartition) (kafka.Offset, bool) {
	r := c.reader(tp)
	if r == nil || r.state != reading && r.state != needsCheck {
		return 0, false
	}
	return r.position, true
}

func (c *Consumer) boot(now env.Now) {
	c.app.nextPoll, c.autoAt = now.Mono, now.Mono.Add(c.cfg.AutoCommitInterval)
	for _, t := range c.cfg.Topics {
		c.net.meta.add(t)
	}
	for _, a := range c.cfg.Assign {
		c.net.meta.add(a.Topic)
		if a.Partition >= 0 {
			c.open(now, a.TopicPartition, a.Offset)
		}
	}
}

func (c *Consumer) wakeAt(t env.Instant) { c.wake = min(c.wake, t) }

func (c *Consumer) backoff(failures int) time.Duration {
	return backoff(c.cfg.RetryBackoff, c.cfg.RetryBackoffMax, failures, &c.net.rnd)
}

// fail is an exception that leaves poll: the application logs it and closes its consumer.
func (c *Consumer) fail(format string, args ...any) {
	if c.err != nil {
		return
	}
	c.err = fmt.Errorf(format, args...)
	c.net.say(env.Error, "%v", c.err)
	c.stopping, c.dirty = true, true
}

func (c *Consumer) answered(now env.Now, r result) {
	switch about := r.call.about.(type) {
	case *fetchAsk:
		c.fetched(now, r, about)
	case *committedAsk:
		c.committed(now, r, about)
	case *offsetsAsk:
		c.offsets(now, r, about)
	case *checkAsk:
		c.checked(now, r, about)
	case *commit:
		c.committedBy(now, r, about)
	case *endAsk:
		c.ended(now, r, about)
	case findAsk:
		c.group.found(now, r)
	case joinAsk:
		c.group.joined(now, r)
	case syncAsk:
		c.group.synced(now, r, about)
	case beatAsk:
		c.group.beaten(now, r, about)
	case leaveAsk:
		c.app.leaving = false
	}
}

// spread opens all partitions of topics that were assigned or are to be read whole, as metadata shows them.
func (c *Consumer) spread(now env.Now) {
	for _, a := range c.cfg.Assign {
		if a.Partition < 0 {
			c.openAll(now, a.Topic)
		}
	}
	for i := 0; c.cfg.ReadAll && i < len(c.cfg.Topics); i++ {
		c.openAll(now, c.cfg.Topics[i])
	}
}

func (c *Consumer) openAll(now env.Now, topic string) {
	if t := c.net.meta.topic(topic); t != nil {
		for p := range t.partitions {
			c.open(now, kafka.TopicPartition{Topic: topic, Partition: kafka.PartitionID(p)}, -1)
		}
	}
}
