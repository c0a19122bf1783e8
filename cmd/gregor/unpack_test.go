package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/record"
)

// packedBatch is a batch of n records of size bytes each, at an offset.
func packedBatch(at kafka.Offset, n, size int) []byte {
	b := record.NewBuilder(record.Options{BaseOffset: at, Codec: record.Zstd})
	value := make([]byte, size)
	for range n {
		b.Add(1000, nil, value)
	}
	return b.Build()
}

// A few kilobytes that unpack to gigabytes are unpacked bit by bit: one fetch of eight batches of 20 MiB is read in
// several rounds, each within the bound, and no record is lost or read twice.
func TestConsumerUnpacksWithinItsBound(t *testing.T) {
	const perBatch, batches = 20, 8
	var fetched []byte
	for i := range batches {
		fetched = append(fetched, packedBatch(kafka.Offset(i*perBatch), perBatch, 1<<20)...)
	}
	require.Less(t, len(fetched), 400<<10)
	u := newUnpacker()
	next, rounds := int64(0), 0
	for ; next < perBatch*batches; rounds++ {
		u.again()
		rp := kmsg.NewFetchResponseTopicPartition()
		rp.RecordBatches = fetched
		o := kgo.ProcessFetchPartitionOpts{Topic: "orders", Offset: next}
		got, after := kgo.ProcessFetchPartition(o, &rp, u, nil)
		require.NoError(t, got.Err)
		require.NotEmpty(t, got.Records)
		require.LessOrEqual(t, len(got.Records), unpackedMax>>20)
		for _, r := range got.Records {
			require.Equal(t, next, r.Offset)
			next++
		}
		require.Equal(t, next, after)
	}
	require.GreaterOrEqual(t, rounds, 3)
}

// The first batch of a round may be larger than the bound, but not without end, whether it is its bytes or its records
// that are many. Another partition's batch is put off.
func TestConsumerBoundsWhatOneBatchUnpacksTo(t *testing.T) {
	body := func(b []byte) []byte { return b[record.HeaderSize:] }
	u := newUnpacker()
	large := packedBatch(0, 100, 1<<20)
	out, err := u.Decompress(body(large), kgo.CodecZstd)
	require.NoError(t, err)
	require.Greater(t, len(out), 100<<20)
	_, err = u.Decompress(body(large), kgo.CodecZstd)
	require.ErrorIs(t, err, errLater)
	u.again()
	_, err = u.Decompress(body(packedBatch(0, 3_000_000, 0)), kgo.CodecZstd)
	require.ErrorIs(t, err, kgo.ErrMaxDecompress)
	_, err = u.Decompress([]byte("not zstd"), kgo.CodecZstd)
	require.Error(t, err)
	require.NotErrorIs(t, err, kgo.ErrMaxDecompress)
}
