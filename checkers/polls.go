package checkers

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// poll-skip, nonmonotonic-poll: from one poll to the next a consumer is given every record once, in order.
// int-poll-skip, int-nonmonotonic-poll: the same within one poll.
// poll-below-position: a consumer is given nothing from below the position it asked for.
//
// A new position (assigned, revoked, a seek, a reset) ends what one poll promises the next. Offsets at which
// nothing is known to be do not count as skipped, nor do those that retention took, or compaction may have.
var _ = registerHistory(ofPolling, []Property{
	{"poll-skip", "a consumer was not given a record, from one poll to the next", `
		1 c1 polled 1 from=0 0=a
		2 c1 polled 2 from=1 2=c
		log 0..3 0=a 1=b 2=c
		=> poll-skip t-0@1, event 2: c1 got offset 2 after offset 0, without offset 1
	`},
	{"nonmonotonic-poll", "a consumer was given an earlier record again, from one poll to the next", `
		1 c1 polled 1 from=0 0=a 1=b
		2 c1 polled 2 from=1 1=b
		log 0..2 0=a 1=b
		=> nonmonotonic-poll t-0@1, event 2: c1 got offset 1 after offset 1
	`},
	{"int-poll-skip", "a record is missing within one poll", `
		1 c1 polled 1 from=0 0=a 2=c
		log 0..3 0=a 1=b 2=c
		=> int-poll-skip t-0@1, event 1: one poll of c1 returned offset 2 after offset 0, without offset
		   1
	`},
	{"int-nonmonotonic-poll", "records are out of order within one poll", `
		1 c1 polled 1 from=0 1=b 0=a
		log 0..2 0=a 1=b
		=> int-nonmonotonic-poll t-0@0, event 1: one poll of c1 returned offset 0 after offset 1
	`},
	{"poll-below-position", "a consumer was given a record from below its position", `
		1 c1 polled 1 from=1 0=a 1=b
		log 0..2 0=a 1=b
		=> poll-below-position t-0@0, event 1: c1 fetched from offset 1 and got offset 0
	`},
}, pollOrder)

func pollOrder(ix *index) []Finding {
	w := pollWalk{index: ix, cursors: map[cursorKey]*cursor{}, starts: map[kafka.TopicPartition]kafka.Offset{}}
	for i := range ix.history.Facts {
		w.take(&ix.history.Facts[i])
	}
	return w.found
}

// cursor is where a consumer's next record should lie: behind last, if that is set, or at from.
type cursor struct {
	last kafka.Offset // -1: none yet
	from kafka.Offset // -1: not known
}

type pollWalk struct {
	*index
	cursors map[cursorKey]*cursor
	found   []Finding
	starts  map[kafka.TopicPartition]kafka.Offset
}

func (w *pollWalk) take(s *history.Stamped) {
	switch f := s.Fact.(type) {
	case env.Polled:
		w.polled(s.Event, &f)
	case env.PositionSet:
		*w.cursor(f.Client, f.TopicPartition) = cursor{last: -1, from: f.Offset}
	case env.PartitionsAssigned:
		w.reset(f.Client, f.Partitions)
	case env.PartitionsRevoked:
		w.reset(f.Client, f.Partitions)
	case env.ClientCrashed:
		w.forget(f.Client)
	case env.ClientClosed:
		w.forget(f.Client)
	case env.LogStartAdvanced:
		w.starts[f.TopicPartition] = max(w.starts[f.TopicPartition], f.To)
	}
}

func (w *pollWalk) cursor(client string, tp kafka.TopicPartition) *cursor {
	k := cursorKey{client, tp}
	c := w.cursors[k]
	if c == nil {
		c = &cursor{last: -1, from: -1}
		w.cursors[k] = c
	}
	return c
}

func (w *pollWalk) reset(client string, partitions []kafka.TopicPartition) {
	for _, tp := range partitions {
		delete(w.cursors, cursorKey{client, tp})
	}
}

func (w *pollWalk) forget(client string) {
	//tidy:unordered each entry is judged by itself
	for k := range w.cursors {
		if k.client == client {
			delete(w.cursors, k)
		}
	}
}

func (w *pollWalk) polled(event uint64, f *env.Polled) {
	if len(f.Records) == 0 {
		return
	}
	p, c := w.partition(f.TopicPartition), w.cursor(f.Client, f.TopicPartition)
	w.first(event, p, c, f)
	for i := 1; i < len(f.Records); i++ {
		a, b := f.Records[i-1].Offset, f.Records[i].Offset
		if b <= a {
			w.add("int-nonmonotonic-poll", p, b, event, "one poll of %s returned offset %d after offset %d", f.Client, b, a)
		} else if gap := w.skipped(p, a+1, b); gap >= 0 {
			w.add("int-poll-skip", p, gap, event,
				"one poll of %s returned offset %d after offset %d, without offset %d", f.Client, b, a, gap)
		}
	}
	c.last = f.Records[len(f.Records)-1].Offset
}

// first judges a poll's first record by what came before.
func (w *pollWalk) first(event uint64, p *partition, c *cursor, f *env.Polled) {
	o := f.Records[0].Offset
	switch {
	case f.From >= 0 && o < f.From:
		w.add("poll-below-position", p, o, event, "%s fetched from offset %d and got offset %d", f.Client, f.From, o)
	case c.last >= 0 && o <= c.last:
		w.add("nonmonotonic-poll", p, o, event, "%s got offset %d after offset %d", f.Client, o, c.last)
	case c.last >= 0:
		if gap := w.skipped(p, c.last+1, o); gap >= 0 {
			w.add("poll-skip", p, gap, event, "%s got offset %d after offset %d, without offset %d", f.Client, o, c.last, gap)
		}
	case c.from >= 0:
		if gap := w.skipped(p, c.from, o); gap >= 0 {
			w.add("poll-skip", p, gap, event, "%s started at offset %d and got offset %d first, without offset %d",
				f.Client, c.from, o, gap)
		}
	}
}

// skipped is the first offset in [from, to) that holds a record which the log has not deleted, -1 if none does.
func (w *pollWalk) skipped(p *partition, from, to kafka.Offset) kafka.Offset {
	if from >= to {
		return -1
	}
	from = max(from, w.starts[p.TopicPartition])
	for i := p.place(from); i < len(p.versions) && p.versions[i].offset < to; i++ {
		v := &p.versions[i]
		if p.compacted(v.offset, v.writer) || p.log != nil && p.log.Compacted && !p.logged(v.offset) ||
			p.log != nil && p.lostAt(v) {
			continue
		}
		return v.offset
	}
	return -1
}

func (w *pollWalk) add(check string, p *partition, o kafka.Offset, event uint64, format string, args ...any) {
	f := finding(check, p, o, event, fmt.Sprintf(format, args...))
	if p.lossy {
		f.Attributed = w.explain(p, claimed{offset: o}, event)
	}
	w.found = append(w.found, f)
}
