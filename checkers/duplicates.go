package checkers

import (
	"cmp"
	"fmt"
	"slices"

	"gregor/checkers/model"
)

// duplicate: a record sent once is in the log at most once. A producer that is not idempotent may put it there as
// often as it tried. Nor may an idempotent one help it where the broker's memory of it went with what was lost: it
// begins a new epoch (KIP-360) and tries again what may be there. Compaction and deletions take batches by which a
// retry would be recognised: a replica that fetches the rest remembers no more than what is left, as in Kafka.
var _ = registerHistory(ofContents, []Property{
	{"duplicate", "a record sent once is in the log twice", `
		1 p1 send 1 a
		2 p1 sent 1 0 attempts=2
		log 0..2 0=a 1=a
		=> duplicate t-0@1, event 1: "a" of p1 is at offsets [0 1]
	`},
}, duplicates)

func duplicates(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.partitions {
		if !p.repeats {
			continue
		}
		at := map[string][]int{}
		for i, v := range p.versions {
			for _, value := range v.values {
				at[value] = append(at[value], i)
			}
		}
		var twice []*send
		for _, w := range p.sends {
			if places := at[w.Value]; len(places) > 1 {
				twice = append(twice, w)
				found = append(found, duplicate(ix, p, w, places))
			}
		}
		alongside(found[len(found)-len(twice):], twice)
	}
	return byEvent(found)
}

// alongside attributes duplicates of what a producer had under way together with a record whose retry was not
// recognised: it began a new epoch, and tried them all again.
func alongside(found []Finding, twice []*send) {
	before := slices.Clone(found)
	for i, w := range twice {
		if found[i].Attributed != "" || !w.Idempotent {
			continue
		}
		for j, o := range twice {
			if before[j].Attributed != "" && together(o, w) {
				found[i].Attributed = fmt.Sprintf("%q was under way, too: %s", o.Value, before[j].Attributed)
			}
		}
	}
}

func duplicate(ix *index, p *partition, w *send, places []int) Finding {
	slices.Sort(places)
	offsets := make([]string, 0, len(places))
	for _, i := range places {
		offsets = append(offsets, fmt.Sprint(p.versions[i].offset))
	}
	last := p.versions[places[len(places)-1]]
	f := finding("duplicate", p, last.offset, w.called, fmt.Sprintf("%q of %s is at offsets %v", w.Value, w.Client,
		offsets))
	switch {
	case w.Idempotent:
		f.Attributed = cmp.Or(
			ix.explain(p, claimed{p.versions[places[0]].offset, w.called, w.called, true}, never),
			ix.explainDoubt(p, w),
			p.forgot(p.versions[places[0]].offset, w.returned),
			p.forgotBefore(w, p.versions[places[0]].offset))
	case w.attempts == 0 || len(places) <= w.attempts:
		f.Attributed = fmt.Sprintf("the producer is not idempotent and tried %d times", w.attempts)
	}
	return f
}

// explainDoubt is why the brokers may have forgotten the producer while it did not know the outcome of a send, "" if
// they may not.
func (ix *index) explainDoubt(p *partition, w *send) string {
	if !ix.watched(p) {
		return ""
	}
	return ix.explain(p, claimed{model.Anywhere, w.called, w.called, true}, w.returned)
}
