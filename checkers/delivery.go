package checkers

import (
	"cmp"
	"fmt"
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Delivery grades how a group processed a partition: what lies between where it first began and what it
// committed last.
type Delivery struct {
	Group string
	kafka.TopicPartition
	Records     int            // how many records there were to process
	Lost        []kafka.Offset // never processed, though committed as done
	Redelivered []kafka.Offset // processed more than once

	committedAt   uint64   // the event of the furthest commit
	redeliveredAt []uint64 // the event of each one's second time
}

// Grade is the strongest guarantee that the group kept.
func (d Delivery) Grade() string {
	switch {
	case len(d.Lost) == 0 && len(d.Redelivered) == 0:
		return "exactly once"
	case len(d.Lost) == 0:
		return "at least once"
	case len(d.Redelivered) == 0:
		return "at most once"
	}
	return "neither at least nor at most once"
}

// Deliveries grades every group and partition of a history, by group and partition.
func Deliveries(h history.History) []Delivery { return deliveries(newIndex(h)) }

// span is what one client processed in one go: [from, to).
type span struct {
	from, to kafka.Offset
	event    uint64
}

// groupPartition is a partition as a group consumes it.
type groupPartition struct {
	group string
	kafka.TopicPartition
}

// callKey names a call of a client.
type callKey struct {
	client string
	call   uint64
}

// consumption is how a group went through a partition.
type consumption struct {
	groupPartition
	spans     []span
	begun     bool
	first     kafka.Offset
	committed kafka.Offset
	at        uint64 // the event of that commit
}

type deliveryWalk struct {
	byKey map[groupPartition]*consumption
	list  []*consumption
	at    map[cursorKey]kafka.Offset
	calls map[callKey]env.CommitCalled // under way
}

func deliveries(ix *index) []Delivery {
	w := deliveryWalk{byKey: map[groupPartition]*consumption{}, at: map[cursorKey]kafka.Offset{},
		calls: map[callKey]env.CommitCalled{}}
	for i := range ix.history.Facts {
		w.take(&ix.history.Facts[i])
	}
	slices.SortFunc(w.list, func(a, b *consumption) int {
		return cmp.Or(cmp.Compare(a.group, b.group), a.Compare(b.TopicPartition))
	})
	var out []Delivery
	for _, c := range w.list {
		out = append(out, c.grade(ix.partition(c.TopicPartition)))
	}
	return out
}

func (w *deliveryWalk) of(k groupPartition) *consumption {
	c := w.byKey[k]
	if c == nil {
		c = &consumption{groupPartition: k, committed: -1}
		w.byKey[k] = c
		w.list = append(w.list, c)
	}
	return c
}

func (w *deliveryWalk) take(s *history.Stamped) {
	switch f := s.Fact.(type) {
	case env.PositionSet:
		w.at[cursorKey{f.Client, f.TopicPartition}] = f.Offset
	case env.Processed:
		w.processed(s.Event, &f)
	case env.CommitCalled:
		w.calls[callKey{client: f.Client, call: f.Call}] = f
	case env.CommitReturned:
		k := callKey{client: f.Client, call: f.Call}
		if call, ok := w.calls[k]; ok && f.Outcome == env.OK {
			if c := w.of(groupPartition{call.Group, call.TopicPartition}); call.Offset > c.committed {
				c.committed, c.at = call.Offset, s.Event
			}
		}
		delete(w.calls, k)
	}
}

func (w *deliveryWalk) processed(event uint64, f *env.Processed) {
	at := cursorKey{f.Client, f.TopicPartition}
	from, placed := w.at[at]
	if !placed {
		return
	}
	c := w.of(groupPartition{f.Group, f.TopicPartition})
	if !c.begun || from < c.first {
		c.begun, c.first = true, from
	}
	if f.To > from {
		c.spans = append(c.spans, span{from, f.To, event})
	}
	w.at[at] = f.To
}

func (c *consumption) grade(p *partition) Delivery {
	d := Delivery{Group: c.group, TopicPartition: c.TopicPartition, committedAt: c.at}
	reached := c.committed
	for _, s := range c.spans {
		reached = max(reached, s.to)
	}
	first, end := p.place(c.first), p.place(reached)
	times, second := c.times(p, first, max(first, end))
	for i := range times {
		o := p.versions[first+i].offset
		d.Records++
		switch n := times[i]; {
		case n == 0 && o < c.committed:
			d.Lost = append(d.Lost, o)
		case n > 1:
			d.Redelivered = append(d.Redelivered, o)
			d.redeliveredAt = append(d.redeliveredAt, second[i])
		}
	}
	return d
}

// times is how often each of the versions [first, end) was processed, and the event of the second time.
func (c *consumption) times(p *partition, first, end int) (n []int, second []uint64) {
	n, second = make([]int, end-first), make([]uint64, end-first)
	for _, s := range c.spans {
		for i := max(first, p.place(s.from)); i < end && p.versions[i].offset < s.to; i++ {
			if n[i-first]++; n[i-first] == 2 {
				second[i-first] = s.event
			}
		}
	}
	return n, second
}

// not-at-least-once: a group committed records as done that none of its members has processed.
//
// not-at-most-once: a group processed records more than once.
var (
	_ = registerOptional(ofDelivery, []Property{
		{"not-at-least-once", "a group committed records that none of its members has processed", `
		1 c1 position 0 earliest
		2 c1 polled 1 from=0 0=a 1=b
		3 c1 commit 2 g 2 auto
		4 c1 committed 2
		5 c1 processed g 1
		6 c1 crashed
		7 c2 position 2 committed
		8 c2 processed g 2
		log 0..2 0=a 1=b
		ask not-at-least-once not-at-most-once
		grade
		=> committed-too-far t-0@2, event 3: c1 committed offset 2 for group g, but has processed only
		   the records below offset 0
		=> not-at-least-once t-0@1, event 4: group g committed offset 1 as done, but no member processed
		   it
		=> g t-0: at most once, 2 records, lost [1], again []
	`},
	}, notAtLeastOnce)
	_ = registerOptional(ofDelivery, []Property{
		{"not-at-most-once", "a group processed a record twice", `
		1 c1 position 0 earliest
		2 c1 polled 1 from=0 0=a 1=b
		3 c1 processed g 2
		4 c1 crashed
		5 c2 position 0 earliest
		6 c2 polled 1 from=0 0=a 1=b
		7 c2 processed g 2
		log 0..2 0=a 1=b
		ask not-at-least-once not-at-most-once
		grade
		=> not-at-most-once t-0@0, event 7: group g processed offset 0 more than once
		=> not-at-most-once t-0@1, event 7: group g processed offset 1 more than once
		=> g t-0: at least once, 2 records, lost [], again [0 1]
	`},
	}, notAtMostOnce)
)

func notAtLeastOnce(ix *index) []Finding {
	var found []Finding
	for _, d := range deliveries(ix) {
		for _, o := range d.Lost {
			found = append(found, Finding{Check: "not-at-least-once", Partition: d.TopicPartition, Offset: o,
				Event:    d.committedAt,
				Sentence: fmt.Sprintf("group %s committed offset %d as done, but no member processed it", d.Group, o)})
		}
	}
	return found
}

func notAtMostOnce(ix *index) []Finding {
	var found []Finding
	for _, d := range deliveries(ix) {
		for i, o := range d.Redelivered {
			found = append(found, Finding{Check: "not-at-most-once", Partition: d.TopicPartition, Offset: o,
				Event:    d.redeliveredAt[i],
				Sentence: fmt.Sprintf("group %s processed offset %d more than once", d.Group, o)})
		}
	}
	return found
}
