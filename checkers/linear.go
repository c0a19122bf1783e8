package checkers

import (
	"fmt"
)

// linearizable: each partition behaves like one log that every send, fetch and end-offset request touches at
// one instant between its call and its return.
//
// Every acknowledged send names the offset it got, so the log's order is observed and need not be guessed.
// Walk it from the front, and let each append happen as early as it can: not before it was called, not before
// the one in front of it. The history is legal if no append, nor anything that saw it, had returned by then.
// That is exact, and takes one pass.
//
// What the final log does not have is left out: it was lost, which is another check's business. Where there is no
// final log, since the topic was deleted, what is known may be of topics that had its name one after the other, each
// with a log of its own; and below its start it is not known what was lost and what was deleted. There two appends
// say something about each other unless one may have been lost before the other came.
//
// A fetch shows only that what it returned exists. An end offset n shows that all below n exists; that nothing
// else does is freshness, a property of its own.
var _ = registerHistory(ofOrder, []Property{
	{"linearizable", "a partition does not behave like one log", `
		1 p1 send 1 a
		2 p1 sent 1 1
		3 p2 send 1 b
		4 p2 sent 1 0
		log 0..2 0=b 1=a
		=> linearizable t-0@1, event 2: "a" at offset 1 was acknowledged or read at event 2, but "b" at
		   offset 0 was not sent before event 3
	`},
}, linearizable)

func linearizable(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		found = append(found, p.walk(ix)...)
	}
	return byEvent(found)
}

func (p *partition) walk(ix *index) []Finding {
	intervals := p.intervals()
	var found []Finding
	for i := range intervals {
		if s, from := &intervals[i], &intervals[intervals[i].earliestFrom]; s.earliest > s.ret && !p.apart(ix, s, from) {
			found = append(found, late(p, s, from, "acknowledged or read"))
		}
	}
	for _, e := range p.soundEnds(ix) {
		i := intervalsBelow(intervals, e.offset) - 1
		if i < 0 || intervals[i].earliest <= e.returned {
			continue
		}
		s, from := intervals[i], &intervals[intervals[i].earliestFrom]
		s.ret = e.returned
		if !p.apart(ix, &s, from) {
			found = append(found, late(p, &s, from, fmt.Sprintf("counted by an end offset of %d", e.offset)))
		}
	}
	return found
}

// apart reports whether one append may have been lost before the other came, so that no log has had both. If the
// final log has both, none was.
func (p *partition) apart(ix *index, s, from *interval) bool {
	return (p.log == nil || min(s.offset, from.offset) < p.log.Start) &&
		ix.explain(p, claimed{offset: s.offset, called: s.call, since: s.ret, promised: true}, from.ret) != ""
}

func late(p *partition, s, from *interval, how string) Finding {
	return finding("linearizable", p, s.offset, s.ret,
		fmt.Sprintf("%q at offset %d was %s at event %d, but %q at offset %d was not sent before event %d",
			s.value, s.offset, how, s.ret, from.value, from.offset, s.earliest))
}
