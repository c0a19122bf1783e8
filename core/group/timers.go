package group

import "gregor/core/env"

// timer is one deadline, a part of whoever waits for it. It is in the heap while armed.
type timer struct {
	at    env.Instant
	order uint64 // of arming: what is due at the same instant runs in the order it was armed
	place int    // in the heap, plus one; 0 is idle
	owner expirer
}

// expirer is what a timer belongs to. The timer is idle again when expire is called.
type expirer interface {
	expire(c *Coordinator, now env.Now)
}

// timerHeap is a binary heap of armed timers, the earliest first.
type timerHeap struct {
	heap  []*timer
	armed uint64 // how often a timer was armed
}

// arm sets t to run its owner at an instant, whatever it was set to before.
func (h *timerHeap) arm(t *timer, owner expirer, at env.Instant) {
	h.disarm(t)
	h.armed++
	t.at, t.order, t.owner = at, h.armed, owner
	h.heap = append(h.heap, t)
	t.place = len(h.heap)
	h.up(t.place - 1)
}

func (h *timerHeap) disarm(t *timer) {
	if t.place == 0 {
		return
	}
	i, last := t.place-1, len(h.heap)-1
	h.swap(i, last)
	h.heap[last] = nil
	h.heap = h.heap[:last]
	t.place = 0
	if i < last {
		h.down(i)
		h.up(i)
	}
}

// next is the earliest deadline, or env.Never.
func (h *timerHeap) next() env.Instant {
	if len(h.heap) == 0 {
		return env.Never
	}
	return h.heap[0].at
}

// due takes the earliest timer out if it is due, and was among the first so many to be armed.
func (h *timerHeap) due(now env.Instant, first uint64) *timer {
	if len(h.heap) == 0 || h.heap[0].at > now || h.heap[0].order > first {
		return nil
	}
	t := h.heap[0]
	h.disarm(t)
	return t
}

func (h *timerHeap) less(i, j int) bool {
	a, b := h.heap[i], h.heap[j]
	if a.at != b.at {
		return a.at < b.at
	}
	return a.order < b.order
}

func (h *timerHeap) swap(i, j int) {
	h.heap[i], h.heap[j] = h.heap[j], h.heap[i]
	h.heap[i].place, h.heap[j].place = i+1, j+1
}

func (h *timerHeap) up(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h *timerHeap) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.heap); child++ {
			if h.less(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}
