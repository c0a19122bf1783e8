package seglog

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/record"
	"gregor/disksim"
)

var rewrite = flag.Bool("rewrite", false, "write what the conversations in testdata answer now")

// TestConversations runs the files in testdata: lines that begin with "> " are said to the log, the lines below
// each are what came of it: the answer, then the facts told. A line "# mutant: NAME" says which planted bug the file
// shows, and the next line what comes of it: TestWithout runs the file with it.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			got := converse(t, string(raw), nil)
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			require.Equal(t, string(raw), got)
		})
	}
}

// converse runs a script. What a mutant breaks is said by breaks; nil leaves it as it is.
func converse(t tester, script string, breaks func(names string) string) string {
	c := &talk{world: newWorld(t, 42, disksim.Options{})}
	var out strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		said, ok := strings.CutPrefix(line, "> ")
		switch {
		case ok:
		case strings.HasPrefix(line, "# without it: ") && breaks != nil:
			continue
		case line == "" || strings.HasPrefix(line, "#"):
			out.WriteString(line + "\n")
			if names, ok := strings.CutPrefix(line, "# mutant: "); ok && breaks != nil {
				out.WriteString("# without it: " + breaks(names) + "\n")
			}
			continue
		default:
			continue
		}
		out.WriteString(line + "\n")
		answer := c.say(strings.Fields(said))
		for _, f := range c.facts {
			if _, boring := f.(env.Appended); !boring {
				answer += "  " + describe(f) + "\n"
			}
		}
		c.facts = nil
		out.WriteString(answer)
	}
	return out.String()
}

// describe is a fact with its fields, but for the partition and its topic.
func describe(f env.Fact) string {
	v := reflect.ValueOf(f)
	out := v.Type().Name()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "TopicPartition" && name != "TopicID" && name != "Logger" && name != "About" {
			out += fmt.Sprintf(" %s=%v", name, v.Field(i))
		}
	}
	return out
}

// talk is one conversation.
type talk struct {
	*world
	args map[string]string
}

func (c *talk) number(name string, otherwise int64) int64 {
	if v, ok := c.args[name]; ok {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			c.t.Fatalf("%s=%s: %v", name, v, err)
		}
		return n
	}
	return otherwise
}

func (c *talk) say(words []string) string {
	c.args = map[string]string{}
	var rest []string
	for _, w := range words[1:] {
		if name, value, ok := strings.Cut(w, "="); ok {
			c.args[name] = value
		} else {
			rest = append(rest, w)
		}
	}
	do, ok := commands[words[0]]
	if !ok {
		c.t.Fatalf("what is %q?", words[0])
	}
	return do(c, rest)
}

func (c *talk) state() string {
	l := c.log
	if l.State() != Ready {
		return fmt.Sprintf("%v: %v\n", l.State(), l.Err())
	}
	return fmt.Sprintf("ready [%d, %d), %d segments, %d bytes\n", l.LogStart(), l.EndOffset(), l.Segments(), l.Size())
}

var commands map[string]func(c *talk, rest []string) string

func init() {
	commands = map[string]func(c *talk, rest []string) string{
		"config": func(c *talk, rest []string) string { c.configure(); return "" },
		"open": func(c *talk, rest []string) string {
			c.open()
			c.settle()
			return c.state()
		},
		"append":   (*talk).appendBatch,
		"tell":     (*talk).tell,
		"settle":   func(c *talk, rest []string) string { c.settle(); return "" },
		"flush":    func(c *talk, rest []string) string { c.log.Flush(c.clock()); c.settle(); return "" },
		"sleep":    (*talk).rest,
		"cut":      func(c *talk, rest []string) string { c.disk.PowerCut(); c.log = nil; return "" },
		"crash":    func(c *talk, rest []string) string { c.disk.Crash(); c.log = nil; return "" },
		"shutdown": func(c *talk, rest []string) string { c.settle(); c.shutdown(); return "" },
		"delete":   func(c *talk, rest []string) string { c.log.Delete(c.clock()); c.settle(); return "" },
		"state":    func(c *talk, rest []string) string { return c.state() },
		"checkpoint": func(c *talk, rest []string) string {
			c.checkpoint()
			return fmt.Sprintf("recovery point %d, log start %d, cleaned to %d\n", c.saved.RecoveryPoint, c.saved.LogStart, c.saved.CleanedTo)
		},
		"dump":   (*talk).dump,
		"files":  (*talk).files,
		"hex":    (*talk).hex,
		"text":   (*talk).text,
		"damage": (*talk).damage,
		"fail":   (*talk).fail,
		"truncate": func(c *talk, rest []string) string {
			c.log.Truncate(c.clock(), offset(rest[0]))
			c.settle()
			return c.state()
		},
		"delete-records": func(c *talk, rest []string) string {
			if err := c.log.DeleteRecords(c.clock(), offset(rest[0])); err != nil {
				return fmt.Sprintf("error %d: %s\n", err.Code, err.Text)
			}
			return c.state()
		},
		"high-watermark": func(c *talk, rest []string) string {
			if len(rest) == 0 { // else it is only asked for
				c.log.SetHighWatermark(c.log.Stable())
			}
			return fmt.Sprintf("high watermark %d\n", c.log.HighWatermark())
		},
		"timestamp": (*talk).timestamp,
		"epoch-end": func(c *talk, rest []string) string {
			epoch, end := c.log.EpochEnd(env.LeaderEpoch(offset(rest[0])))
			return fmt.Sprintf("epoch %d ends at %d\n", epoch, end)
		},
		"producers": func(c *talk, rest []string) (out string) {
			for _, p := range c.log.Producers() {
				out += fmt.Sprintf("%+v\n", p)
			}
			return out
		},
	}
}

func offset(s string) env.Offset {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return env.Offset(n)
}

func (c *talk) configure() {
	for name, to := range map[string]*int64{
		"segment.bytes": &c.cfg.SegmentBytes, "segment.ms": &c.cfg.SegmentMs, "index.interval.bytes": &c.cfg.IndexIntervalBytes,
		"segment.index.bytes": &c.cfg.IndexSizeMaxBytes, "retention.ms": &c.cfg.RetentionMs,
		"retention.bytes": &c.cfg.RetentionBytes, "flush.messages": &c.cfg.FlushMessages, "flush.ms": &c.cfg.FlushMs,
		"delete.retention.ms": &c.cfg.DeleteRetentionMs, "min.compaction.lag.ms": &c.cfg.MinCompactionLagMs,
		"max.compaction.lag.ms": &c.cfg.MaxCompactionLagMs, "min.cleanable.dirty.percent": &c.cfg.MinCleanableDirtyRatioPercent,
		"producer.id.expiration.ms": &c.cfg.ProducerIDExpirationMs, "log.retention.check.interval.ms": &c.cfg.RetentionCheckMs,
		"log.cleaner.backoff.ms": &c.cfg.CleanerBackoffMs, "producer.id.expiration.check.interval.ms": &c.cfg.ProducerIDExpirationCheckMs,
	} {
		*to = c.number(name, *to)
	}
	if p, ok := c.args["cleanup.policy"]; ok {
		c.cfg.CleanupCompact = strings.Contains(p, "compact")
		c.cfg.CleanupDelete = strings.Contains(p, "delete")
	}
	c.cfg.LogAppendTime = c.args["message.timestamp.type"] == "LogAppendTime"
	if id, ok := c.args["topic.id"]; ok {
		c.saved.TopicID, _ = env.ParseUUID(id)
	}
	if c.log != nil {
		c.log.SetConfig(c.clock(), c.cfg)
	}
}

// appendBatch makes a batch of the records given as key:value, key: (empty) or key! (null), or of n records.
func (c *talk) appendBatch(rest []string) string {
	o := record.Options{BaseOffset: env.Offset(c.number("at", 0))}
	if id := c.number("pid", -1); id >= 0 {
		o.HasProducer, o.ProducerID = true, env.ProducerID(id)
		o.ProducerEpoch, o.BaseSequence = env.ProducerEpoch(c.number("pepoch", 0)), env.Sequence(c.number("seq", 0))
	}
	ts := env.WallMillis(c.number("ts", int64(c.clock().Wall)))
	b := record.NewBuilder(o)
	for range c.number("n", 0) {
		b.Add(ts, nil, make([]byte, c.number("size", 10)))
	}
	for i, kv := range rest {
		if key, null := strings.CutSuffix(kv, "!"); null {
			b.Add(ts+env.WallMillis(i), []byte(key), nil)
			continue
		}
		key, value, _ := strings.Cut(kv, ":")
		b.Add(ts+env.WallMillis(i), []byte(key), []byte(value))
	}
	a := Append{Batch: b.Build(), Epoch: env.LeaderEpoch(c.number("epoch", 0))}
	if _, follower := c.args["at"]; follower {
		a.Origin = Follower
		a.Batch.SetBase(o.BaseOffset, a.Epoch)
	}
	res, err := c.log.Append(c.clock(), a)
	if err != nil {
		return fmt.Sprintf("error %d: %s\n", err.Code, err.Text)
	}
	out := fmt.Sprintf("[%d, %d]", res.Base, res.Last)
	if res.LogAppendTime >= 0 {
		out += fmt.Sprintf(" at %d", res.LogAppendTime)
	}
	if res.Duplicate {
		out += " duplicate"
	}
	return out + "\n"
}

func (c *talk) tell([]string) string {
	l := c.log
	return fmt.Sprintf("end %d, written %d, flushed %d, stable %d, in flight %d\n", l.EndOffset(), l.Written(), l.Flushed(), l.Stable(), l.InFlightBytes())
}

func (c *talk) rest(rest []string) string {
	d, err := time.ParseDuration(rest[0])
	require.NoError(c.t, err)
	c.settle()
	c.sleep(d)
	return ""
}

func (c *talk) dump([]string) (out string) {
	split := record.Split(c.everything())
	var s record.Scratch
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		out += fmt.Sprintf("[%d, %d] epoch %d, %d bytes", b.BaseOffset(), b.LastOffset(), b.LeaderEpoch(), len(b))
		if b.ProducerID() >= 0 {
			out += fmt.Sprintf(", producer %d/%d from %d", b.ProducerID(), b.ProducerEpoch(), b.BaseSequence())
		}
		if h, ok := b.DeleteHorizon(); ok {
			out += fmt.Sprintf(", delete horizon %d", h)
		}
		out += ":"
		it := b.Records(&s, record.Limits{})
		for r, ok := it.Next(); ok; r, ok = it.Next() {
			value := ":" + strings.Trim(string(r.Value), "\x00")
			if r.Value == nil {
				value = "!"
			}
			out += fmt.Sprintf(" %d@%d=%s%s", it.Offset(r), it.Timestamp(r), r.Key, value)
		}
		out += "\n"
	}
	return out
}

func (c *talk) files([]string) string {
	var names []string
	for _, f := range c.disk.Files() {
		names = append(names, fmt.Sprintf("%s %d\n", f.Path, f.Size))
	}
	sort.Strings(names)
	return strings.Join(names, "")
}

func (c *talk) hex(rest []string) (out string) {
	raw, err := c.disk.ReadFile(c.dir + "/" + rest[0])
	require.NoError(c.t, err)
	width := int(c.number("width", 16))
	for ; len(raw) > 0; raw = raw[min(width, len(raw)):] {
		out += fmt.Sprintf("%x\n", raw[:min(width, len(raw))])
	}
	return out
}

func (c *talk) text(rest []string) string {
	raw, err := c.disk.ReadFile(c.dir + "/" + rest[0])
	require.NoError(c.t, err)
	return strings.TrimSuffix(string(raw), "\n") + "\n"
}

// damage changes a file behind the log's back: at= and byte= set one byte, size= cuts or grows the file with
// zeros, from= joins copies of others, gone removes it.
func (c *talk) damage(rest []string) string {
	path := c.dir + "/" + rest[0]
	if from, ok := c.args["from"]; ok {
		var all []byte
		for _, name := range strings.Split(from, ",") {
			raw, err := c.disk.ReadFile(c.dir + "/" + name)
			require.NoError(c.t, err)
			all = append(all, raw...)
		}
		require.NoError(c.t, c.disk.WriteFile(path, all))
		return ""
	}
	if len(rest) > 1 && rest[1] == "gone" {
		c.boots++
		c.disk.Remove(NewOps(c.boots).Next(), path)
		c.settle()
		return ""
	}
	raw, err := c.disk.ReadFile(path)
	require.NoError(c.t, err)
	if size := int(c.number("size", -1)); size >= 0 {
		raw = append(raw, make([]byte, max(0, size-len(raw)))...)[:size]
	}
	if at := c.number("at", -1); at >= 0 {
		raw[at] = byte(c.number("byte", 0))
	}
	require.NoError(c.t, c.disk.WriteFile(path, raw))
	return ""
}

func (c *talk) fail(rest []string) string {
	switch rest[0] {
	case "writes":
		c.disk.FailWrites(1)
	case "syncs":
		c.disk.FailSyncs(1)
	case "reads":
		c.disk.FailReads(1)
	case "names":
		c.disk.FailNames(1)
	}
	return ""
}

func (c *talk) timestamp(rest []string) string {
	for {
		found, status := Found{}, ReadReady
		if rest[0] == "max" {
			found, status = c.log.MaxTimestamp(c.clock())
		} else {
			found, status = c.log.OffsetForTimestamp(c.clock(), env.WallMillis(offset(rest[0])))
		}
		if status == ReadPending && c.step() {
			continue
		}
		return fmt.Sprintf("%v: offset %d, timestamp %d, epoch %d\n", status, found.Offset, found.Timestamp, found.Epoch)
	}
}
