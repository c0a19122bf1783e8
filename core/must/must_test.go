package must

import (
	"testing"

	"github.com/stretchr/testify/require"
)

type offset int64

// partition is an owner that names itself.
type partition struct{ topic string }

func (p *partition) String() string { return p.topic + "-0" }

func TestABrokenInvariantPanicsWithValuesAndCause(t *testing.T) {
	p := &partition{"orders"}
	require.PanicsWithValue(t, "log: end 5 is below high watermark 7 of orders-0; was it truncated?", func() {
		AtLeast("log: end", offset(5), "high watermark", 7, p, "was it truncated?")
	})
	require.PanicsWithValue(t, "raft: epoch 3 is not above the last epoch 3 of 2; was a vote counted twice?", func() {
		Above("raft: epoch", int32(3), "the last epoch", 3, 2, "was a vote counted twice?")
	})
	require.PanicsWithValue(t, "log: position 10 differs from segment end 12 of orders-0; was a write lost?", func() {
		Equal("log: position", uint64(10), "segment end", 12, "orders-0", "was a write lost?")
	})
	require.PanicsWithValue(t, "log: orders-0 has -1 pins; released twice?", func() {
		Fail("log: %v has %d pins; released twice?", p, -1)
	})
}

func TestTheBoundsThemselvesHold(t *testing.T) {
	require.NotPanics(t, func() {
		AtLeast("a", -1, "b", -1, "", "")
		AtLeast("a", 2, "b", 1, "", "")
		Above("a", 2, "b", 1, "", "")
		Equal("a", 1, "b", 1, "", "")
	})
}

// sink keeps the compiler from proving that what is asserted always holds.
var sink struct {
	end, floor offset
	epoch      int32
	name       string
	owner      *partition
}

func holdAll() {
	sink.end++
	AtLeast("log: end", sink.end, "floor", sink.floor, sink.name, "cause")
	AtLeast("log: end", sink.end, "floor", sink.floor, sink.owner, "cause")
	Above("epoch", sink.epoch, "last", sink.epoch-1, sink.end, "cause")
	Equal("end", sink.end, "end", sink.end, sink.name, "cause")
	if sink.end < sink.floor {
		Fail("end %d below %d of %s", sink.end, sink.floor, sink.name)
	}
}

func TestAnInvariantThatHoldsDoesNotAllocate(t *testing.T) {
	sink.end, sink.floor, sink.epoch = 1_000_000, 70_000, 5_000
	sink.name, sink.owner = "orders-0", &partition{"orders"}
	require.Zero(t, testing.AllocsPerRun(1000, holdAll))
}

func BenchmarkHolds(b *testing.B) {
	sink.end, sink.floor, sink.epoch = 1_000_000, 70_000, 5_000
	sink.name, sink.owner = "orders-0", &partition{"orders"}
	b.ReportAllocs()
	for b.Loop() {
		holdAll()
	}
}
