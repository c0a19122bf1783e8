package checkers

import (
	"cmp"
	"fmt"
	"slices"

	"gregor/core/env"
)

// linearizable: each partition behaves like one log that every send, fetch and end-offset request touches at
// one instant between its call and its return.
//
// Every acknowledged send says which offset it got, so the log's order is observed and need not be guessed.
// Walk it from the front, and let each append happen as early as it can: not before it was called, not before
// the one in front of it. The history is legal if no append, nor anything that saw it, had returned by then.
// That is exact, and takes one pass.
//
// What the final log does not have is left out: it was lost, which is another check's business. Where there is no final
// log, since the topic was deleted, what is known may be of topics that had its name one after the other, each with a log
// of its own; and below its start nobody knows what was lost, and what was deleted. There two appends say something about
// each other unless one may have been lost before the other came.
//
// A fetch says only that what it returned exists. An end offset n says that all below n exists; that nothing
// else does is freshness, a property of its own.
func linearizable(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		found = append(found, p.walk(ix)...)
	}
	return byEvent(found)
}

// step is one known offset with the interval in which it was appended, and the earliest it can have been.
type step struct {
	offset       env.Offset
	value        string
	call, ret    uint64
	earliest     uint64
	earliestFrom int // the step whose call makes it so late
}

// steps are the offsets that are still in the log, in order. Of a record whose send's outcome is not known, or
// that lies where no acknowledgement said, only the call counts, and whoever saw it.
func (p *part) steps() []step {
	out := make([]step, 0, len(p.versions))
	for i := range p.versions {
		v := &p.versions[i]
		if p.log != nil && p.lostAt(v) {
			continue
		}
		s := step{offset: v.offset, value: v.values[0], ret: never}
		if w := v.writer; w != nil {
			s.call = w.called
			if w.acked() && w.offset == v.offset {
				s.ret = w.returned
			}
		}
		s.ret = min(s.ret, v.seen)
		out = append(out, s)
	}
	latest, from := uint64(0), 0
	for i := range out {
		if out[i].call > latest {
			latest, from = out[i].call, i
		}
		out[i].earliest, out[i].earliestFrom = latest, from
	}
	return out
}

func (p *part) walk(ix *index) []Finding {
	steps := p.steps()
	var found []Finding
	for i := range steps {
		if s, from := &steps[i], &steps[steps[i].earliestFrom]; s.earliest > s.ret && !p.apart(ix, s, from) {
			found = append(found, late(p, s, from, "acknowledged or read"))
		}
	}
	for _, e := range p.soundEnds(ix) {
		i := stepsBelow(steps, e.offset) - 1
		if i < 0 || steps[i].earliest <= e.returned {
			continue
		}
		s, from := steps[i], &steps[steps[i].earliestFrom]
		s.ret = e.returned
		if !p.apart(ix, &s, from) {
			found = append(found, late(p, &s, from, fmt.Sprintf("counted by an end offset of %d", e.offset)))
		}
	}
	return found
}

// stepsBelow is how many of the known offsets lie below o.
func stepsBelow(steps []step, o env.Offset) int {
	n, _ := slices.BinarySearchFunc(steps, o, func(s step, o env.Offset) int { return cmp.Compare(s.offset, o) })
	return n
}

// apart says whether one step may have been lost before the other came, so that no log has had both. If the final log has
// both, none was.
func (p *part) apart(ix *index, s, from *step) bool {
	return (p.log == nil || min(s.offset, from.offset) < p.log.Start) && ix.explain(p, claimed{offset: s.offset, called: s.call, since: s.ret, promised: true}, from.ret) != ""
}

func late(p *part, s, from *step, how string) Finding {
	return finding("linearizable", p, s.offset, s.ret, fmt.Sprintf("%q at offset %d was %s at event %d, but %q at offset %d was not sent before event %d",
		s.value, s.offset, how, s.ret, from.value, from.offset, s.earliest))
}

// mishapAfter says that something befell a broker at or after an event.
func (ix *index) mishapAfter(event uint64) bool {
	for _, m := range ix.history.Mishaps {
		if m.Event >= event {
			return true
		}
	}
	return false
}
