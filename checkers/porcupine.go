package checkers

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/anishathalye/porcupine"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Porcupine runs each search on a goroutine of its own, which the rest of this package must not do. It is let in
// here because each call hands it one partition, waits for the end, and sets no clock: the verdict depends on
// the history alone. Its HTML is for people; two runs may order it differently.

// Verdict is what porcupine says of a partition.
type Verdict string

// The verdicts.
const (
	Linearizable    Verdict = "linearizable"
	NotLinearizable Verdict = "not linearizable"
	OutOfBudget     Verdict = "out of budget" // it took too many steps to find out
)

// DefaultBudget is enough for about a thousand operations of five clients.
const DefaultBudget = 2_000_000

// Judgement is porcupine's verdict on one partition.
type Judgement struct {
	kafka.TopicPartition
	Operations int
	Verdict    Verdict
}

// Porcupine judges each partition of a small history by search, as an oracle that knows nothing of the walk in
// [Check]'s linearizable. Outcomes that are not known are resolved first: what is not in the log did not happen.
// With fresh, an end offset must also count everything that had been acknowledged.
func Porcupine(h history.History, fresh bool, budget int) []Judgement {
	var out []Judgement
	for _, p := range newIndex(h).partitions {
		m, ops := porcupineModel(fresh, &budget), operations(p)
		if len(ops) == 0 {
			continue
		}
		v := Linearizable
		if !porcupine.CheckOperations(m, ops) {
			v = NotLinearizable
		}
		if budget <= 0 {
			v = OutOfBudget
		}
		out = append(out, Judgement{p.TopicPartition, len(ops), v})
	}
	return out
}

// Visualize writes porcupine's picture of one partition as an HTML page.
func Visualize(w io.Writer, h history.History, tp kafka.TopicPartition, fresh bool) error {
	p := newIndex(h).partition(tp)
	budget := DefaultBudget
	m := porcupineModel(fresh, &budget)
	_, info := porcupine.CheckOperationsVerbose(m, operations(p), 0)
	info.AddAnnotations(annotations(h))
	return porcupine.Visualize(m, info, w)
}

func annotations(h history.History) []porcupine.Annotation {
	var out []porcupine.Annotation
	for _, m := range h.Faults {
		out = append(out, porcupine.Annotation{Tag: m.Node, Start: int64(m.Event), Description: m.Kind.String()})
	}
	return out
}

// The model of a partition: its state is how many records it holds, since the order of the records is known.
type (
	appendOp struct {
		at     int // place among the partition's records
		offset kafka.Offset
		value  string
	}
	readOp struct { // a fetch whose last record is at that place
		at     int
		offset kafka.Offset
	}
	endOp struct { // an end offset that counts that many records
		count  int
		offset kafka.Offset
	}
)

func porcupineModel(fresh bool, budget *int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return 0 },
		Step: func(state, input, _ any) (bool, any) {
			if *budget--; *budget < 0 {
				return false, state
			}
			return nextState(state.(int), input, fresh)
		},
		Hash:              func(state any) uint64 { return uint64(state.(int)) },
		DescribeOperation: func(input, _ any) string { return describe(input) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%d records", state) },
	}
}

func nextState(n int, input any, fresh bool) (bool, any) {
	switch op := input.(type) {
	case appendOp:
		return op.at == n, n + 1
	case readOp:
		return op.at < n, n
	case endOp:
		return op.count == n || op.count < n && !fresh, n
	}
	return false, n
}

func describe(input any) string {
	switch op := input.(type) {
	case appendOp:
		return fmt.Sprintf("send %q -> %d", op.value, op.offset)
	case readOp:
		return fmt.Sprintf("poll -> up to %d", op.offset)
	case endOp:
		return fmt.Sprintf("end offset -> %d", op.offset)
	}
	return "?"
}

// operations turns a partition's facts into what porcupine takes.
func operations(p *partition) []porcupine.Operation {
	order := map[kafka.Offset]int{}
	values := map[kafka.Offset]string{}
	for i := range p.versions {
		if v := &p.versions[i]; p.log == nil || !p.lostAt(v) {
			order[v.offset] = len(order)
			values[v.offset] = v.values[0]
		}
	}
	b := operationList{partition: p, order: order, values: values, clients: map[string]int{}}
	b.appends()
	for _, q := range p.polls {
		b.read(q)
	}
	for _, e := range p.ends {
		b.add(e.client, endOp{recordsBelow(order, e.offset), e.offset}, e.called, e.returned)
	}
	slices.SortStableFunc(b.ops, func(x, y porcupine.Operation) int {
		return cmp.Or(cmp.Compare(x.Call, y.Call), cmp.Compare(x.ClientId, y.ClientId))
	})
	return b.ops
}

type operationList struct {
	*partition
	order   map[kafka.Offset]int
	values  map[kafka.Offset]string
	clients map[string]int
	ops     []porcupine.Operation
}

func (b *operationList) add(client string, input any, call, ret uint64) {
	id, known := b.clients[client]
	if !known {
		id = len(b.clients)
		b.clients[client] = id
	}
	b.ops = append(b.ops, porcupine.Operation{ClientId: id, Input: input, Call: int64(min(call, math.MaxInt64)),
		Return: int64(min(ret, math.MaxInt64))})
}

// appends lists one append for each record of the log.
func (b *operationList) appends() {
	for i := range b.versions {
		v := &b.versions[i]
		at, ok := b.order[v.offset]
		if !ok {
			continue
		}
		client, call, ret := "unknown", uint64(0), uint64(never)
		if w := v.writer; w != nil {
			client, call = w.Client, w.called
			if w.outcome == env.OK && w.offset == v.offset && w.Acks != 0 {
				ret = w.returned
			}
		}
		b.add(client, appendOp{at, v.offset, v.values[0]}, call, ret)
	}
}

// read lists a poll by its last record that is still in the log.
func (b *operationList) read(q *poll) {
	for i := len(q.Records) - 1; i >= 0; i-- {
		r := &q.Records[i]
		if at, ok := b.order[r.Offset]; ok && b.values[r.Offset] == r.Value {
			b.add(q.Client, readOp{at, r.Offset}, q.called, q.returned)
			return
		}
	}
}

func recordsBelow(order map[kafka.Offset]int, o kafka.Offset) int {
	n := 0
	//tidy:unordered a count
	for k := range order {
		if k < o {
			n++
		}
	}
	return n
}
