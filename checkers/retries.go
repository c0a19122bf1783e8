package checkers

import (
	"fmt"
	"slices"

	"gregor/core/kafka"
)

// forgot is how compaction or a deletion may have removed, before an event, the batches by which the retry of a
// record at an offset is recognised, "" if neither may.
func (p *partition) forgot(o kafka.Offset, before uint64) string {
	took := func(c cleanedTo) bool { return c.event < before && c.to > o }
	if i := slices.IndexFunc(p.cleanings, took); i >= 0 {
		return fmt.Sprintf("compaction up to offset %d at event %d removed batches by which a retry is recognised",
			p.cleanings[i].to, p.cleanings[i].event)
	}
	if i := slices.IndexFunc(p.deletions, took); i >= 0 {
		return fmt.Sprintf("records below offset %d were deleted at event %d, and so was the batch that identifies the retry",
			p.deletions[i].to, p.deletions[i].event)
	}
	return ""
}

// forgotBefore attributes a duplicate to a record that was sent before it and lies behind its first copy: the retry of
// that one was not recognised, since its own first copy was deleted, perhaps before any consumer read it.
func (p *partition) forgotBefore(w *send, first kafka.Offset) string {
	for _, o := range p.sends {
		if o.called < w.called && o.acked() && o.offset > first && together(o, w) {
			if why := p.forgotRetry(o, first); why != "" {
				return fmt.Sprintf("%q was under way, too: %s", o.Value, why)
			}
		}
	}
	return ""
}

// together reports whether one producer had two records under way at once.
func together(a, b *send) bool {
	return a.life == b.life && a.called <= b.returned && b.called <= a.returned
}

// forgotRetry reports why the retry of a record may not have been recognised that its idempotent producer had sent
// before what lies at an offset, and that lies behind that now: its first copy lay before it, and was deleted.
func (p *partition) forgotRetry(w *send, next kafka.Offset) string {
	if !w.Idempotent || w.attempts < 2 {
		return ""
	}
	return p.forgot(p.copyBelow(w.Value, next), w.returned)
}

// copyBelow is the first offset below to that was seen to hold a value. If none was, it is the last one below to of
// which nothing is known: where the log holds something else the value never lay.
func (p *partition) copyBelow(value string, to kafka.Offset) kafka.Offset {
	for _, v := range p.versions {
		if v.offset < to && slices.Contains(v.values, value) {
			return v.offset
		}
	}
	for to--; p.version(to) != nil; {
		to--
	}
	return to
}
