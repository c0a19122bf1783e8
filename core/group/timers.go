package group

import (
	"gregor/core/alarm"
	"gregor/core/env"
)

// timer is one deadline of its owner. It is set while the owner waits.
type timer = alarm.Entry[expirer]

// expirer is the owner of a timer. The timer is idle again when expire is called.
type expirer interface {
	expire(c *Coordinator, now env.Now)
}

// arm sets a timer to expire at an instant, whatever it was set to before, as the last of that instant.
func (c *Coordinator) arm(t *timer, owner expirer, at env.Instant) {
	c.timers.Clear(t)
	*t = alarm.Of(owner)
	c.timers.Set(t, at)
}

// maxDue bounds how many timers one Tick runs; the rest is due at once.
const maxDue = 1024

// Tick runs the timers that are due. Those that become due by that wait for the next Tick.
func (h hosted) Tick(now env.Now) {
	c := h.c
	defer c.call()()
	before := c.timers.Mark()
	for range maxDue {
		owner, ok := c.timers.DueOf(now.Mono, before)
		if !ok {
			return
		}
		owner.expire(c, now)
	}
}

// Deadline is when Tick has something to do.
func (h hosted) Deadline() env.Instant { return h.c.timers.Next() }
