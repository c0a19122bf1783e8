package seglog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/kafka"
)

// TestBrokenInvariantsPanic breaks what only a bug can break, at the types that own it.
func TestBrokenInvariantsPanic(t *testing.T) {
	index := func() *offsetIndex { return &offsetIndex{entries: []indexEntry{{last: 9, pos: 100}}} }
	writes := func() *writeQueue {
		q := &writeQueue{dir: &directory{name: "t-0"}}
		*q.push() = write{seg: newSegment(0, 0), pos: 10, size: 5, next: 7, done: true}
		return q
	}
	for want, breaks := range map[string]func(){
		"offset of an index entry 9 is not above":     func() { index().add(9, 200) },
		"position of an index entry 100 is not above": func() { index().add(12, 100) },
		"offset of a time index entry 3 is below that before it 5": func() {
			(&timeIndex{entries: []timeEntry{{1, 5}}}).add(2, 3)
		},
		"base offset of a batch 4 is below end of the batch before it 6": func() {
			r := &ring{}
			r.push(place{base: 5, next: 6})
			r.push(place{base: 4, next: 5})
		},
		"done twice": func() { q := writes(); q.settle(q.at(0)) },
		"position of a finished write 10 differs from":      func() { writes().advance(&extent{end: 7}) },
		"writes in flight 0 is not above zero 0":            func() { (&writeQueue{dir: &directory{}}).pop() },
		"log end 3 is below log start 5":                    func() { (&extent{start: 5, end: 3}).setHigh(4) },
		"unpinned once more than it was pinned":             func() { Pin{newSegment(0, 0)}.release(kafka.TopicPartition{}) },
		"segment 0 of -0 is to be removed and still in use": func() { (&trash{}).add(newSegment(0, 0), 0) },
		"bytes of a read 0 is not above zero 0": func() {
			(&place{seg: newSegment(0, 0), pos: 8}).region(ReadResult{}, 8)
		},
	} {
		func() {
			defer func() { require.Contains(t, recover(), want) }()
			breaks()
		}()
	}
}
