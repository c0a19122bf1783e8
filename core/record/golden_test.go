package record

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
)

// goldenRecords are the records that every client of testdata/golden has sent.
func goldenRecords() []plainRecord {
	var out []plainRecord
	for i := range 12 {
		r := plainRecord{Offset: kafka.Offset(i), Timestamp: 1700000000000 + env.WallMillis(i)*1000}
		if i == 7 {
			r.Timestamp = 1700000002000
		}
		if i%4 != 0 {
			r.Key = fmt.Appendf(nil, "key-%d", i)
		}
		switch i {
		case 3:
		case 5:
			r.Value = []byte{}
		default:
			r.Value = fmt.Appendf(nil, "value-%d-%s", i, strings.Repeat("abc", i*10))
		}
		if i%2 == 1 {
			r.Headers = []Header{{"h1", fmt.Appendf(nil, "v%d", i)}, {"h2", []byte{}}}
		}
		out = append(out, r)
	}
	return out
}

func readHex(t testing.TB, path string) []byte {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	return b
}

func goldenFiles(t testing.TB) []string {
	files, err := filepath.Glob("testdata/golden/*.hex")
	require.NoError(t, err)
	require.Len(t, files, 6*5, "six clients, five codecs")
	return files
}

func TestGoldenBatches(t *testing.T) {
	var s Scratch
	for _, file := range goldenFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			part := strings.Split(filepath.Base(file), ".")
			b := Batch(readHex(t, file))
			sum, err := s.Validate(b, Limits{})
			require.NoError(t, err)
			require.Equal(t, part[1], sum.Codec.String())
			require.Equal(t, Summary{Count: 12, MaxTimestamp: 1700000011000, MinTimestamp: 1700000000000,
				OffsetOfMaxTimestamp: 11, NullKeys: true, Codec: sum.Codec, UncompressedSize: 2105 - HeaderSize}, sum)
			require.Equal(t, env.WallMillis(1700000011000), b.MaxTimestamp())
			require.EqualValues(t, 11, b.LastOffset())
			if want := goldenRecords(); !reflect.DeepEqual(want, goldenHeaders(readAll(t, b, &s))) {
				t.Fatalf("got  %v\nwant %v", readAll(t, b, &s), want)
			}
		})
	}
}

// goldenHeaders turns the null that two of the clients send for an empty header value into empty.
func goldenHeaders(rs []plainRecord) []plainRecord {
	for _, r := range rs {
		for i := range r.Headers {
			if r.Headers[i].Value == nil {
				r.Headers[i].Value = []byte{}
			}
		}
	}
	return rs
}

// The builder writes the very bytes that other clients write.
func TestBuilderMatchesGolden(t *testing.T) {
	for _, file := range goldenFiles(t) {
		if !strings.HasSuffix(file, ".none.hex") {
			continue
		}
		want := Batch(readHex(t, file))
		b := NewBuilder(Options{LeaderEpoch: want.LeaderEpoch(), HasProducer: true, ProducerID: want.ProducerID(),
			ProducerEpoch: want.ProducerEpoch(), BaseSequence: want.BaseSequence()})
		for _, r := range goldenRecords() {
			b.Add(r.Timestamp, r.Key, r.Value, r.Headers...)
		}
		if got := b.Build(); !bytes.Equal(got, want) {
			t.Errorf("%s:\ngot  %x\nwant %x", file, got, want)
		}
	}
}
