package checkers

import (
	"cmp"
	"fmt"

	"gregor/core/kafka"
)

// nonmonotonic-send: what one producer sends to a partition lies there in the order it was sent. A producer that
// is not idempotent may overtake itself with requests that are under way together, not with one that was
// acknowledged before the next was sent.
// key-order: the same for two records with one key, which is what applications count on.
var _ = registerHistory(ofSending, []Property{
	{"nonmonotonic-send", "a producer's records are in another order than it sent them", `
		1 p1 send 1 a
		2 p1 send 2 b
		3 p1 sent 1 1
		4 p1 sent 2 0
		log 0..2 0=b 1=a
		=> nonmonotonic-send t-0@0, event 4: p1 sent "a" before "b", but they are at offsets 1 and 0
	`},
	{"key-order", "a producer's records of one key are in another order than it sent them", `
		1 p1 send 1 k:a
		2 p1 send 2 j:b
		3 p1 send 3 k:c
		4 p1 sent 1 2
		5 p1 sent 2 3
		6 p1 sent 3 1
		log 1..4 1=k:c 2=k:a 3=j:b
		=> key-order t-0@1, event 6: p1 sent "a" before "c" with key "k", but they are at offsets 2 and
		   1
	`},
}, sendOrder)

func sendOrder(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
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

func overtaken(ix *index, p *partition, before, w *send) Finding {
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
	c := claimed{min(before.offset, w.offset), min(before.called, w.called), min(before.returned, w.returned),
		before.Acks == kafka.AcksAll && w.Acks == kafka.AcksAll}
	f.Attributed = cmp.Or(ix.explain(p, c, never), p.forgotRetry(before, w.offset))
	return f
}
