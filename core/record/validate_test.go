package record

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"gregor/core/kafka"

	"github.com/stretchr/testify/require"
)

// raw makes a batch of hand-written record bytes, with a header to match but for what edit changes; the CRC
// is right unless crc says otherwise.
func raw(count int32, records string, edit func(b Batch)) Batch {
	body, err := hex.DecodeString(records)
	if err != nil {
		panic(err)
	}
	bb := NewBuilder(Options{})
	b := append(bb.Build(), body...)
	binary.BigEndian.PutUint32(b[atLength:], uint32(len(b)-12))
	binary.BigEndian.PutUint32(b[atCount:], uint32(count))
	binary.BigEndian.PutUint32(b[atLastOffsetDelta:], uint32(count-1))
	if edit != nil {
		edit(b)
	}
	b.setCRC()
	return b
}

const good = "0e000000010276" + "00" // as in handMade

func TestValidateRefuses(t *testing.T) {
	setAttr := func(a uint16) func(Batch) {
		return func(b Batch) { binary.BigEndian.PutUint16(b[atAttributes:], a) }
	}
	setProducer := func(id int64, epoch int16, seq int32, a uint16) func(Batch) {
		return func(b Batch) {
			binary.BigEndian.PutUint64(b[atProducerID:], uint64(id))
			binary.BigEndian.PutUint16(b[atProducerEpoch:], uint16(epoch))
			binary.BigEndian.PutUint32(b[atBaseSequence:], uint32(seq))
			binary.BigEndian.PutUint16(b[atAttributes:], a)
		}
	}
	put32 := func(at int, v int32) func(Batch) {
		return func(b Batch) { binary.BigEndian.PutUint32(b[at:], uint32(v)) }
	}
	cases := []struct {
		name  string
		batch Batch
		lim   Limits
		code  kafka.ErrorCode
		text  string
	}{
		{"empty", Batch{}, Limits{}, 2, "a batch of 0 bytes came as 0"},
		{"header only half", raw(1, good, nil)[:40], Limits{}, 2, "a batch of 69 bytes came as 40"},
		{"cut", raw(1, good, nil)[:68], Limits{}, 2, "a batch of 69 bytes came as 68"},
		{"trailing", append(raw(1, good, nil), 0), Limits{}, 2, "1 bytes follow a batch of 69"},
		{"length negative", raw(1, good, put32(atLength, -1)), Limits{}, 2, "batch length -1 is less than a header's 49"},
		{"magic 1", raw(1, good, func(b Batch) {
			b[atMagic] = 1
		}), Limits{}, 43, "message format 1 is no longer written; use record batches (magic 2)"},
		{"magic 3", raw(1, good, func(b Batch) { b[atMagic] = 3 }), Limits{}, 2, "magic 3 is not 2"},
		{"crc", func() Batch { b := raw(1, good, nil); b[66]++; return b }(), Limits{}, 2, "the batch's CRC-32C is "},
		{"count zero", raw(0, "", nil), Limits{}, 87, "record count 0 is not positive"},
		{"count negative", raw(-5, good, nil), Limits{}, 87, "record count -5 is not positive"},
		{"count lies", raw(2, good, nil), Limits{}, 87, "record 1: its size does not fit into the 0 bytes that are left"},
		{"count too small", raw(1, good+good, nil), Limits{}, 87, "8 bytes follow the last of 1 records"},
		{"last delta", raw(1, good, put32(atLastOffsetDelta, 4)), Limits{}, 87,
			"last offset delta 4 is not record count 1 minus one"},
		{"too many", raw(3, good, nil), Limits{MaxRecords: 2}, 10, "record count 3 is over the limit of 2"},
		{"too large", raw(1, good, nil), Limits{MaxUncompressed: 7}, 10, "8 bytes of records are over the limit of 7"},
		{"control", raw(1, good, setAttr(0x20)), Limits{}, 87, "clients must not write control records (attributes 0x0020)"},
		{"delete horizon", raw(1, good, setAttr(0x40)), Limits{}, 87,
			"clients must not set a delete horizon (attributes 0x0040)"},
		{"codec 5", raw(1, good, setAttr(5)), Limits{}, 76, "compression codec 5 is unknown"},
		{"codec 7", raw(1, good, setAttr(7)), Limits{}, 76, "compression codec 7 is unknown"},
		{"txn without producer", raw(1, good, setProducer(-1, -1, -1, 0x10)), Limits{}, 87,
			"the batch is transactional, but its producer id is -1"},
		{"producer without sequence", raw(1, good, setProducer(9, 0, -1, 0)), Limits{}, 87,
			"producer id 9 comes with base sequence -1"},
		{"producer without epoch", raw(1, good, setProducer(9, -1, 0, 0)), Limits{}, 47,
			"producer id 9 comes with producer epoch -1"},
		{"offset delta", raw(2, good+good, nil), Limits{}, 87, "record 1: offset delta is 0"},
		{"record length zero", raw(1, "00", nil), Limits{}, 87, "record 0 of 0 bytes: timestamp delta does not fit"},
		{"record length negative", raw(1, "01000000010276"+"00", nil), Limits{}, 87,
			"record 0: its size does not fit into the 8 bytes that are left"},
		{"record length long", raw(1, "10000000010276"+"00", nil), Limits{}, 87,
			"record 0: its size does not fit into the 8 bytes that are left"},
		{"record length endless", raw(1, "ffffffffffffffffffff01", nil), Limits{}, 87,
			"record 0: its size does not fit into the 11 bytes that are left"},
		{"timestamp endless", raw(1, "1800"+"ffffffffffffffffffff01", nil), Limits{}, 87,
			"record 0 of 12 bytes: timestamp delta does not fit"},
		{"offset too wide", raw(1, "180000"+"8080808010"+"0102760000", nil), Limits{}, 87,
			"record 0 of 12 bytes: offset delta does not fit"},
		{"key long", raw(1, "0e000000080276"+"00", nil), Limits{}, 87, "record 0 of 7 bytes: key does not fit"},
		{"key minus two", raw(1, "0e000000030276"+"00", nil), Limits{}, 87, "record 0 of 7 bytes: key does not fit"},
		{"value minus two", raw(1, "0c000000010300", nil), Limits{}, 87, "record 0 of 6 bytes: value does not fit"},
		{"value long", raw(1, "0e000000010876"+"00", nil), Limits{}, 87, "record 0 of 7 bytes: value does not fit"},
		{"value takes the header count", raw(1, "0e000000010476"+"00", nil), Limits{}, 87,
			"record 0 of 7 bytes: header count does not fit"},
		{"headers negative", raw(1, "0e000000010276"+"01", nil), Limits{}, 87,
			"record 0 of 7 bytes: header count does not fit"},
		{"headers claimed", raw(1, "0e000000010276"+"04", nil), Limits{}, 87,
			"record 0 of 7 bytes: header count does not fit"},
		{"header key null", raw(1, "12000000010276"+"020101", nil), Limits{}, 87, "record 0 of 9 bytes: header does not fit"},
		{"header value long", raw(1, "12000000010276"+"020008", nil), Limits{}, 87,
			"record 0 of 9 bytes: header does not fit"},
		{"body longer than its parts", raw(1, "1000000001027600"+"00", nil), Limits{}, 87,
			"record 0 of 8 bytes: size does not fit"},
		{"headers shorter than the body", raw(1, "14000000010276"+"02000000", nil), Limits{}, 87,
			"record 0 of 10 bytes: size does not fit"},
		{"gzip garbage", raw(1, good, setAttr(1)), Limits{}, 87, "8 bytes of gzip do not decompress: unexpected EOF"},
		{"snappy garbage", raw(1, good, setAttr(2)), Limits{}, 87,
			"8 bytes of snappy do not decompress: a snappy block is damaged"},
		{"lz4 garbage", raw(1, good, setAttr(3)), Limits{}, 87,
			"8 bytes of lz4 do not decompress: it does not begin with an LZ4 frame's magic number"},
		{"zstd garbage", raw(1, good, setAttr(4)), Limits{}, 87,
			"8 bytes of zstd do not decompress: invalid input: magic number mismatch"},
	}
	require.NoError(t, func() error { _, err := Validate(raw(1, good, nil), Limits{}); return err }())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Validate(c.batch, c.lim)
			require.Error(t, err)
			e, ok := err.(*Error)
			require.True(t, ok, "%T", err)
			if !strings.HasSuffix(c.text, " is ") {
				require.Equal(t, c.text, e.Text)
			}
			require.True(t, strings.HasPrefix(e.Text, c.text), e.Text)
			require.Equal(t, c.code, e.Code)
		})
	}
}

// Kafka takes overlong varints and a header whose max timestamp is wrong, so we do.
func TestValidateLetsThrough(t *testing.T) {
	_, err := Validate(raw(1, "12"+"00"+"8000"+"8000"+"01"+"0276"+"00", nil), Limits{})
	require.NoError(t, err)
	b := raw(1, good, func(b Batch) { binary.BigEndian.PutUint64(b[atMaxTimestamp:], 99) })
	sum, err := Validate(b, Limits{})
	require.NoError(t, err)
	require.Equal(t, NoTimestamp, sum.MaxTimestamp)
	b.SetMaxTimestamp(sum.MaxTimestamp)
	_, err = Validate(b, Limits{})
	require.NoError(t, err)
	// Unknown attribute bits are for the future.
	_, err = Validate(raw(1, good, func(b Batch) { binary.BigEndian.PutUint16(b[atAttributes:], 0x8000) }), Limits{})
	require.NoError(t, err)
}

// No flip of one bit that the CRC covers, or of the magic or length, goes unnoticed.
func TestEveryBitFlipIsNoticed(t *testing.T) {
	b := bigBatch(300, 20, None)
	for i := atLength; i < len(b); i++ {
		if i >= atLeaderEpoch && i < atMagic {
			continue // outside the CRC
		}
		for bit := range 8 {
			b[i] ^= 1 << bit
			_, err := Validate(b, Limits{})
			require.Error(t, err, "byte %d bit %d", i, bit)
			require.Error(t, ValidateStored(b), "byte %d bit %d", i, bit)
			b[i] ^= 1 << bit
		}
	}
}

func TestValidateStored(t *testing.T) {
	// What compaction leaves: gaps, and nothing at all.
	o := Options{BaseOffset: 100, HasProducer: true, ProducerID: 7, ProducerEpoch: 2, BaseSequence: 40, LastOffset: 120,
		MaxTimestamp: 5000}
	b := NewBuilder(o)
	empty := b.Build()
	require.NoError(t, ValidateStored(empty))
	require.EqualValues(t, 120, empty.LastOffset())
	require.EqualValues(t, 60, empty.LastSequence())
	require.EqualValues(t, 5000, empty.MaxTimestamp())
	require.EqualValues(t, -1, empty.BaseTimestamp())
	require.Empty(t, readAll(t, empty, new(Scratch)))
	_, err := Validate(empty, Limits{})
	require.Error(t, err)

	for _, c := range allCodecs {
		o.Codec, o.HasDeleteHorizon, o.DeleteHorizon = c, true, 90000
		b.Reset(o)
		b.AddAt(103, 4000, []byte("k"), []byte("v"))
		b.AddAt(117, 4500, []byte("l"), nil, Header{"h", nil})
		kept := b.Build()
		require.NoError(t, ValidateStored(kept))
		require.EqualValues(t, 120, kept.LastOffset())
		at, has := kept.DeleteHorizon()
		require.True(t, has)
		require.EqualValues(t, 90000, at)
		require.EqualValues(t, 4500, kept.MaxTimestamp())
		want := []plainRecord{{103, 4000, []byte("k"), []byte("v"), nil}, {117, 4500, []byte("l"), nil, []Header{{"h", nil}}}}
		require.Equal(t, want, readAll(t, kept, new(Scratch)))
		_, err = Validate(kept, Limits{})
		require.Error(t, err)

		// A rewrite with all its records is the batch itself.
		b.Reset(Rewrite(kept))
		for _, r := range want {
			b.AddAt(r.Offset, r.Timestamp, r.Key, r.Value, r.Headers...)
		}
		require.Equal(t, kept, b.Build())
	}
}

func TestStoredRefuses(t *testing.T) {
	for name, b := range map[string]Batch{
		"count over last delta": raw(3, "", func(b Batch) { binary.BigEndian.PutUint32(b[atLastOffsetDelta:], 1) }),
		"count negative":        raw(-1, "", func(b Batch) { binary.BigEndian.PutUint32(b[atLastOffsetDelta:], 1) }),
		"last delta negative":   raw(0, "", nil),
		"base offset negative":  raw(1, good, func(b Batch) { b.SetBase(-1, 0) }),
		"cut":                   raw(1, good, nil)[:60],
	} {
		require.Error(t, ValidateStored(b), name)
	}
}

// Records never hands out an offset outside the batch's range, or in the wrong order.
func TestRecordsRefuses(t *testing.T) {
	for name, c := range map[string]Batch{
		"order":  raw(2, good+good, nil),
		"beyond": raw(1, "0e00000401"+"0276"+"00", nil),
		"minus":  raw(1, "0e00000101"+"0276"+"00", nil),
		"more":   raw(1, good+"00", nil),
	} {
		it := c.Records(new(Scratch), Limits{})
		for _, ok := it.Next(); ok; _, ok = it.Next() {
		}
		require.Error(t, it.Err(), name)
	}
}

func TestControlRecords(t *testing.T) {
	m := EndTxnMarker{Type: Commit, CoordinatorEpoch: 12}
	b := m.Batch(77, 3, 1000)
	b.SetBase(50, 4)
	require.NoError(t, ValidateStored(b))
	require.True(t, b.Attributes().IsControl())
	require.True(t, b.Attributes().IsTransactional())
	require.EqualValues(t, 77, b.ProducerID())
	require.EqualValues(t, -1, b.BaseSequence())
	r := readAll(t, b, new(Scratch))[0]
	require.Equal(t, []byte{0, 0, 0, 1}, r.Key)
	require.Equal(t, []byte{0, 0, 0, 0, 0, 12}, r.Value)
	typ, err := ParseControlKey(r.Key)
	require.NoError(t, err)
	got, err := ParseEndTxnMarker(typ, r.Value)
	require.NoError(t, err)
	require.Equal(t, m, got)
	typ, err = ParseControlKey(ControlKey(LeaderChange))
	require.NoError(t, err)
	require.Equal(t, LeaderChange, typ)

	for _, key := range [][]byte{nil, {0, 0, 0}, {0x80, 0, 0, 0}} {
		_, err = ParseControlKey(key)
		require.Error(t, err)
	}
	_, err = ParseEndTxnMarker(Commit, []byte{0, 0, 0, 0, 0})
	require.Error(t, err)
	_, err = ParseEndTxnMarker(LeaderChange, r.Value)
	require.Error(t, err)
}

// The quick walk takes nothing that the careful one refuses, and learns the same from it.
func TestQuickIsCareful(t *testing.T) {
	batch := bigBatch(300, 70, None)
	plain := batch[HeaderSize:]
	taken := 0
	for i := range plain {
		for v := range 256 {
			was := plain[i]
			plain[i] = byte(v)
			for j, k := 0, int32(0); k < batch.Count(); k++ {
				var quick, careful walk
				next := quick.quick(plain, j, k)
				after, err := careful.careful(plain, j, k)
				if next != bad {
					taken++
					require.NoError(t, err)
					require.Equal(t, after, next)
					require.Equal(t, careful, quick)
				}
				if err != nil {
					break
				}
				j = after
			}
			plain[i] = was
		}
	}
	require.Greater(t, taken, 30000)
}
