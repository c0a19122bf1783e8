package host

import (
	"sync"
	"sync/atomic"
	"time"

	"gregor/core/env"
)

// alarm is the one timer. It is moved only to an earlier time: a deadline that moved later is found out when the
// alarm rings early, which is cheaper than a call of the runtime for every step.
type alarm struct {
	mu    sync.Mutex
	at    atomic.Int64 // an env.Instant; written under mu
	timer *time.Timer
	now   func() env.Instant
}

func (a *alarm) init(now func() env.Instant) {
	a.now = now
	a.at.Store(int64(env.Never))
	a.timer = time.NewTimer(time.Hour)
	a.timer.Stop()
}

// atLatest makes the alarm ring by t.
func (a *alarm) atLatest(t env.Instant) {
	if int64(t) >= a.at.Load() {
		return
	}
	a.mu.Lock()
	if int64(t) < a.at.Load() {
		a.at.Store(int64(t))
		a.timer.Reset(max(0, t.Sub(a.now())))
	}
	a.mu.Unlock()
}

// rang forgets the time the alarm was set to: the next atLatest sets it again.
func (a *alarm) rang() {
	a.mu.Lock()
	a.at.Store(int64(env.Never))
	a.mu.Unlock()
}

// ticks is the timer's goroutine: it brings a Tick whenever the node's deadline has come.
func (h *Host) ticks() {
	k := &carrier{h: h}
	for {
		select {
		case <-h.closing:
			return
		case <-h.alarm.timer.C:
		}
		h.alarm.rang()
		if !k.enter() {
			return
		}
		if now := h.now(); h.node.Deadline() <= now.Mono {
			h.step(now, env.Event{Kind: env.Tick})
		}
		k.leave()
		if k.slow() {
			k.handOver() // the next Tick does not wait for the disk
			continue
		}
		k.carry()
		k.run()
	}
}

// slow reports whether what there is to carry may wait for a disk.
func (k *carrier) slow() bool {
	for i := range k.effects {
		if do := k.effects[i].do; do == doRead || do == doWrite || do == doTruncate {
			return true
		}
	}
	return false
}
