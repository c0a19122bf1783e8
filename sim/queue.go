package sim

import (
	"gregor/core/env"
	"gregor/core/slab"
)

// What a thing to come is.
type job uint8

const (
	jobTick job = iota + 1
	jobDisk
	jobNet
	jobWake
	jobBoot
	jobCall
)

// pending is a thing to come.
type pending struct {
	arg  uint64
	seq  uint64
	node int32
	job  job
}

// key orders the queue; slot finds the rest.
type key struct {
	at   env.Instant
	tie  uint32
	slot uint32
}

// queue is a heap with four children a node, of keys only: what is pending lies still in a slab.
type queue struct {
	heap []key
	slab []pending
	free slab.Numbers
	seq  uint64
}

func (q *queue) len() int { return len(q.heap) }

func (q *queue) push(at env.Instant, tie uint32, p pending) {
	q.seq++
	p.seq = q.seq
	slot, fresh := q.free.Take()
	if fresh {
		q.slab = append(q.slab, p)
	} else {
		q.slab[slot] = p
	}
	q.heap = append(q.heap, key{})
	q.up(len(q.heap)-1, key{at, tie, slot})
}

// pop takes the first thing from a queue that is not empty.
func (q *queue) pop() (env.Instant, pending) {
	first := q.heap[0]
	last := q.heap[len(q.heap)-1]
	q.heap = q.heap[:len(q.heap)-1]
	if len(q.heap) > 0 {
		q.down(last)
	}
	q.free.Return(first.slot)
	return first.at, q.slab[first.slot]
}

func (q *queue) before(a, b key) bool {
	if a.at != b.at {
		return a.at < b.at
	}
	if a.tie != b.tie {
		return a.tie < b.tie
	}
	return q.slab[a.slot].seq < q.slab[b.slot].seq
}

// up puts k at i or nearer to the top.
func (q *queue) up(i int, k key) {
	for i > 0 {
		parent := (i - 1) / 4
		if !q.before(k, q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = k
}

// down puts k at the top or further down.
func (q *queue) down(k key) {
	i, n := 0, len(q.heap)
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, n); c++ {
			if q.before(q.heap[c], q.heap[least]) {
				least = c
			}
		}
		if !q.before(q.heap[least], k) {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = k
}
