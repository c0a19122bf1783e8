package broker

import "gregor/core/env"

// deadlines is a heap of moments at which somebody wants to be looked at. Entries are never removed early:
// whoever is woken checks whether it still cares. Each owner keeps at most one live entry, so that the heap is
// bounded by the number of logs, waiting requests and groups.
type deadlines struct {
	heap []deadline
	seq  uint64
}

// deadline wakes one owner. Equal moments wake in the order they were set.
type deadline struct {
	at   env.Instant
	seq  uint64
	what waker
}

// waker is anything that can be woken at a moment it asked for.
type waker interface{ wake(now env.Now) }

func (d *deadlines) set(at env.Instant, w waker) {
	if at == env.Never {
		return
	}
	d.seq++
	d.heap = append(d.heap, deadline{at, d.seq, w})
	for i := len(d.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !d.less(i, up) {
			break
		}
		d.heap[i], d.heap[up] = d.heap[up], d.heap[i]
		i = up
	}
}

// next is the earliest moment set, Never if none.
func (d *deadlines) next() env.Instant {
	if len(d.heap) == 0 {
		return env.Never
	}
	return d.heap[0].at
}

// due takes the earliest waker whose moment has come, nil if none has.
func (d *deadlines) due(now env.Instant) waker {
	if len(d.heap) == 0 || d.heap[0].at > now {
		return nil
	}
	w := d.heap[0].what
	last := len(d.heap) - 1
	d.heap[0] = d.heap[last]
	d.heap[last] = deadline{}
	d.heap = d.heap[:last]
	d.sink(0)
	return w
}

func (d *deadlines) sink(i int) {
	for {
		min := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(d.heap); c++ {
			if d.less(c, min) {
				min = c
			}
		}
		if min == i {
			return
		}
		d.heap[i], d.heap[min] = d.heap[min], d.heap[i]
		i = min
	}
}

func (d *deadlines) less(i, j int) bool {
	a, b := &d.heap[i], &d.heap[j]
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}
