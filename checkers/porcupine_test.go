package checkers

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

var orders = kafka.TopicPartition{Topic: "orders"}

// randomRun draws a small run of one partition: first the instants at which appends, fetches and end-offset
// requests took effect on a real log, then intervals around those instants. Spoiling moves intervals and
// answers afterwards, so that about half of the histories are illegal.
func randomRun(t *rapid.T, spoil bool) history.History {
	type op struct {
		instant, call, ret uint64
		kind               int
		offset             kafka.Offset
		unknown            bool
	}
	n := rapid.IntRange(1, 14).Draw(t, "ops")
	spread := rapid.Uint64Range(0, 12).Draw(t, "spread")
	var ops []op
	end := kafka.Offset(0)
	for i := range n {
		o := op{instant: uint64(i)*3 + 40, kind: rapid.IntRange(0, 3).Draw(t, "kind")}
		o.call = o.instant - rapid.Uint64Range(0, spread).Draw(t, "before")
		o.ret = o.instant + rapid.Uint64Range(0, spread).Draw(t, "after")
		switch o.kind {
		case 0, 1:
			o.offset = end
			end++
			o.unknown = rapid.IntRange(0, 5).Draw(t, "unknown") == 0
		case 2:
			o.offset = end - 1
			if o.offset >= 0 {
				o.offset = kafka.Offset(rapid.Int64Range(0, int64(end)-1).Draw(t, "upto"))
			}
		case 3:
			o.offset = end
		}
		if spoil && rapid.IntRange(0, 5).Draw(t, "spoil") < 2 {
			by := rapid.Uint64Range(0, 15).Draw(t, "by")
			if rapid.Bool().Draw(t, "later") {
				o.call, o.ret = o.call+by, o.ret+by
			} else {
				o.call, o.ret = o.call-by, o.ret-by
			}
			if o.kind == 3 {
				o.offset = kafka.Offset(rapid.Int64Range(0, int64(n)).Draw(t, "end"))
			}
		}
		ops = append(ops, o)
	}
	h := history.History{Logs: []history.FinalLog{{TopicPartition: orders, End: end}}}
	for i, o := range ops {
		c, v := fmt.Sprint("c", i%5), fmt.Sprint("v", i)
		add := func(event uint64, f env.Fact) {
			h.Facts = append(h.Facts, history.Stamped{Event: event, Node: c, Fact: f})
		}
		call := uint64(i)
		switch o.kind {
		case 0, 1:
			add(o.call, env.ProduceCalled{Client: c, Call: call, TopicPartition: orders, Value: v, Acks: -1, Idempotent: true})
			h.Logs[0].Entries = append(h.Logs[0].Entries, history.Entry{Offset: o.offset, Value: v})
			if !o.unknown {
				add(o.ret, env.ProduceReturned{Client: c, Call: call, TopicPartition: orders, Outcome: env.OK, Offset: o.offset})
			}
		case 2:
			if o.offset < 0 {
				continue
			}
			add(o.call, env.PollCalled{Client: c, Call: call})
			add(o.ret, env.Polled{Client: c, Call: call, TopicPartition: orders, From: o.offset,
				Records: []env.PolledRecord{{Offset: o.offset}}})
		case 3:
			add(o.call, env.EndOffsetCalled{Client: c, Call: call, TopicPartition: orders})
			add(o.ret, env.EndOffsetReturned{Client: c, Call: call, TopicPartition: orders, Outcome: env.OK, Offset: o.offset})
		}
	}
	for i := range h.Facts {
		if p, ok := h.Facts[i].Fact.(env.Polled); ok {
			p.Records[0].Value = h.Logs[0].Entries[p.Records[0].Offset].Value
		}
	}
	slices.SortStableFunc(h.Facts, func(a, b history.Stamped) int {
		switch {
		case a.Event < b.Event:
			return -1
		case a.Event > b.Event:
			return 1
		}
		return 0
	})
	return h
}

// The walk over observed offsets and porcupine's search never disagree.
func TestWalkAgreesWithPorcupine(t *testing.T) {
	counts := map[Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 30 {
			h := randomRun(t, rapid.Bool().Draw(t, "spoilt"))
			fresh := rapid.Bool().Draw(t, "fresh")
			found := linearizable(newIndex(h))
			if fresh {
				found = append(found, staleEnds(newIndex(h))...)
			}
			want := Linearizable
			if len(found) > 0 {
				want = NotLinearizable
			}
			for _, j := range Porcupine(h, fresh, DefaultBudget) {
				if j.Verdict != want {
					t.Fatalf("porcupine says %q, the walk %v (fresh %v)\n%v", j.Verdict, found, fresh, h)
				}
				counts[want]++
			}
		}
	})
	t.Logf("%v", counts)
	require.Greater(t, counts[Linearizable], 200)
	require.Greater(t, counts[NotLinearizable], 200)
}

// A history that was not spoilt is legal, whatever intervals were drawn.
func TestHonestRunsAreLinearizable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := randomRun(t, false)
		if found := append(linearizable(newIndex(h)), staleEnds(newIndex(h))...); len(found) > 0 {
			t.Fatalf("%v", found)
		}
	})
}

func TestPorcupineBudgetAndPicture(t *testing.T) {
	h := rapid.Custom(func(t *rapid.T) history.History { return randomRun(t, false) }).Example(3)
	require.Equal(t, OutOfBudget, Porcupine(h, false, 1)[0].Verdict)
	h.Faults = []history.Fault{{Event: 25, Node: "b0", Kind: history.PowerCut}}
	var page bytes.Buffer
	require.NoError(t, Visualize(&page, h, orders, false))
	require.Contains(t, page.String(), "<html")
	require.Contains(t, page.String(), "power cut")
}
