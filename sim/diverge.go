package sim

import (
	"fmt"
	"strings"
)

// Divergence is the first event, or fact emitted in one, in which two runs of one seed differ.
type Divergence struct {
	A, B           *Entry // nil: that run had ended
	ChainA, ChainB []string
	Before         string // the last event both had
}

// Diverge compares what two runs remember and returns where they first differ, nil if nowhere. Traces that
// remember only the last events are compared from the first event both still have.
func Diverge(a, b *Trace) *Divergence {
	as, bs := a.Entries(), b.Entries()
	i, j := align(as, bs)
	for k := 0; ; k++ {
		switch x, y := get(as, i+k), get(bs, j+k); {
		case x == nil && y == nil:
			return nil
		case x == nil || y == nil || !x.same(y):
			return &Divergence{A: x, B: y, ChainA: a.lines(x), ChainB: b.lines(y), Before: a.lineOf(get(as, i+k-1))}
		}
	}
}

// align finds the first event that both lists have.
func align(a, b []Entry) (i, j int) {
	for i < len(a) && j < len(b) {
		switch x, y := &a[i], &b[j]; {
		case x.Fact != nil || x.Event < y.Event:
			i++
		case y.Fact != nil || y.Event < x.Event:
			j++
		default:
			return i, j
		}
	}
	return i, j
}

func get(list []Entry, i int) *Entry {
	if i < 0 || i >= len(list) {
		return nil
	}
	return &list[i]
}

func (e *Entry) same(o *Entry) bool {
	return e.Hash == o.Hash && e.Event == o.Event && e.Cause == o.Cause
}

func (t *Trace) lines(e *Entry) []string {
	if e == nil {
		return []string{"the run has ended"}
	}
	var lines []string
	if e.Fact != nil {
		lines = append(lines, t.Line(*e))
	}
	for _, c := range t.Chain(e.Event) {
		lines = append(lines, t.Line(c))
	}
	return lines
}

func (t *Trace) lineOf(e *Entry) string {
	if e == nil {
		return "nothing"
	}
	return t.Line(*e)
}

func (d *Divergence) String() string {
	return fmt.Sprintf("the runs are the same up to\n  %s\nthen the first has\n  %s\nand the second\n  %s\n"+
		"(an event that looks alike differs in the bytes written or sent before it, a fact in what the line cuts off)\n",
		d.Before, strings.Join(d.ChainA, "\n    because of "), strings.Join(d.ChainB, "\n    because of "))
}
