package coordinator_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/seglog"
)

// world is two brokers, a and b, with counters on each, and the two partitions of __counters.
type world struct {
	t     fataler
	now   env.Now
	logs  []*log
	nodes []*node
	said  []string // responses and facts since the last command
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

const partitions = 2

func newWorld(t fataler) *world {
	w := &world{t: t, now: env.Now{Mono: 1, Wall: 1000}}
	for p := range partitions {
		w.logs = append(w.logs, &log{id: kafka.PartitionID(p)})
	}
	for _, name := range []string{"a", "b"} {
		w.nodes = append(w.nodes, newNode(w, name))
	}
	return w
}

func (w *world) say(format string, args ...any) {
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

// log is what the replicas of one partition have in common. The high watermark moves by hand.
type log struct {
	id      kafka.PartitionID
	batches []record.Batch
	start   kafka.Offset
	hw      kafka.Offset
	epoch   kafka.LeaderEpoch

	refusal kafka.ErrorCode // of the next append
	slow    bool            // reads are pending
	broken  bool            // reads fail
}

func (l *log) end() kafka.Offset {
	if len(l.batches) == 0 {
		return l.start
	}
	return l.batches[len(l.batches)-1].NextOffset()
}

// write appends a batch at the end of the log.
func (l *log) write(b record.Batch) (last kafka.Offset) {
	b = slices.Clone(b)
	b.SetBase(l.end(), l.epoch)
	l.batches = append(l.batches, b)
	return b.LastOffset()
}

func (l *log) truncate(to kafka.Offset) {
	l.batches = slices.DeleteFunc(l.batches, func(b record.Batch) bool { return b.BaseOffset() >= to })
}

// records lists the records below an offset.
func (l *log) records(upTo kafka.Offset) (all []coordinator.Record) {
	for _, b := range l.batches {
		records := b.Records(new(record.Scratch), record.Limits{})
		for r, ok := records.Next(); ok && b.BaseOffset() < upTo; r, ok = records.Next() {
			all = append(all, coordinator.Record{Key: slices.Clone(r.Key), Value: slices.Clone(r.Value)})
		}
	}
	return all
}

// replica is one broker's view of a log.
type replica struct {
	*log
	leads   bool
	epoch   kafka.LeaderEpoch
	begins  kafka.Offset // where the epoch begins
	waiters []waiter
	read    kafka.Offset // where the last read began
}

type waiter struct {
	upTo kafka.Offset
	done coordinator.Waiter
}

func (r *replica) Leadership() coordinator.Leadership {
	return coordinator.Leadership{Leads: r.leads, Epoch: r.epoch, EpochStart: r.begins, LogStart: r.start,
		HighWatermark: r.hw}
}

func (r *replica) Scan(_ env.Now, from kafka.Offset, limit int) ([]byte, kafka.Offset, seglog.ReadStatus) {
	switch {
	case r.broken:
		return nil, from, seglog.ReadFenced
	case r.slow:
		return nil, from, seglog.ReadPending
	}
	r.read = from
	var bytes []byte
	next := from
	for _, b := range r.batches {
		if b.BaseOffset() < from {
			continue
		}
		if len(bytes) > 0 && len(bytes)+b.Size() > limit {
			break
		}
		bytes, next = append(bytes, b...), b.NextOffset()
	}
	return bytes, next, seglog.ReadReady
}

func (r *replica) Append(_ env.Now, b record.Batch, done coordinator.Waiter) kafka.ErrorCode {
	if !r.leads {
		return kafka.NotLeaderOrFollower
	}
	if code := r.refusal; code != kafka.None {
		r.refusal = kafka.None
		return code
	}
	r.waiters = append(r.waiters, waiter{r.write(b) + 1, done})
	return kafka.None
}

// acknowledge ends the appends that are committed.
func (r *replica) acknowledge(now env.Now, code kafka.ErrorCode) {
	for len(r.waiters) > 0 && r.waiters[0].upTo <= r.hw {
		w := r.waiters[0]
		r.waiters = r.waiters[1:]
		w.done.Acked(now, 0, code)
	}
}

// node is one broker.
type node struct {
	w        *world
	name     string
	set      coordinator.Set
	counters *counters
	replicas []*replica
	requests map[ticket]string // without a response
	last     ticket
	states   [partitions]coordinator.State
}

func newNode(w *world, name string) *node {
	n := &node{w: w, name: name, requests: map[ticket]string{}}
	for _, l := range w.logs {
		n.replicas = append(n.replicas, &replica{log: l, epoch: kafka.NoEpoch})
	}
	n.set.Add(countersTopic, partitions, func(partitions int32) *coordinator.Runtime {
		n.counters = newCounters(partitions, &env.World{Facts: n}, n.reply)
		return n.counters.Runtime()
	})
	return n
}

func (n *node) Emit(f env.Fact) { n.w.say("%s: %+v", n.name, f) }

func (n *node) reply(t ticket, response string) {
	request, ok := n.requests[t]
	if !ok {
		n.w.t.Fatalf("%s: request %d is answered a second time: %s", n.name, t, response)
	}
	delete(n.requests, t)
	n.w.say("%s: %s: %s", n.name, request, response)
}

func (n *node) ask(request string) ticket {
	n.last++
	n.requests[n.last] = request
	return n.last
}

// update has the broker see the replicas as they are, and ends its step.
func (n *node) update() {
	for p, r := range n.replicas {
		n.set.Update(n.w.now, kafka.TopicPartition{Topic: countersTopic, Partition: kafka.PartitionID(p)}, r)
	}
	n.settle()
}

// settle ends a step, and reports which partitions are in another state than before.
func (n *node) settle() {
	more := n.set.Settle(n.w.now)
	if n.set.Unsettled() > 0 {
		n.w.t.Fatalf("%s: %d refused appends are left after Settle", n.name, n.set.Unsettled())
	}
	for p := range n.states {
		state := n.counters.runtime.State(kafka.PartitionID(p))
		if more && state == coordinator.Loading {
			n.w.say("%s: partition %d is loading from %d", n.name, p, n.replicas[p].read)
		} else if state != n.states[p] {
			n.w.say("%s: partition %d is %v", n.name, p, state)
		}
		n.states[p] = state
	}
}

// elect gives a partition a leader in the next epoch. The log begins it where it ends.
func (w *world) elect(p int, leader string) {
	l := w.logs[p]
	l.epoch++
	for _, n := range w.nodes {
		r := n.replicas[p]
		was := r.leads
		r.leads, r.epoch = n.name == leader, l.epoch
		if r.leads {
			r.begins = l.end()
		}
		if was && !r.leads {
			lost := r.waiters
			r.waiters = nil
			for _, x := range lost {
				x.done.Acked(w.now, 0, kafka.NotLeaderOrFollower)
			}
		}
	}
}

// commit moves the high watermark of a partition.
func (w *world) commit(p int, to kafka.Offset, code kafka.ErrorCode) {
	w.logs[p].hw = max(w.logs[p].hw, min(to, w.logs[p].end()))
	for _, n := range w.nodes {
		n.replicas[p].acknowledge(w.now, code)
	}
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	end := w.now.Mono.Add(d)
	for _, n := range w.nodes {
		for steps := 0; n.set.Deadline() <= end; steps++ {
			if steps > 1000 {
				w.t.Fatalf("%s: a deadline is due for ever at %d", n.name, n.set.Deadline())
			}
			w.now.Mono = max(w.now.Mono, n.set.Deadline())
			n.set.Wake(w.now)
			n.settle()
		}
	}
	w.now.Mono = end
}

// check compares what lives with the log: an active partition holds what is committed, and what was in the log when it
// was loaded; no broker has state of a partition that it does not lead; and one broker at most is active in the last
// epoch.
func (w *world) check() {
	w.t.Helper()
	for p, l := range w.logs {
		want := newCounters(partitions, nil, nil)
		for _, r := range l.records(l.hw) {
			if want.runtime.PartitionFor(string(r.Key)) == l.id {
				_ = want.apply(l.id, string(r.Key), r.Value) // what cannot be read was skipped
			}
		}
		for _, n := range w.nodes {
			state, values := n.counters.runtime.State(l.id), n.counters.values[p]
			switch {
			case state == coordinator.Active && n.replicas[p].leads && !maps.Equal(values, want.values[p]):
				w.t.Fatalf("%s: partition %d holds %v, and the log gives %v", n.name, p, values, want.values[p])
			case (state == coordinator.Initial || state == coordinator.Failed) && len(values) > 0:
				w.t.Fatalf("%s: partition %d is %v and holds %v", n.name, p, state, values)
			}
		}
	}
}

func batchOf(records ...coordinator.Record) record.Batch {
	b := record.NewBuilder(record.Options{})
	for _, r := range records {
		b.Add(1000, r.Key, r.Value)
	}
	return slices.Clone(b.Build())
}

// show is what was said since the last command, in lines.
func (w *world) show() string {
	s := strings.Join(w.said, "\n")
	w.said = nil
	return s
}
