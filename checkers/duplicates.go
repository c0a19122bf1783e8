package checkers

import (
	"cmp"
	"fmt"
	"slices"

	"gregor/core/env"
)

// duplicate: a record sent once is in the log at most once. A producer that is not idempotent may put it there
// as often as it tried. Nor may an idempotent one help it where the broker's memory of it went with what was lost: it
// begins a new epoch (KIP-360) and tries again what may be there. Compaction and deletions take batches by which a retry would be
// recognised: whoever fetches the rest remembers no more than what is left, as in Kafka.
func duplicates(ix *index) []Finding {
	var found []Finding
	for _, p := range ix.parts {
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

// alongside attributes duplicates of what a producer had under way together with a record whose retry was not recognised:
// it began a new epoch, and tried them all again.
func alongside(found []Finding, twice []*send) {
	told := slices.Clone(found)
	for i, w := range twice {
		if found[i].Attributed != "" || !w.Idempotent {
			continue
		}
		for j, o := range twice {
			if told[j].Attributed != "" && together(o, w) {
				found[i].Attributed = fmt.Sprintf("%q was under way, too: %s", o.Value, told[j].Attributed)
			}
		}
	}
}

// together reports whether one producer had two records under way at once.
func together(a, b *send) bool {
	return a.life == b.life && a.called <= b.returned && b.called <= a.returned
}

// forgotBefore attributes a duplicate to a record that was sent before it and lies behind its first copy: the retry of
// that one was not recognised, since its own first copy was deleted, perhaps before any consumer read it.
func (p *part) forgotBefore(w *send, first env.Offset) string {
	for _, o := range p.sends {
		if o.called < w.called && o.acked() && o.offset > first && together(o, w) {
			if why := p.forgotRetry(o, first); why != "" {
				return fmt.Sprintf("%q was under way, too: %s", o.Value, why)
			}
		}
	}
	return ""
}

func duplicate(ix *index, p *part, w *send, places []int) Finding {
	slices.Sort(places)
	offsets := make([]string, 0, len(places))
	for _, i := range places {
		offsets = append(offsets, fmt.Sprint(p.versions[i].offset))
	}
	last := p.versions[places[len(places)-1]]
	f := finding("duplicate", p, last.offset, w.called, fmt.Sprintf("%q of %s is at offsets %v", w.Value, w.Client, offsets))
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

// explainDoubt says why the brokers may have forgotten the producer while it did not know what had become of a record.
func (ix *index) explainDoubt(p *part, w *send) string {
	if !ix.watched(p) {
		return ""
	}
	return ix.explain(p, claimed{anywhere, w.called, w.called, true}, w.returned)
}

// forgot says that compaction or a deletion may have taken, before an event, that by which the retry of a record at an
// offset is recognised.
func (p *part) forgot(o env.Offset, before uint64) string {
	took := func(c cleanedTo) bool { return c.event < before && c.to > o }
	if i := slices.IndexFunc(p.cleanings, took); i >= 0 {
		return fmt.Sprintf("compaction up to %d at event %d took batches by which a retry is recognised", p.cleanings[i].to, p.cleanings[i].event)
	}
	if i := slices.IndexFunc(p.deletions, took); i >= 0 {
		return fmt.Sprintf("everything below %d was deleted at event %d, and with it that by which a retry is recognised", p.deletions[i].to, p.deletions[i].event)
	}
	return ""
}
