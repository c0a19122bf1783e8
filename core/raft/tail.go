package raft

import (
	"sort"

	"gregor/core/kafka"
	"gregor/core/record"
)

// maxTail bounds the bytes of the log's end that are kept in memory: what followers fetch and the owner receives
// comes from there, as long as they keep up.
const maxTail = 4 << 20

// tail is the end of the log in memory: whole batches, without a hole.
type tail struct {
	batches []record.Batch
	bytes   int
}

func (t *tail) push(b record.Batch) {
	t.batches = append(t.batches, b)
	t.bytes += len(b)
	for t.bytes > maxTail && len(t.batches) > 1 {
		t.bytes -= len(t.batches[0])
		t.batches[0] = nil
		t.batches = t.batches[1:]
	}
}

// cut drops what reaches beyond to.
func (t *tail) cut(to kafka.Offset) {
	for n := len(t.batches); n > 0 && t.batches[n-1].NextOffset() > to; n-- {
		t.bytes -= len(t.batches[n-1])
		t.batches[n-1] = nil
		t.batches = t.batches[:n-1]
	}
}

// from returns the batches from the one on that holds offset; false if that is not in memory.
func (t *tail) from(offset kafka.Offset) ([]record.Batch, bool) {
	if len(t.batches) == 0 || offset < t.batches[0].BaseOffset() {
		return nil, false
	}
	i := sort.Search(len(t.batches), func(i int) bool { return t.batches[i].NextOffset() > offset })
	return t.batches[i:], i < len(t.batches)
}
