package checkers

import (
	"fmt"

	"gregor/checkers/model"
	"gregor/core/env"
	"gregor/core/kafka"
)

// acked-loss: a record that was acknowledged is in the final log. Losing what was not flushed in a power cut is
// permitted, and so is any loss of records sent with acks=0.
// wrong-offset: it is there at the offset that was acknowledged.
var _ = registerHistory(ofLoss, []Property{
	{"acked-loss", "an acknowledged record is not in the final log", `
		1 p1 send 1 a
		2 p1 sent 1
		log 0..0
		=> acked-loss t-0, event 2: "a" of p1 (acks=all) is not in the log
	`},
	{"wrong-offset", "an acknowledged record lies at another offset", `
		1 p1 send 1 a
		2 p1 sent 1 0
		log 0..2 0=x 1=a
		=> wrong-offset t-0@0, event 2: "a" of p1 was acknowledged at offset 0, but is at offset 1
		=> inconsistent-offsets t-0@0, event 2: offset 0 held "a" and "x"
		=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1]
	`},
}, ackedLoss)

func ackedLoss(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		if p.log == nil {
			continue
		}
		l := lossCheck{index: ix, partition: p}
		for _, w := range p.sends {
			if f, bad := l.judge(w); bad {
				found = append(found, f)
			}
		}
	}
	return byEvent(found)
}

// lossCheck looks for what is gone of one partition.
type lossCheck struct {
	*index
	*partition
	where map[string]kafka.Offset // the final log by value; nil until it is needed
}

func (l *lossCheck) find(value string) (at kafka.Offset, present bool) {
	if l.where == nil {
		l.where = make(map[string]kafka.Offset, len(l.log.Entries))
		for _, e := range l.log.Entries {
			l.where[e.Value] = e.Offset
		}
	}
	at, present = l.where[value]
	return at, present
}

func (l *lossCheck) judge(w *send) (Finding, bool) {
	p := l.partition
	if w.outcome != env.OK || w.acked() && !p.lost(w) {
		return Finding{}, false
	}
	at, present := l.find(w.Value)
	switch {
	case w.acked() && present:
		f := finding("wrong-offset", p, w.offset, w.returned,
			fmt.Sprintf("%q of %s was acknowledged at offset %d, but is at offset %d", w.Value, w.Client, w.offset, at))
		f.Attributed = l.explain(p, w.claim(), never)
		return f, true
	case w.acked():
		f := finding("acked-loss", p, w.offset, w.returned, fmt.Sprintf("%q of %s was acknowledged (%s) at offset %d, but %s",
			w.Value, w.Client, acksName(w.Acks), w.offset, p.instead(w.offset)))
		f.Attributed = l.explain(p, w.claim(), never)
		return f, true
	case !w.acked() && !present && !p.log.Compacted && p.log.Start == 0:
		f := finding("acked-loss", p, -1, w.returned,
			fmt.Sprintf("%q of %s (%s) is not in the log", w.Value, w.Client, acksName(w.Acks)))
		f.Attributed = "acks=0 asks for no promise"
		if w.Acks != 0 { // acknowledged, but not where
			c := w.claim()
			c.offset = model.Anywhere
			f.Attributed = l.explain(p, c, never)
		}
		return f, true
	}
	return Finding{}, false
}

func acksName(acks kafka.Acks) string {
	if acks == -1 {
		return "acks=all"
	}
	return fmt.Sprintf("acks=%d", acks)
}

// instead is what the final log has to say for an offset.
func (p *partition) instead(o kafka.Offset) string {
	if p.beyond(o) {
		return fmt.Sprintf("the log end offset is %d", p.log.End)
	}
	if p.logged(o) {
		return fmt.Sprintf("the log has %q there", p.version(o).values[0])
	}
	return "the log has nothing there"
}
