package coordinator_test

import (
	"fmt"
	"strconv"
	"time"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
)

// counters is a second coordinator, as small as one can be: a number by key, in __counters. A record adds to the number
// of its key; a tombstone sets it to 0.
type counters struct {
	runtime *coordinator.Runtime
	reply   func(t ticket, response string)
	values  []map[string]int // by partition
}

// ticket is the handle of a request that waits for its response.
type ticket int

const countersTopic = "__counters"

func newCounters(partitions int32, w *env.World, reply func(ticket, string)) *counters {
	c := &counters{reply: reply, values: make([]map[string]int, partitions)}
	c.runtime = coordinator.New(coordinator.Config{Topic: countersTopic, Partitions: partitions,
		AppendTimeout: 5 * time.Second}, w)
	c.runtime.Host(c)
	return c
}

func (c *counters) Runtime() *coordinator.Runtime { return c.runtime }

// Get answers the number of a key, which is what is committed.
func (c *counters) Get(t ticket, key string) {
	if code := c.runtime.Admit(key); code != kafka.None {
		c.reply(t, code.String())
		return
	}
	c.reply(t, strconv.Itoa(c.values[c.runtime.PartitionFor(key)][key]))
}

// Add adds to the number of a key, and answers when that is committed.
func (c *counters) Add(now env.Now, t ticket, key string, by int) {
	c.change(now, t, key, []byte(strconv.Itoa(by)))
}

// Reset sets the number of a key to 0.
func (c *counters) Reset(now env.Now, t ticket, key string) { c.change(now, t, key, nil) }

func (c *counters) change(now env.Now, t ticket, key string, value []byte) {
	if code := c.runtime.Admit(key); code != kafka.None {
		c.reply(t, code.String())
		return
	}
	c.runtime.Append(now, key, []coordinator.Record{{Key: []byte(key), Value: value}}, &added{c, t, key, value, false})
}

// added is one Add or Reset that waits.
type added struct {
	c        *counters
	ticket   ticket
	key      string
	value    []byte
	answered bool
}

func (a *added) Appended(_ env.Now, code kafka.ErrorCode) {
	if code == kafka.None {
		_ = a.c.apply(a.c.runtime.PartitionFor(a.key), a.key, a.value)
	}
	a.answer(code)
}

func (a *added) TimedOut(env.Now) { a.answer(kafka.RequestTimedOut) }

func (a *added) answer(code kafka.ErrorCode) {
	if a.answered {
		return
	}
	a.answered = true
	if code == kafka.NotLeaderOrFollower {
		code = kafka.NotCoordinator
	}
	a.c.reply(a.ticket, code.String())
}

func (c *counters) Load(p kafka.PartitionID, key, value []byte, _ env.WallMillis) error {
	return c.apply(p, string(key), value)
}

func (c *counters) apply(p kafka.PartitionID, key string, value []byte) error {
	if c.values[p] == nil {
		c.values[p] = map[string]int{}
	}
	if value == nil {
		delete(c.values[p], key)
		return nil
	}
	n, err := strconv.Atoi(string(value))
	if err != nil {
		return fmt.Errorf("counter %q: %w", key, err)
	}
	c.values[p][key] += n
	return nil
}

func (c *counters) Loaded(env.Now, kafka.PartitionID) {}

func (c *counters) Unload(_ env.Now, p kafka.PartitionID) { c.values[p] = nil }

func (c *counters) Deadline() env.Instant { return env.Never }

func (c *counters) Tick(env.Now) {}
