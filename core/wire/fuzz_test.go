package wire

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"gregor/core/kafka"
	"gregor/core/record"
)

// small limits keep a fuzzing worker small.
var fuzzLimits = Limits{FrameBytes: 1 << 20, RequestBytes: 1 << 18, Elements: 10_000, Tags: 100, BatchBytes: 1 << 20,
	PlainBytes: 1 << 21}

// exampleFrames are the frames of testdata/frames.txt.
func exampleFrames(f *testing.F) (frames [][]byte) {
	text, err := os.ReadFile("testdata/frames.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if frame, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(line), " ", "")); err == nil {
			frames = append(frames, frame)
		}
	}
	return frames
}

// FuzzFrames cuts and decodes a stream of bytes as a host does.
func FuzzFrames(f *testing.F) {
	for _, frame := range exampleFrames(f) {
		f.Add(frame)
	}
	p := New(fuzzLimits)
	f.Fuzz(func(t *testing.T, stream []byte) {
		var reuse any
		for len(stream) > 0 {
			n, err := p.FrameSize(stream)
			if err != nil || n == 0 || n > len(stream) {
				return
			}
			if n < 4 {
				t.Fatalf("a frame of %d bytes", n)
			}
			if reuse, err = p.Decode(bytes.Clone(stream[:n]), reuse); err != nil {
				return
			}
			stream = stream[n:]
		}
	})
}

// FuzzDecode decodes any body as any API and version. What is taken must come through: encoded again and decoded
// again it is the same.
func FuzzDecode(f *testing.F) {
	for _, frame := range exampleFrames(f) {
		if len(frame) > 15 {
			f.Add(int16(be16(frame[4:])), int16(be16(frame[6:])), frame[15:])
		}
	}
	for _, a := range APIs() {
		f.Add(a.Key, a.Max, []byte{0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, key, version int16, body []byte) {
		frame := bodyFrame(key, version, body)
		q, err := New(fuzzLimits).Decode(frame, nil)
		if err != nil {
			return
		}
		first := encodedBody(q.(*Request))
		again, err := New(fuzzLimits).Decode(bodyFrame(key, version, first), nil)
		if err != nil {
			t.Fatalf("taken once, refused once encoded: %v\n% x", err, first)
		}
		if second := encodedBody(again.(*Request)); !bytes.Equal(first, second) {
			t.Fatalf("first\n% x\nthen\n% x", first, second)
		}
	})
}

// bodyFrame puts a header before a body.
func bodyFrame(key, version int16, body []byte) []byte {
	frame := appendInt32(appendInt16(appendInt16([]byte{0, 0, 0, 0}, key), version), 1)
	frame = appendString(frame, false, "c")
	if a := Lookup(key); a != nil {
		frame = appendNoTags(frame, a.Flexible(version))
	}
	return endFrame(append(frame, body...), 0)
}

func encodedBody(q *Request) []byte {
	switch {
	case q.Unsupported:
		return nil
	case q.Produce != nil:
		return q.Produce.asKmsg(q.Version).AppendTo(nil)
	case q.Fetch != nil:
		return q.Fetch.asKmsg(q.Version).AppendTo(nil)
	}
	return q.Body.AppendTo(nil)
}

// FuzzProduce decodes produce requests around real batches. A partition has a batch or an error, never both, and
// the batch lies in its records.
func FuzzProduce(f *testing.F) {
	for _, codec := range []record.Codec{record.None, record.Gzip, record.Snappy, record.LZ4, record.Zstd} {
		f.Add(int16(9), []byte(batchOf(codec, "a", "b")), 0, byte(0))
	}
	f.Add(int16(3), magic0, 0, byte(0))
	f.Add(int16(13), append([]byte(batchOf(record.None, "a")), batchOf(record.None, "b")...), 20, byte(1))
	f.Fuzz(func(t *testing.T, version int16, records []byte, at int, flip byte) {
		if version < 0 || version > produceAPI.Max {
			return
		}
		records = bytes.Clone(records)
		if at >= 0 && at < len(records) {
			records[at] ^= flip
		}
		p := Produce{Topics: []ProduceTopic{{Topic: "t", Partitions: []ProducePartition{{Partition: 1, Records: records}}}}}
		msg, err := New(fuzzLimits).Decode(bodyFrame(0, version, p.asKmsg(version).AppendTo(nil)), nil)
		if err != nil {
			t.Fatalf("bad records must not cost the connection: %v", err)
		}
		var tools any
		for done := false; !done; { // in small steps
			tools, done = msg.(*Request).Finish(tools, 100)
		}
		got := msg.(*Request).Produce.Topics[0].Partitions[0]
		if (got.Err == kafka.None) != (got.Batch != nil) || !bytes.HasPrefix(got.Records, got.Batch) ||
			!bytes.Equal(got.Records, records) {
			t.Fatalf("decoded as %+v", got)
		}
		if got.Err == kafka.None && (got.Summary.Count != got.Batch.Count() || got.Batch.BaseOffset() != 0) {
			t.Fatalf("batch %+v, summary %+v", got.Batch, got.Summary)
		}
	})
}

// FuzzFetch decodes fetch requests. Whatever is taken, kmsg reads the same.
func FuzzFetch(f *testing.F) {
	for v := fetchAPI.Min; v <= fetchAPI.Max; v++ {
		f.Add(v, fetchFrame(v, 2)[25:])
	}
	f.Fuzz(func(t *testing.T, version int16, body []byte) {
		if !fetchAPI.Has(version) {
			return
		}
		msg, err := New(fuzzLimits).Decode(bodyFrame(1, version, body), nil)
		if err != nil {
			return
		}
		ours := msg.(*Request).Fetch
		theirs := ours.asKmsg(version)
		theirs.Topics, theirs.ForgottenTopics = nil, nil
		if err := theirs.ReadFrom(body); err != nil {
			t.Fatalf("we take what kmsg refuses: %v\n% x", err, body)
		}
		if len(theirs.Topics) != len(ours.Topics) || theirs.MaxBytes != ours.MaxBytes || theirs.Rack != ours.Rack {
			t.Fatalf("we read %+v, kmsg %+v", ours, theirs)
		}
	})
}
