package record

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
)

// A batch worked out by hand from the format's description: one record, null key, value "v", at offset 5.
const handMade = "0000000000000005" + // base offset
	"00000039" + // length: 49 of header after itself, 8 of record
	"00000003" + // leader epoch
	"02" + "00000000" + // magic, CRC (filled in)
	"0000" + "00000000" + // attributes, last offset delta
	"00000000000003e8" + "00000000000003e8" + // base and max timestamp 1000
	"ffffffffffffffff" + "ffff" + "ffffffff" + // no producer
	"00000001" + // count
	"0e" + "00" + "00" + "00" + "01" + "02" + "76" + "00" // length 7, attributes, deltas, null, 1 byte, v, no headers

func handBatch(t testing.TB) Batch {
	raw, err := hex.DecodeString(handMade)
	require.NoError(t, err)
	b := Batch(raw)
	require.Len(t, b, HeaderSize+8)
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)-12))
	b.setCRC()
	return b
}

func TestAccessors(t *testing.T) {
	b := handBatch(t)
	require.EqualValues(t, 5, b.BaseOffset())
	require.EqualValues(t, 5, b.LastOffset())
	require.EqualValues(t, 6, b.NextOffset())
	require.EqualValues(t, 3, b.LeaderEpoch())
	require.EqualValues(t, 1000, b.BaseTimestamp())
	require.EqualValues(t, 1000, b.MaxTimestamp())
	require.EqualValues(t, -1, b.ProducerID())
	require.EqualValues(t, -1, b.ProducerEpoch())
	require.EqualValues(t, -1, b.BaseSequence())
	require.EqualValues(t, -1, b.LastSequence())
	require.EqualValues(t, 1, b.Count())
	require.Equal(t, []plainRecord{{Offset: 5, Timestamp: 1000, Value: []byte("v")}}, readAll(t, b, new(Scratch)))

	made := NewBuilder(Options{BaseOffset: 5, LeaderEpoch: 3})
	made.Add(1000, nil, []byte("v"))
	require.Equal(t, b, made.Build())
}

// CRC-32C of "123456789" is e3069283 (RFC 3720, appendix B.4 gives the polynomial's other vectors).
func TestCRCPolynomial(t *testing.T) {
	b := make(Batch, atAttributes, 64)
	b = append(b, "123456789"...)
	require.Equal(t, uint32(0xe3069283), b.ComputeCRC())
	zeros := make(Batch, atAttributes+32)
	require.Equal(t, uint32(0x8a9136aa), zeros.ComputeCRC(), "32 bytes of zero, RFC 3720")
}

func TestSetters(t *testing.T) {
	b := handBatch(t)
	before := b.CRC()
	b.SetBase(1<<40, 77)
	require.Equal(t, kafka.Offset(1<<40), b.BaseOffset())
	require.Equal(t, kafka.LeaderEpoch(77), b.LeaderEpoch())
	require.Equal(t, before, b.CRC(), "base offset and epoch lie outside the CRC")
	require.NoError(t, ValidateStored(b))

	b.SetMaxTimestamp(2000)
	require.NoError(t, ValidateStored(b))
	require.EqualValues(t, 2000, b.MaxTimestamp())

	b.SetLogAppendTime(5555)
	require.NoError(t, ValidateStored(b))
	require.True(t, b.Attributes().LogAppendTime())
	require.EqualValues(t, 5555, readAll(t, b, new(Scratch))[0].Timestamp)
}

func TestSequenceWraps(t *testing.T) {
	require.EqualValues(t, math.MaxInt32, AddSequence(math.MaxInt32-2, 2))
	require.EqualValues(t, 0, AddSequence(math.MaxInt32, 1))
	require.EqualValues(t, 4, AddSequence(math.MaxInt32-5, 10))
	b := NewBuilder(Options{HasProducer: true, ProducerID: 1, BaseSequence: math.MaxInt32})
	b.Add(0, nil, nil)
	b.Add(0, nil, nil)
	require.EqualValues(t, 0, b.Build().LastSequence())
}

func TestPeekAndSplit(t *testing.T) {
	b := handBatch(t)
	for n := range 12 {
		_, err := Peek(b[:n])
		require.Equal(t, ErrShort, err, "%d bytes", n)
	}
	size, err := Peek(b[:12])
	require.NoError(t, err)
	require.Equal(t, len(b), size)

	two := append(append([]byte{}, b...), b...)
	for cut := range two {
		s := Split(two[:cut])
		n := 0
		for _, ok := s.Next(); ok; _, ok = s.Next() {
			n++
		}
		require.Equal(t, cut/len(b), n)
		require.Equal(t, cut%len(b), len(s.Rest()))
		if cut%len(b) == 0 {
			require.NoError(t, s.Err())
		} else {
			require.Equal(t, ErrShort, s.Err())
		}
	}

	binary.BigEndian.PutUint32(two[len(b)+8:], 10)
	s := Split(two)
	_, ok := s.Next()
	require.True(t, ok)
	_, ok = s.Next()
	require.False(t, ok)
	var e *Error
	require.True(t, errors.As(s.Err(), &e))
	require.Equal(t, kafka.CorruptMessage, e.Code)
	require.Equal(t, "batch length 10 is less than a header's 49", e.Text)
}

func TestNoAllocations(t *testing.T) {
	b := bigBatch(64<<10, 100, None)
	stream := append(append([]byte{}, b...), b...)
	var s Scratch
	allocs := testing.AllocsPerRun(100, func() {
		sp := Split(stream)
		for x, ok := sp.Next(); ok; x, ok = sp.Next() {
			if _, err := Validate(x, Limits{}); err != nil || ValidateStored(x) != nil {
				t.Fatal(err)
			}
			x.SetBase(x.LastOffset(), x.LeaderEpoch())
			it := x.Records(&s, Limits{})
			for _, ok := it.Next(); ok; _, ok = it.Next() {
			}
		}
	})
	require.Zero(t, allocs)
	for _, c := range allCodecs {
		b := bigBatch(64<<10, 100, c)
		s.Validate(b, Limits{}) // grows the scratch
		allocs := testing.AllocsPerRun(20, func() { s.Validate(b, Limits{}) })
		require.LessOrEqual(t, allocs, 2.0, "%v", c)
	}
}

// bigBatch is about size bytes of records with values of valueSize.
func bigBatch(size, valueSize int, c Codec) Batch {
	b := NewBuilder(Options{Codec: c})
	r := env.NewRand(1)
	for b.Size() < size {
		v := make([]byte, valueSize)
		for i := range v {
			v[i] = "abcdefghijklmnop"[r.IntN(16)]
		}
		b.Add(1700000000000+env.WallMillis(b.Count()), v[:8], v)
	}
	return b.Build()
}
