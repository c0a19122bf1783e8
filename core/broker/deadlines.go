package broker

import "gregor/core/env"

// deadlines is a heap of alarms. Whoever waits owns one alarm and sets it, moves it or takes it out, so that the
// heap never holds more than one entry for a log, a waiting request or a timer.
type deadlines struct {
	heap []*alarm
	seq  uint64 // counts settings: equal moments wake in the order they were set
}

// alarm is one owner's place in the heap.
type alarm struct {
	what waker // whom to wake
	at   env.Instant
	seq  uint64
	spot int // its index in the heap plus one; zero while it is not set
}

// waker is anything that can be woken at a moment it asked for. Its alarm is no longer set by then.
type waker interface{ wake(now env.Now) }

// set has the alarm go off at a moment, and not at the one set before. Never takes it out.
func (d *deadlines) set(a *alarm, at env.Instant) {
	switch {
	case at == env.Never:
		d.clear(a)
		return
	case a.spot == 0:
		d.heap = append(d.heap, a)
		a.spot = len(d.heap)
	case a.at == at:
		return
	}
	d.seq++
	a.at, a.seq = at, d.seq
	d.up(a.spot - 1)
	d.down(a.spot - 1)
}

// clear takes an alarm out, if it is set.
func (d *deadlines) clear(a *alarm) {
	i := a.spot - 1
	if i < 0 {
		return
	}
	last := len(d.heap) - 1
	d.swap(i, last)
	d.heap[last] = nil
	d.heap = d.heap[:last]
	a.spot = 0
	if i < last {
		d.up(i)
		d.down(i)
	}
}

// next is the earliest moment set, Never if none.
func (d *deadlines) next() env.Instant {
	if len(d.heap) == 0 {
		return env.Never
	}
	return d.heap[0].at
}

// due takes out the earliest alarm whose moment has come and says whom to wake, nil if there is none.
func (d *deadlines) due(now env.Instant) waker {
	if len(d.heap) == 0 || d.heap[0].at > now {
		return nil
	}
	a := d.heap[0]
	d.clear(a)
	return a.what
}

func (d *deadlines) up(i int) {
	for i > 0 && d.less(i, (i-1)/2) {
		d.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (d *deadlines) down(i int) {
	for {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(d.heap); c++ {
			if d.less(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		d.swap(i, least)
		i = least
	}
}

func (d *deadlines) swap(i, j int) {
	d.heap[i], d.heap[j] = d.heap[j], d.heap[i]
	d.heap[i].spot, d.heap[j].spot = i+1, j+1
}

func (d *deadlines) less(i, j int) bool {
	a, b := d.heap[i], d.heap[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
