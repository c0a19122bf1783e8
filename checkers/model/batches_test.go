package model

import (
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/kafka"
)

func batchesOf(all ...Batch) *Batches {
	l := &Batches{}
	for _, b := range all {
		l.push(b)
	}
	return l
}

// A log that starts within a batch differs there from one that has another batch over it.
func TestForkWithinTheFirstBatch(t *testing.T) {
	shared := Batch{Base: 166, Last: 170, Epoch: 1}
	of := func(base, last kafka.Offset, epoch kafka.LeaderEpoch) *Batches {
		return batchesOf(Batch{Base: base, Last: last, Epoch: epoch}, Batch{Base: last + 1, Last: 165, Epoch: epoch})
	}
	old, replaced := of(147, 160, 0), of(145, 162, 4)
	require.Equal(t, kafka.Offset(150), Fork(replaced, old, 166, 150), "both batches begin before the start, and differ")
	require.Equal(t, kafka.Offset(161), Fork(replaced, old, 166, 161), "the first difference that may be looked at")
	require.Equal(t, kafka.Offset(163), Fork(replaced, old, 166, 163), "and that is within the second")
	old.push(shared)
	replaced.push(shared)
	require.Equal(t, kafka.Offset(171), Fork(replaced, old, 171, 150), "where they hold the same batch")
}
