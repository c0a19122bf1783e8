package checkers

import (
	"cmp"
	"slices"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// claim is one statement that an offset holds a value, the more trusted ones with the lower rank.
type claim struct {
	offset kafka.Offset
	rank   int
	event  uint64
	value  string
}

func compareClaims(a, b claim) int {
	return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(a.rank, b.rank), cmp.Compare(b.event, a.event),
		cmp.Compare(a.value, b.value))
}

// order collects what is known of every offset. The final log is believed first, then the last to read it:
// an offset may have been lost and taken again.
func (p *partition) order() {
	claims := p.takeLog()
	for _, q := range p.polls {
		for i := range q.Records {
			if r := &q.Records[i]; !p.holds(r.Offset, r.Value) {
				claims = append(claims, claim{r.Offset, 1, q.returned, r.Value})
			}
		}
	}
	p.byValue = make(map[string]*send, len(p.sends))
	for _, w := range p.sends {
		p.byValue[w.Value] = w
		if w.acked() && !p.holds(w.offset, w.Value) {
			claims = append(claims, claim{w.offset, 1, w.returned, w.Value})
		}
	}
	slices.SortFunc(claims, compareClaims)
	p.merge(claims)
	p.attribute()
	p.sight()
	p.lossy = p.contradicted() ||
		slices.ContainsFunc(p.sends, func(w *send) bool { return w.acked() && p.lost(w) })
}

// takeLog begins with what the final log says: versions as they lie there, or claims if it is not in order.
func (p *partition) takeLog() (claims []claim) {
	if p.log == nil {
		return nil
	}
	all := p.log.Entries
	if !rising(all) {
		for _, e := range all {
			claims = append(claims, claim{offset: e.Offset, value: e.Value})
		}
		return claims
	}
	values := make([]string, len(all))
	p.versions = make([]version, len(all))
	for i := range all {
		values[i] = all[i].Value
		p.versions[i] = version{offset: all[i].Offset, values: values[i : i+1 : i+1], seen: never}
	}
	return nil
}

func rising(all []history.Entry) bool {
	for i := 1; i < len(all); i++ {
		if all[i].Offset <= all[i-1].Offset {
			return false
		}
	}
	return true
}

// holds reports whether an offset's true value is known so far to be this one.
func (p *partition) holds(o kafka.Offset, value string) bool {
	v := p.version(o)
	return v != nil && v.values[0] == value
}

// merge adds sorted claims to the versions there are.
func (p *partition) merge(claims []claim) {
	if len(claims) == 0 {
		return
	}
	old := p.versions
	p.versions = make([]version, 0, len(old)+len(claims))
	for _, c := range claims {
		for len(old) > 0 && old[0].offset <= c.offset {
			p.versions, old = append(p.versions, old[0]), old[1:]
		}
		if n := len(p.versions); n == 0 || p.versions[n-1].offset != c.offset {
			p.versions = append(p.versions, version{offset: c.offset, seen: never})
		}
		v := &p.versions[len(p.versions)-1]
		if !slices.Contains(v.values, c.value) {
			v.values = append(v.values, c.value)
		}
	}
	p.versions = append(p.versions, old...)
}

// attribute finds who sent what is there, and whether anything is there twice.
func (p *partition) attribute() {
	for i := range p.versions {
		v := &p.versions[i]
		v.writer = p.byValue[v.values[0]]
		for k := range v.values {
			if w := p.writer(v, k); w != nil {
				w.places++
				p.repeats = p.repeats || w.places > 1
			}
		}
	}
}

// contradicted reports whether an offset held two values, or one that the final log ends before.
func (p *partition) contradicted() bool {
	for i := range p.versions {
		if v := &p.versions[i]; len(v.values) > 1 || p.beyond(v.offset) {
			return true
		}
	}
	return false
}

// sight notes when each offset's true value was first seen.
func (p *partition) sight() {
	for _, q := range p.polls {
		for i := range q.Records {
			if v := p.version(q.Records[i].Offset); v.values[0] == q.Records[i].Value {
				v.seen = min(v.seen, q.returned)
			}
		}
	}
}

// writer is who sent a version's k-th value, nil if no producer did.
func (p *partition) writer(v *version, k int) *send {
	if k == 0 {
		return v.writer
	}
	return p.byValue[v.values[k]]
}

// place is how many known offsets lie below o: its dense index if it is known.
func (p *partition) place(o kafka.Offset) int {
	if len(p.versions) > 0 { // most logs have no gaps
		if i := o - p.versions[0].offset; i >= 0 && i < kafka.Offset(len(p.versions)) && p.versions[i].offset == o {
			return int(i)
		}
	}
	i, _ := slices.BinarySearchFunc(p.versions, o, func(v version, o kafka.Offset) int { return cmp.Compare(v.offset, o) })
	return i
}

// version is what is known of an offset, nil if nothing is.
func (p *partition) version(o kafka.Offset) *version {
	if i := p.place(o); i < len(p.versions) && p.versions[i].offset == o {
		return &p.versions[i]
	}
	return nil
}

// beyond reports whether the final log ends before an offset.
func (p *partition) beyond(o kafka.Offset) bool { return p.log != nil && o >= p.log.End }

// lost reports whether an acknowledged record is not where it should be in the final log. What retention or
// compaction has taken is not lost.
func (p *partition) lost(w *send) bool {
	if p.log == nil || w.offset < p.log.Start {
		return false
	}
	v := p.version(w.offset)
	if v.values[0] == w.Value && !p.beyond(w.offset) && p.logged(w.offset) {
		return false
	}
	return !p.log.Compacted || !p.superseded(w)
}

// logged reports whether the final log has a record at an offset.
func (p *partition) logged(o kafka.Offset) bool {
	all := p.log.Entries
	if len(all) > 0 {
		if i := o - all[0].Offset; i >= 0 && i < kafka.Offset(len(all)) && all[i].Offset == o {
			return true
		}
	}
	_, ok := slices.BinarySearchFunc(all, o, func(e history.Entry, o kafka.Offset) int { return cmp.Compare(e.Offset, o) })
	return ok
}

// superseded reports whether another record with the same key may have come later.
func (p *partition) superseded(w *send) bool {
	return w.Key != "" && slices.ContainsFunc(p.sends, func(x *send) bool {
		return x != w && x.Key == w.Key && (x.offset > w.offset || x.offset < 0 && x.outcome != env.Failed)
	})
}

// compacted reports whether compaction may have taken what an offset held: a later record with its key came, as far
// as is known.
func (p *partition) compacted(o kafka.Offset, w *send) bool {
	return o < p.cleaned && (w == nil || p.superseded(w))
}

// lostAt reports whether an offset's record is not in the final log any more; a consumer that skips it may have come
// after the loss, which is another check's business.
func (p *partition) lostAt(v *version) bool {
	return v.offset >= p.log.Start && (p.beyond(v.offset) || !p.logged(v.offset))
}

func (p *partition) sighted(w *send) bool {
	v := p.version(w.offset)
	return v.values[0] == w.Value && v.seen != never
}
