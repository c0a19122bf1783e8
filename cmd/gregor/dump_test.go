package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/dump"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
)

// batchOf makes a batch of records that hold x, at the offsets, the first of which has the time.
func batchOf(at env.WallMillis, offsets ...kafka.Offset) []byte {
	b := record.NewBuilder(record.Options{BaseOffset: offsets[0]})
	for i, o := range offsets {
		b.AddAt(o, at+env.WallMillis(i), nil, []byte("x"))
	}
	return b.Build()
}

// the60s is a time whose text is easy: 1970-01-01T00:01:00Z.
const the60s env.WallMillis = 60_000

// segment is a log of three batches: offsets 10 to 12, 13, and 20 (14 to 19 are missing).
//
// A record of one byte is 8 bytes, so the batches lie at 0, 61+3*8 = 85, and 85+61+8 = 154; the file has 223 bytes.
func segment() []byte {
	return bytes.Join([][]byte{batchOf(the60s, 10, 11, 12), batchOf(the60s+9, 13), batchOf(the60s+5, 20)}, nil)
}

// partitionDir makes a partition's directory with one segment, and changes its files.
func partitionDir(t *testing.T, files map[string][]byte) string {
	dir := filepath.Join(t.TempDir(), "orders-0")
	require.NoError(t, os.Mkdir(dir, 0o777))
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o666))
	}
	return dir
}

const (
	logFile   = "00000000000000000010.log"
	indexFile = "00000000000000000010.index"
	timeFile  = "00000000000000000010.timeindex"
)

// ints writes numbers of the given sizes in bytes.
func ints(sizes []int, numbers ...int64) []byte {
	var out []byte
	for i, n := range numbers {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		out = append(out, b[8-sizes[i%len(sizes)]:]...)
	}
	return out
}

func index(entries ...int64) []byte     { return ints([]int{4, 4}, entries...) }
func timeIndex(entries ...int64) []byte { return ints([]int{8, 4}, entries...) }

func changed(content []byte, at int, b byte) []byte {
	content = bytes.Clone(content)
	content[at] ^= b
	return content
}

// dumped runs gregor dump and returns what is printed, without the file's own line.
func dumped(t *testing.T, args ...string) (lines []string, stderr string) {
	stdout, stderr, code := gregor(t.Context(), "", append([]string{"dump"}, args...)...)
	require.Equal(t, stderr != "", code != 0)
	lines = strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	return lines[1:], stderr
}

func TestDumpLog(t *testing.T) {
	dir := partitionDir(t, map[string][]byte{logFile: segment()})
	lines, stderr := dumped(t, filepath.Join(dir, logFile))
	require.Empty(t, stderr)
	require.Len(t, lines, 4)
	require.Regexp(t, `^  @0         offsets 10\.\.12  3 records  85 B  epoch 0  none  1970-01-01T00:01:00\.000Z\.\.1970-01-01T00:01:00\.002Z  crc [0-9a-f]{8} ok$`, lines[0])
	require.Regexp(t, `^  @85        offsets 13\.\.13  1 record  69 B  .*Z  crc [0-9a-f]{8} ok$`, lines[1])
	require.Regexp(t, `^  @154       offsets 20\.\.20  1 record  69 B `, lines[2])
	require.Equal(t, "3 batches with 5 records, offsets 10 to 20, whole up to byte 223", lines[3])
}

func TestDumpDamagedLog(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string // of a line that begins with !
		last    string
	}{
		"a bit that changed": {changed(segment(), 85+61+5, 1), "! position 85: .*CRC",
			"3 batches with 5 records, offsets 10 to 20, whole up to byte 223"},
		"torn": {segment()[:200], "! position 154: 46 bytes that are no whole batch",
			"2 batches with 4 records, offsets 10 to 13, whole up to byte 154"},
		"torn in a header": {segment()[:160], "! position 154: 6 bytes that are no whole batch",
			"2 batches with 4 records, offsets 10 to 13, whole up to byte 154"},
		"another magic": {changed(segment(), 85+16, 3), "! position 85: ",
			"1 batch with 3 records, offsets 10 to 12, whole up to byte 85"},
		"offsets that return": {append(segment(), batchOf(the60s, 13)...), "! position 223: offset 13 comes after 20",
			"4 batches with 6 records, offsets 10 to 20, whole up to byte 292"},
		"below its name": {batchOf(the60s, 9), "! the first offset is 9, below the 10 the file is named after",
			"1 batch with 1 record, offsets 9 to 9, whole up to byte 69"},
		"a length of 2 GiB": {changed(segment(), 85+8, 0x7f), "! position 85: ",
			"1 batch with 3 records, offsets 10 to 12, whole up to byte 85"},
		"a hole": {append(append(segment(), make([]byte, 300)...), batchOf(the60s, 21)...),
			"! position 223: zeros up to position 530, and then something: a hole",
			"3 batches with 5 records, offsets 10 to 20, whole up to byte 223"},
		"text": {[]byte("once upon a time there was a log that was none"), "! position 0: ",
			"0 batches with 0 records, offsets none, whole up to byte 0"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := partitionDir(t, map[string][]byte{logFile: c.content})
			lines, stderr := dumped(t, filepath.Join(dir, logFile), "--records")
			require.Contains(t, stderr, "found; see the lines that begin with !")
			require.Regexp(t, `(?m)^`+c.want, strings.Join(lines, "\n"))
			require.Equal(t, c.last, lines[len(lines)-1])
		})
	}
}

func TestDumpPreallocated(t *testing.T) {
	dir := partitionDir(t, map[string][]byte{logFile: append(segment(), make([]byte, 4096)...)})
	lines, stderr := dumped(t, filepath.Join(dir, logFile))
	require.Empty(t, stderr)
	require.Equal(t, "4096 bytes of zeros follow: room asked for in advance", lines[3])
}

func TestDumpIndex(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    []string
	}{
		"right": {index(2, 0, 3, 85, 10, 154),
			[]string{"  offset 12  position 0  ok, batch 10..12", "  offset 13  position 85  ok, batch 13..13",
				"  offset 20  position 154  ok, batch 20..20"}},
		"room at the end": {append(index(3, 85), make([]byte, 80)...),
			[]string{"  offset 13  position 85  ok, batch 13..13", "10 entries not used yet"}},
		"not used yet": {make([]byte, 64), []string{"8 entries not used yet"}},
		"a hole": {append(append(index(3, 85), make([]byte, 8)...), index(10, 154)...),
			[]string{"  offset 13  position 85  ok, batch 13..13", "  offset 10  position 0",
				"! offset 10 at 0 does not come after offset 13 at 85", "  offset 20  position 154  ok, batch 20..20"}},
		"another batch": {index(2, 85), []string{"  offset 12  position 85",
			"! the batch at position 85 ends with offset 13, not 12"}},
		"several at once": {index(10, 85), []string{"  offset 20  position 85  ok, batch 13..13"}},
		"into a gap": {index(5, 0), []string{"  offset 15  position 0",
			"! no batch from position 0 on ends with offset 15"}},
		"past the end": {index(11, 154), []string{"  offset 21  position 154",
			"! no batch from position 154 on ends with offset 21"}},
		"not a batch": {index(3, 90), []string{"  offset 13  position 90", "! no batch begins at position 90"}},
		"beyond": {index(3, 5000), []string{"  offset 13  position 5000",
			"! position 5000 is beyond the log's 223 bytes"}},
		"below zero": {index(3, -5), []string{"  offset 13  position -5",
			"! position -5 is beyond the log's 223 bytes"}},
		"falling": {index(3, 85, 2, 0), []string{"  offset 13  position 85  ok, batch 13..13",
			"  offset 12  position 0", "! offset 12 at 0 does not come after offset 13 at 85"}},
		"half an entry": {index(3, 85)[:7], []string{"! 7 bytes at the end are no whole entry"}},
		"one and a half": {append(index(3, 85), 1, 2),
			[]string{"  offset 13  position 85  ok, batch 13..13", "! 2 bytes at the end are no whole entry"}},
		"nothing": {nil, []string{}},
		"the last of four": {index(2, 0, 3, 85, 10, 154, 11, 154),
			[]string{"  offset 12  position 0  ok, batch 10..12", "  offset 13  position 85  ok, batch 13..13",
				"  offset 20  position 154  ok, batch 20..20", "  offset 21  position 154",
				"! offset 21 at 154 does not come after offset 20 at 154"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := partitionDir(t, map[string][]byte{logFile: segment(), indexFile: c.content})
			lines, stderr := dumped(t, filepath.Join(dir, indexFile))
			require.Equal(t, c.want, lines)
			require.Equal(t, strings.Contains(strings.Join(lines, ""), "!"), stderr != "")
		})
	}
}

// A broker of Kafka makes the indexes of its active segment in advance, and fills them with zeros.
func TestDumpTakesIndexesThatAreStillEmpty(t *testing.T) {
	dir := partitionDir(t, map[string][]byte{logFile: segment(), indexFile: make([]byte, 64), timeFile: make([]byte, 96)})
	for _, what := range []string{dir, filepath.Dir(dir), filepath.Join(dir, timeFile)} {
		lines, stderr := dumped(t, what)
		require.Empty(t, stderr, "of %s: %v", what, lines)
	}
}

func TestDumpTimeIndex(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string // "": nothing is wrong
	}{
		"right":              {timeIndex(60_002, 2, 60_009, 3), ""},
		"the largest so far": {timeIndex(60_009, 10), ""},
		"too early": {timeIndex(60_001, 2),
			"! the latest time up to offset 12 is 1970-01-01T00:01:00.002Z, not 1970-01-01T00:01:00.001Z"},
		"too late": {timeIndex(60_010, 10),
			"! the latest time up to offset 20 is 1970-01-01T00:01:00.009Z, not 1970-01-01T00:01:00.010Z"},
		"the last batch's own": {timeIndex(60_005, 10),
			"! the latest time up to offset 20 is 1970-01-01T00:01:00.009Z, not 1970-01-01T00:01:00.005Z"},
		"beyond the log": {timeIndex(60_009, 11), "! offset 21 is beyond the log, which ends with 20"},
		"falling": {timeIndex(60_009, 3, 60_002, 10),
			"! time 60002 at offset 20 does not come after 60009 at 13"},
		"half an entry":          {timeIndex(60_002, 2)[:11], "! 11 bytes at the end are no whole entry"},
		"room at the end":        {append(timeIndex(60_002, 2), make([]byte, 24)...), ""},
		"before every timestamp": {timeIndex(-5, 2), "! the latest time up to offset 12 is"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := partitionDir(t, map[string][]byte{logFile: segment(), timeFile: c.content})
			lines, stderr := dumped(t, filepath.Join(dir, timeFile))
			text := strings.Join(lines, "\n")
			require.Equal(t, c.want != "", stderr != "", text)
			require.Contains(t, text, c.want)
		})
	}
}

func TestDumpSnapshot(t *testing.T) {
	body := ints([]int{4}, 1)
	body = append(body, ints([]int{8, 2, 4, 8, 4, 8, 4, 8}, 4000, 3, 17, 42, 1, int64(the60s), -1, 40)...)
	head := binary.BigEndian.AppendUint32(ints([]int{2}, 1), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
	whole := append(head, body...)
	name := "00000000000000000010.snapshot"
	dir := partitionDir(t, map[string][]byte{name: whole})
	lines, stderr := dumped(t, filepath.Join(dir, name))
	require.Empty(t, stderr)
	require.Equal(t, []string{"  producer 4000/3  last sequence 17  last offset 42  1970-01-01T00:01:00.000Z  transaction open since offset 40"}, lines)

	for want, content := range map[string][]byte{
		"! the checksum is ":                         changed(whole, 20, 1),
		"! 1 producers take 46 bytes, but 45 follow": whole[:len(whole)-1],
		"! version 257 is not known":                 changed(whole, 0, 1),
		"! 5 bytes are too few for a snapshot":       whole[:5],
		"! 16777217 producers take 771751982 bytes":  changed(whole, 6, 1),
	} {
		dir := partitionDir(t, map[string][]byte{name: content})
		lines, stderr := dumped(t, filepath.Join(dir, name))
		require.NotEmpty(t, stderr)
		require.Contains(t, strings.Join(lines, "\n"), want)
	}
}

func TestDumpTxnIndex(t *testing.T) {
	name := "00000000000000000010.txnindex"
	sizes := []int{2, 8, 8, 8, 8}
	dir := partitionDir(t, map[string][]byte{name: ints(sizes, 0, 4000, 10, 15, 10, 0, 4001, 12, 14, 16)})
	lines, stderr := dumped(t, filepath.Join(dir, name))
	require.Equal(t, "gregor: 1 problem found; see the lines that begin with !\n", stderr)
	require.Equal(t, []string{"  producer 4000  aborted offsets 10..15  last stable offset 10",
		"  producer 4001  aborted offsets 12..14  last stable offset 16", "! offsets 12 to 14 do not come after 15"}, lines)
}

func TestDumpText(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"leader-epoch-checkpoint", "0\n2\n0 0\n3 120\n", "  epoch 0  from offset 0\n  epoch 3  from offset 120"},
		{"leader-epoch-checkpoint", "0\n2\n3 120\n0 0\n",
			"  epoch 3  from offset 120\n  epoch 0  from offset 0\n! line 4: \"0 0\": it does not come after epoch 3 from offset 120"},
		{"leader-epoch-checkpoint", "0\n3\n0 0\n", "  epoch 0  from offset 0\n! line 2: the count is \"3\", but 1 lines follow"},
		{"leader-epoch-checkpoint", "1\n0\n", "! line 1: version \"1\" is not known"},
		{"leader-epoch-checkpoint", "", "! line 1 is missing"},
		{"leader-epoch-checkpoint", "0\n1\n0\n", "! line 3: \"0\": it should be: epoch offset"},
		{"recovery-point-offset-checkpoint", "0\n1\norders 0 12\n", "  orders-0  flushed below 12"},
		{"replication-offset-checkpoint", "0\n1\norders 0 -1\n", "! line 3: \"orders 0 -1\": \"-1\" is no number from 0 up"},
		{"log-start-offset-checkpoint", "0\n1\n\x1b[2J 0 5\n", "  \"\\x1b[2J\"-0  log start 5"},
		{"cleaner-offset-checkpoint", "0\n0\n", ""},
		{"meta.properties", "version=1\nnode.id=4\n", "  version  1\n  node.id  4"},
		{"meta.properties", "cluster.id=\\u12", "! meta.properties:1"},
		{"partition.metadata", "version: 0\ntopic_id: abc\n", "  version  0\n  topic_id  abc"},
		{"partition.metadata", "nonsense\n", "! \"nonsense\\n\" is not name: value"},
		{".kafka_cleanshutdown", `{"version":0,"brokerEpoch":1234567890123}`, "  brokerEpoch  1234567890123\n  version  0"},
		{"quorum-state", `{"leaderId":1,"data_version":1}`, "  data_version  1\n  leaderId  1"},
		{"quorum-state", `{"leaderId"`, "! it is no JSON object: unexpected EOF"},
	} {
		dir := partitionDir(t, map[string][]byte{c.name: []byte(c.content)})
		lines, stderr := dumped(t, filepath.Join(dir, c.name))
		got := strings.Join(lines, "\n")
		require.True(t, strings.HasPrefix(got, c.want), "%s: %q", c.name, got)
		require.Equal(t, strings.Contains(c.want, "!"), stderr != "", c.name)
	}
}

// A directory is summed up; what is wrong follows.
func TestDumpDirectory(t *testing.T) {
	second := "00000000000000000030"
	dir := partitionDir(t, map[string][]byte{logFile: segment(), indexFile: index(3, 85, 10, 150),
		timeFile:        timeIndex(60_009, 3),
		second + ".log": append(batchOf(the60s+60_000, 32), 1, 2, 3), "00000000000000000040.log.deleted": nil})
	stdout, stderr, code := gregor(t.Context(), "", "dump", dir, "--json")
	require.Equal(t, exitFailed, code)
	require.Equal(t, "gregor: 2 problems found; see the lines that begin with !\n", stderr)
	var segments []map[string]any
	for line := range strings.Lines(stdout) {
		var o map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &o))
		if o["kind"] == "segment" {
			segments = append(segments, o)
		}
	}
	require.Len(t, segments, 2)
	require.Subset(t, segments[0], map[string]any{"batches": 3.0, "records": 5.0, "start_offset": 10.0, "end_offset": 21.0,
		"gaps": 6.0, "index_entries": 3.0, "problems": 1.0, "size": 223.0, "min_timestamp": 60_000.0,
		"max_timestamp": 60_009.0})
	// From 21 to 29 between the segments, and 30 and 31 within: 11 are missing.
	require.Subset(t, segments[1], map[string]any{"batches": 1.0, "start_offset": 32.0, "end_offset": 33.0, "gaps": 11.0,
		"torn_bytes": 3.0, "problems": 1.0})

	stdout, _, _ = gregor(t.Context(), "", "dump", filepath.Dir(dir))
	require.Regexp(t, `(?m)^orders-0 +2 +4 +6 +10 +33 +295 B +17 .* 2$`, stdout)
	require.Contains(t, stdout, "1 of 2 entries wrong; the first: entry 1: no batch begins at position 150")
	require.Contains(t, stdout, "3 bytes that are no whole batch")

	// Only --check reads the records.
	require.NoError(t, os.WriteFile(filepath.Join(dir, logFile), changed(segment(), 70, 1), 0o666))
	stdout, _, _ = gregor(t.Context(), "", "dump", dir)
	require.NotContains(t, stdout, "CRC")
	stdout, _, _ = gregor(t.Context(), "", "dump", dir, "--check")
	require.Contains(t, stdout, "position 0: ")
	require.Contains(t, stdout, "CRC")
}

// What a broker leaves behind is whole: several segments, compressed and not, idempotent and not, with indexes.
func TestDumpOfABroker(t *testing.T) {
	b := startTestBroker(t)
	b.must("", "topic", "create", "orders", "-p", "1", "-c", "segment.bytes=1048576", "-c", "index.interval.bytes=1024")
	lines := strings.Repeat(strings.Repeat("0123456789", 100)+"\n", 1500)
	for _, flags := range [][]string{{"--quiet"}, {"--quiet", "--no-idempotence"}, {"--quiet", "-z", "zstd"}} {
		b.must(lines, append([]string{"produce", "orders"}, flags...)...)
	}
	b.must("", "consume", "orders", "--group", "g", "--count", "10", "--format", ".")
	b.stop()
	stdout, stderr, code := gregor(t.Context(), "", "dump", b.dir, "--check", "--json")
	require.Zero(t, code, "%s\n%s", stderr, stdout)
	for line := range strings.Lines(stdout) {
		var o struct {
			File                              string
			Segments, Records, Gaps, Problems int
			End                               int `json:"end_offset"`
			Index                             int `json:"index_entries"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &o))
		if strings.HasSuffix(o.File, "orders-0") {
			require.Equal(t, []int{4500, 4500, 0, 0}, []int{o.Records, o.End, o.Gaps, o.Problems})
			require.GreaterOrEqual(t, o.Segments, 3)
			require.GreaterOrEqual(t, o.Index, 4)
		}
	}
	require.Contains(t, gregorOut(t, "dump", b.dir), "shut down cleanly")
	for _, pattern := range []string{"*", "orders-0/*", "__cluster_metadata-0/*"} {
		files, err := filepath.Glob(filepath.Join(b.dir, pattern))
		require.NoError(t, err)
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() && filepath.Base(f) != ".lock" {
				gregorOut(t, "dump", f, "--deep")
			}
		}
	}
}

func gregorOut(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, code := gregor(t.Context(), "", args...)
	require.Zero(t, code, "gregor %v: %s\n%s", args, stderr, stdout)
	return stdout
}

// Kafka's own records, encoded by franz-go.
func TestDumpDeep(t *testing.T) {
	key := kmsg.TxnMetadataKey{TransactionalID: "payments"}
	value := kmsg.TxnMetadataValue{ProducerID: 4000, ProducerEpoch: 7, State: 1,
		Topics: []kmsg.TxnMetadataValueTopic{{Topic: "orders", Partitions: []int32{0, 2}}}}
	txn := record.NewBuilder(record.Options{})
	txn.Add(the60s, key.AppendTo(nil), value.AppendTo(nil))
	txn.Add(the60s, key.AppendTo(nil), nil)
	txn.Add(the60s, []byte{0, 0, 255}, nil)

	marker := record.EndTxnMarker{Type: record.Commit, CoordinatorEpoch: 9}.Batch(4000, 7, the60s)

	old := kmsg.OffsetCommitValue{Version: 1, Offset: 120, CommitTimestamp: 5, ExpireTimestamp: 6}
	oldKey := kmsg.OffsetCommitKey{Version: 1, Group: "g", Topic: "orders", Partition: 3}
	groups := record.NewBuilder(record.Options{})
	groups.Add(the60s, oldKey.AppendTo(nil), old.AppendTo(nil))
	groups.Add(the60s, []byte{0, 3, 1, 2}, []byte("new"))
	groups.Add(the60s, []byte{9}, nil)

	dir := partitionDir(t, map[string][]byte{"00000000000000000000.log": txn.Build(), "00000000000000000001.log": marker,
		"00000000000000000002.log": groups.Build(), "00000000000000000003.log": batchOf(the60s, 3)})
	for i, c := range []struct {
		topic string
		want  []string
	}{
		{"__transaction_state", []string{
			"type=transaction transactional_id=payments version=0 producer_id=4000 producer_epoch=7 timeout_millis=0 state=1 topics=[{topic=orders partitions=[0 2]}]",
			"type=transaction transactional_id=payments tombstone=true", "! offset 2: transaction: key: "}},
		{"", []string{"type=commit coordinator_epoch=9"}},
		{"__consumer_offsets", []string{
			"type=offset_commit group=g topic=orders partition=3 version=1 offset=120 metadata= commit_timestamp=5 expire_timestamp=6",
			`type=consumer_group_metadata key="\x01\x02" value=new`, "! offset 2: a key of 1 bytes has no version"}},
		{"__cluster_metadata", []string{"! offset 3: "}},
	} {
		args := []string{"dump", filepath.Join(dir, fmt.Sprintf("%020d.log", i)), "--deep"}
		if c.topic != "" {
			args = append(args, "--as", c.topic)
		}
		stdout, _, _ := gregor(t.Context(), "", args...)
		for _, want := range c.want {
			require.Contains(t, stdout, want)
		}
		stdout, _, _ = gregor(t.Context(), "", append(args, "--json")...)
		for line := range strings.Lines(stdout) {
			require.True(t, json.Valid([]byte(line)), line)
		}
	}
}

// Whatever a file holds, dump says something on whole lines, as text and as JSON, and goes on to the next file.
func FuzzDump(f *testing.F) {
	names := []string{logFile, indexFile, timeFile, "00000000000000000010.txnindex", "00000000000000000010.snapshot",
		"leader-epoch-checkpoint", "replication-offset-checkpoint", "meta.properties", "partition.metadata", "quorum-state",
		"00000000000000000010-0000000001.checkpoint"}
	topics := []string{"", "__consumer_offsets", "__transaction_state", "__cluster_metadata"}
	for i := range names {
		f.Add(uint8(i), uint8(i), segment())
		f.Add(uint8(i), uint8(i), []byte("0\n1\n0 0\n"))
		f.Add(uint8(i), uint8(i), changed(segment(), 70, 0xff))
	}
	f.Fuzz(func(t *testing.T, name, topic uint8, content []byte) {
		file := names[int(name)%len(names)]
		dir := partitionDir(t, map[string][]byte{logFile: segment(), file: content})
		o := dump.Options{Deep: true, Check: true, As: topics[int(topic)%len(topics)]}
		for _, o.JSON = range []bool{false, true} {
			var out bytes.Buffer
			if err := dump.Files(&out, o, []string{filepath.Join(dir, file), dir}); err != nil {
				require.NotContains(t, err.Error(), "\n")
			}
			for line := range strings.Lines(out.String()) {
				require.True(t, !o.JSON || json.Valid([]byte(line)), line)
			}
		}
	})
}
