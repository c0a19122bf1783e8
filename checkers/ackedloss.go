package checkers

import (
	"fmt"
	"math"

	"gregor/core/env"
)

// acked-loss: a record that was acknowledged is in the final log. Losing what was not flushed in a power cut is
// permitted, and so is any loss of records sent with acks=0.
// wrong-offset: it is there at the offset that was acknowledged.
func ackedLoss(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		where := p.loggedValues()
		for _, w := range p.sends {
			if f, bad := ackedLossOf(ix, p, w, where); bad {
				found = append(found, f)
			}
		}
	}
	return byEvent(found)
}

func (p *part) loggedValues() map[string]env.Offset {
	if p.log == nil {
		return nil
	}
	where := make(map[string]env.Offset, len(p.log.Entries))
	for _, e := range p.log.Entries {
		where[e.Value] = e.Offset
	}
	return where
}

func ackedLossOf(ix *index, p *part, w *send, where map[string]env.Offset) (Finding, bool) {
	if p.log == nil || w.outcome != env.OK {
		return Finding{}, false
	}
	at, present := where[w.Value]
	switch {
	case w.acked() && p.lost(w) && present:
		f := finding("wrong-offset", p, w.offset, w.returned, fmt.Sprintf("%q of %s was acknowledged at offset %d, but is at %d", w.Value, w.Client, w.offset, at))
		f.Attributed = ix.explain(p, w.offset, w.returned, never)
		return f, true
	case w.acked() && p.lost(w):
		f := finding("acked-loss", p, w.offset, w.returned, fmt.Sprintf("%q of %s was acknowledged (%s) at offset %d, but %s",
			w.Value, w.Client, acksName(w.Acks), w.offset, p.instead(w.offset)))
		f.Attributed = ix.explain(p, w.offset, w.returned, never)
		return f, true
	case !w.acked() && !present && !p.log.Compacted && p.log.Start == 0:
		f := finding("acked-loss", p, -1, w.returned, fmt.Sprintf("%q of %s (%s) is not in the log", w.Value, w.Client, acksName(w.Acks)))
		f.Attributed = "acks=0 asks for no promise"
		if w.Acks != 0 { // acknowledged, but not where
			f.Attributed = ix.explain(p, math.MaxInt64, w.returned, never)
		}
		return f, true
	}
	return Finding{}, false
}

func acksName(acks int16) string {
	if acks == -1 {
		return "acks=all"
	}
	return fmt.Sprintf("acks=%d", acks)
}

// instead is what the final log has to say for an offset.
func (p *part) instead(o env.Offset) string {
	if p.beyond(o) {
		return fmt.Sprintf("the log ends at %d", p.log.End)
	}
	if p.logged(o) {
		return fmt.Sprintf("the log has %q there", p.version(o).values[0])
	}
	return "the log has nothing there"
}
