package checkers

import (
	"fmt"
	"slices"

	"gregor/core/kafka"
)

// unseen: if consumers have read everything to the end, every acknowledged record that the log still holds was read
// by a consumer. Partitions that no consumer read are left alone. Where an offset held another record before, which
// is lost in a permitted way, a consumer may be past it. What a consumer passes over with auto.offset.reset=latest it
// asked not to be given.
var _ = registerHistory(ofDelivery, []Property{
	{"unseen", "an acknowledged record was given to no consumer, and all had read to the end", `
		1 p1 send 1 a
		2 p1 sent 1 0
		3 c1 position 0 earliest
		log 0..1 0=a
		drained
		=> unseen t-0@0, event 2: "a" of p1 was acknowledged at offset 0, but no consumer ever read it
	`},
}, undelivered)

func undelivered(ix *index) []Finding {
	if !ix.history.Drained {
		return nil
	}
	var found []Finding
	for _, p := range ix.partitions {
		for _, w := range p.sends {
			if p.skipped(w.offset) {
				continue
			}
			if w.offset < p.deleted || p.compacted(w.offset, w) {
				continue // retention or compaction may have come first, even after the final log was read
			}
			if !p.placed || !w.acked() || p.sighted(w) || p.log != nil &&
				(w.offset < p.log.Start || p.lost(w) || !p.logged(w.offset)) {
				continue
			}
			f := finding("unseen", p, w.offset, w.returned,
				fmt.Sprintf("%q of %s was acknowledged at offset %d, but no consumer ever read it", w.Value, w.Client, w.offset))
			if ix.watched(p) {
				f.Attributed = ix.explain(p, claimed{offset: w.offset, promised: true}, never)
			}
			found = append(found, f)
		}
	}
	return byEvent(found)
}

// skipped reports whether a consumer passed over an offset that none had reached.
func (p *partition) skipped(o kafka.Offset) bool {
	return slices.ContainsFunc(p.skips, func(s skip) bool { return s.from <= o && o < s.to })
}
