// Package alarm is a heap of alarms: what a node has to do at a later instant, the earliest first.
//
// Each owner holds one [Entry], and sets it, moves it or clears it, so that the heap never has more than one entry for
// a log, a waiting request or a timer. What is due at one instant comes in the order in which it was set, which makes a
// run repeatable. The package promises nothing about when an owner is woken: its node takes out what is due.
//
//	          Set                  Due
//	idle ────────────▶ set ─────────────────▶ idle, and the owner is returned
//	  ▲                 │ Set(another instant): moved behind what was set before for that instant
//	  └─────────────────┘
//	   Clear, Set(Never)
package alarm

import "gregor/core/env"

// Waker is an owner that is woken at the instant it set. Its alarm is idle again by then.
type Waker interface{ Wake(now env.Now) }

// Heap holds the alarms of wakers, and Alarm is one of them.
type (
	Heap  = HeapOf[Waker]
	Alarm = Entry[Waker]
)

// HeapOf holds the set alarms of owners of type W. The zero value is empty.
type HeapOf[W any] struct {
	heap []*Entry[W]
	seq  uint64
}

// Entry is the alarm of one owner. It must not move in memory while it is set.
type Entry[W any] struct {
	owner W
	at    env.Instant
	seq   uint64
	spot  int // its index in the heap plus one; zero while it is idle
}

// Of returns an idle alarm of an owner.
func Of[W any](owner W) Entry[W] { return Entry[W]{owner: owner} }

// For returns an idle alarm of a waker.
func For(w Waker) Alarm { return Of(w) }

// Set has the alarm due at an instant, and not at the one set before. An alarm that is already set for this instant
// keeps its place among the alarms of that instant. Never clears it.
func (h *HeapOf[W]) Set(a *Entry[W], at env.Instant) {
	switch {
	case at == env.Never:
		h.Clear(a)
		return
	case a.spot == 0:
		h.heap = append(h.heap, a)
		a.spot = len(h.heap)
	case a.at == at:
		return
	}
	h.seq++
	a.at, a.seq = at, h.seq
	h.up(a.spot - 1)
	h.down(a.spot - 1)
}

// Clear takes an alarm out, if it is set.
func (h *HeapOf[W]) Clear(a *Entry[W]) {
	i := a.spot - 1
	if i < 0 {
		return
	}
	last := len(h.heap) - 1
	h.swap(i, last)
	h.heap[last] = nil
	h.heap = h.heap[:last]
	a.spot = 0
	if i < last {
		h.up(i)
		h.down(i)
	}
}

// Next is the earliest instant set, Never if none is.
func (h *HeapOf[W]) Next() env.Instant {
	if len(h.heap) == 0 {
		return env.Never
	}
	return h.heap[0].at
}

// Due takes the earliest alarm that is due out, and returns its owner; false if none is due.
func (h *HeapOf[W]) Due(now env.Instant) (owner W, ok bool) { return h.DueOf(now, h.seq) }

// DueOf is Due for what was set before Mark returned that mark.
func (h *HeapOf[W]) DueOf(now env.Instant, mark uint64) (owner W, ok bool) {
	if len(h.heap) == 0 || h.heap[0].at > now || h.heap[0].seq > mark {
		return owner, false
	}
	a := h.heap[0]
	h.Clear(a)
	return a.owner, true
}

// IsSet reports whether the alarm is set.
func (a *Entry[W]) IsSet() bool { return a.spot > 0 }

// Sound reports whether the heap is in order; it is not if an entry was moved or overwritten while it was set.
func (h *HeapOf[W]) Sound() bool {
	for i, a := range h.heap {
		if a.spot != i+1 || i > 0 && h.less(i, (i-1)/2) {
			return false
		}
	}
	return true
}

// Mark separates what has been set so far from what is set later, see [HeapOf.DueOf].
func (h *HeapOf[W]) Mark() uint64 { return h.seq }

// Len is how many alarms are set.
func (h *HeapOf[W]) Len() int { return len(h.heap) }

// Each calls do with the owner of each alarm that is set, in no particular order.
func (h *HeapOf[W]) Each(do func(W)) {
	for _, a := range h.heap {
		do(a.owner)
	}
}

func (h *HeapOf[W]) up(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h *HeapOf[W]) down(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(h.heap); c++ {
			if h.less(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		h.swap(i, least)
		i = least
	}
}

func (h *HeapOf[W]) swap(i, j int) {
	h.heap[i], h.heap[j] = h.heap[j], h.heap[i]
	h.heap[i].spot, h.heap[j].spot = i+1, j+1
}

func (h *HeapOf[W]) less(i, j int) bool {
	a, b := h.heap[i], h.heap[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
