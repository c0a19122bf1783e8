package checkers

import (
	"cmp"
	"fmt"
	"slices"

	"gregor/core/env"
)

// nonmonotonic-send: what one producer sends to a partition lies there in the order it was sent. A producer that
// is not idempotent may overtake itself with requests that are under way together, not with one that was
// acknowledged before the next was sent.
// key-order: the same for two records with one key, which is what applications count on.
func sendOrder(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
		all, byKey := map[int]*send{}, map[producerKey]*send{}
		for _, w := range p.sends {
			if !w.acked() {
				continue
			}
			before := furthest(all, w.life, w)
			if w.Key != "" {
				if same := furthest(byKey, producerKey{w.life, w.Key}, w); same != nil {
					before = same
				}
			}
			if before != nil {
				found = append(found, overtaken(ix, p, before, w))
			}
		}
	}
	return byEvent(found)
}

// producerKey is a record's key as one life of a producer sends it.
type producerKey struct {
	life int
	key  string
}

// furthest is the earlier send that lies at or behind w, nil if none does.
func furthest[K comparable](highest map[K]*send, k K, w *send) *send {
	before := highest[k]
	if before != nil && w.offset <= before.offset {
		return before
	}
	highest[k] = w
	return nil
}

func overtaken(ix *index, p *part, before, w *send) Finding {
	check, of := "nonmonotonic-send", ""
	if before.Key == w.Key && w.Key != "" {
		check, of = "key-order", fmt.Sprintf(" with key %q", w.Key)
	}
	f := finding(check, p, w.offset, w.returned, fmt.Sprintf("%s sent %q before %q%s, but they are at offsets %d and %d",
		w.Client, before.Value, w.Value, of, before.offset, w.offset))
	if !w.Idempotent && before.returned >= w.called {
		f.Attributed = "the producer is not idempotent and had both under way at once"
		return f
	}
	c := claimed{min(before.offset, w.offset), min(before.called, w.called), min(before.returned, w.returned), before.Acks == -1 && w.Acks == -1}
	f.Attributed = cmp.Or(ix.explain(p, c, never), p.forgotRetry(before, w.offset))
	return f
}

// forgotRetry reports why the retry of a record may not have been recognised that its idempotent producer had sent before
// what lies at an offset, and that lies behind that now: its first copy lay before it, and was deleted.
func (p *part) forgotRetry(w *send, next env.Offset) string {
	if !w.Idempotent || w.attempts < 2 {
		return ""
	}
	return p.forgot(p.copyBelow(w.Value, next), w.returned)
}

// copyBelow is the first offset below to that was seen to hold a value, or the last below it if none was.
func (p *part) copyBelow(value string, to env.Offset) env.Offset {
	for _, v := range p.versions {
		if v.offset < to && slices.Contains(v.values, value) {
			return v.offset
		}
	}
	return to - 1
}
