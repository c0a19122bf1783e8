package alarm_test

import (
	"slices"
	"testing"

	"gregor/core/alarm"
	"gregor/core/env"
)

// Alarms are set, moved and cleared at random, and those that are due come in the order of their instants, and of their
// settings where instants are equal.
func TestHeapAgainstASortedList(t *testing.T) {
	rnd := env.NewRand(3)
	for range 200 {
		var h alarm.HeapOf[int]
		alarms := make([]alarm.Entry[int], 20)
		for n := range alarms {
			alarms[n] = alarm.Of(n)
		}
		type entry struct {
			at   env.Instant
			seq  int
			name int
		}
		var model []entry
		drop := func(name int) {
			model = slices.DeleteFunc(model, func(e entry) bool { return e.name == name })
		}
		for step := range 100 {
			n := rnd.IntN(len(alarms))
			switch at := env.Instant(rnd.IntN(30)); rnd.IntN(4) {
			case 0:
				h.Clear(&alarms[n])
				drop(n)
			case 1:
				h.Set(&alarms[n], env.Never)
				drop(n)
			default:
				if i := slices.IndexFunc(model, func(e entry) bool { return e.name == n }); i >= 0 && model[i].at == at {
					break // as it was
				}
				h.Set(&alarms[n], at)
				drop(n)
				model = append(model, entry{at, step, n})
			}
			if !h.Sound() {
				t.Fatal("the heap is out of order")
			}
			if step%10 != 9 {
				continue
			}
			now := env.Instant(rnd.IntN(30))
			slices.SortFunc(model, func(x, y entry) int {
				if x.at != y.at {
					return int(x.at - y.at)
				}
				return x.seq - y.seq
			})
			for n, ok := h.Due(now); ok; n, ok = h.Due(now) {
				if len(model) == 0 || model[0].at > now || n != model[0].name {
					t.Fatalf("alarm %d was due at %d, the list says %v", n, now, model)
				}
				model = model[1:]
			}
			if len(model) > 0 && model[0].at <= now {
				t.Fatalf("at %d nothing is due, the list says %v", now, model)
			}
		}
	}
}

// What is set after Mark is not due by that mark, though its instant has come.
func TestDueOfAMark(t *testing.T) {
	var h alarm.HeapOf[string]
	before, after := alarm.Of("before"), alarm.Of("after")
	h.Set(&before, 5)
	mark := h.Mark()
	h.Set(&after, 5)
	if w, ok := h.DueOf(5, mark); !ok || w != "before" {
		t.Errorf("%q, %v is due first, want before", w, ok)
	}
	if w, ok := h.DueOf(5, mark); ok {
		t.Errorf("%q is due, though it was set after the mark", w)
	}
	if w, ok := h.Due(5); !ok || w != "after" || h.Len() != 0 || h.Next() != env.Never {
		t.Errorf("%q, %v is due, %d alarms are left, the next at %v", w, ok, h.Len(), h.Next())
	}
}
