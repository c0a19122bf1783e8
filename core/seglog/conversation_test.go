package seglog

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/disksim"
	"gregor/internal/conversation"
)

// TestConversations runs the files in testdata: a line is done to the log, and below it stands what it returned, then
// the facts. A line "# mutant: NAME" names the planted bug that the file shows, and the next line what it does:
// TestWithout runs the file with it.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string { return converse(t, text) })
}

// converse runs a script.
func converse(t *testing.T, script string) string {
	c := &talk{world: newWorld(t, 42, disksim.Options{})}
	return conversation.Play(t, script, c.respond)
}

// describe is a fact with its fields, but for the partition and its topic.
func describe(f env.Fact) string {
	v := reflect.ValueOf(f)
	out := v.Type().Name()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "TopicPartition" && name != "TopicID" && name != "Logger" &&
			name != "About" {
			out += fmt.Sprintf(" %s=%v", name, v.Field(i))
		}
	}
	return out
}

// talk is one conversation.
type talk struct{ *world }

func (c *talk) respond(cmd *conversation.Command) string {
	do, ok := commands[cmd.Name]
	if !ok {
		cmd.Fatalf("no such command")
	}
	out := do(c, cmd)
	for _, f := range c.facts {
		if _, boring := f.(env.Appended); !boring {
			out += "  " + describe(f) + "\n"
		}
	}
	c.facts = nil
	return out
}

func (c *talk) state() string {
	l := c.log
	if l.State() != Ready {
		return fmt.Sprintf("%v: %v\n", l.State(), l.Err())
	}
	return fmt.Sprintf("ready [%d, %d), %d segments, %d bytes\n", l.LogStart(), l.EndOffset(), l.Segments(), l.Size())
}

var commands map[string]func(c *talk, cmd *conversation.Command) string

func init() {
	commands = map[string]func(c *talk, cmd *conversation.Command) string{
		"config": func(c *talk, cmd *conversation.Command) string { c.configure(cmd); return "" },
		"open": func(c *talk, cmd *conversation.Command) string {
			c.open()
			c.settle()
			return c.state()
		},
		"append":    (*talk).appendBatch,
		"offsets":   (*talk).offsets,
		"settle":    func(c *talk, cmd *conversation.Command) string { c.settle(); return "" },
		"flush":     func(c *talk, cmd *conversation.Command) string { c.log.Flush(c.clock()); c.settle(); return "" },
		"sleep":     (*talk).pause,
		"power-cut": func(c *talk, cmd *conversation.Command) string { c.disk.PowerCut(); c.log = nil; return "" },
		"crash":     func(c *talk, cmd *conversation.Command) string { c.disk.Crash(); c.log = nil; return "" },
		"shutdown":  func(c *talk, cmd *conversation.Command) string { c.settle(); c.shutdown(); return "" },
		"delete":    func(c *talk, cmd *conversation.Command) string { c.log.Delete(c.clock()); c.settle(); return "" },
		"state":     func(c *talk, cmd *conversation.Command) string { return c.state() },
		"checkpoint": func(c *talk, cmd *conversation.Command) string {
			c.checkpoint()
			return fmt.Sprintf("recovery point %d, log start %d, cleaned to %d\n", c.saved.RecoveryPoint, c.saved.LogStart,
				c.saved.CleanedTo)
		},
		"dump":   (*talk).dump,
		"files":  (*talk).files,
		"hex":    (*talk).hex,
		"text":   (*talk).text,
		"damage": (*talk).damage,
		"fail":   (*talk).fail,
		"truncate": func(c *talk, cmd *conversation.Command) string {
			c.log.Truncate(c.clock(), kafka.Offset(cmd.Number(cmd.Word(0))))
			c.settle()
			return c.state()
		},
		"delete-records": func(c *talk, cmd *conversation.Command) string {
			if err := c.log.DeleteRecords(c.clock(), kafka.Offset(cmd.Number(cmd.Word(0)))); err != nil {
				return fmt.Sprintf("error %d: %s\n", err.Code, err.Text)
			}
			return c.state()
		},
		"high-watermark": func(c *talk, cmd *conversation.Command) string {
			if len(cmd.Words) == 0 { // else it is only asked for
				c.log.SetHighWatermark(c.log.Stable())
			}
			return fmt.Sprintf("high watermark %d\n", c.log.HighWatermark())
		},
		"timestamp": (*talk).timestamp,
		"epoch-end": func(c *talk, cmd *conversation.Command) string {
			epoch, end := c.log.EpochEnd(kafka.LeaderEpoch(cmd.Number(cmd.Word(0))))
			return fmt.Sprintf("epoch %d ends at %d\n", epoch, end)
		},
		"producers": func(c *talk, cmd *conversation.Command) (out string) {
			for _, p := range c.log.Producers() {
				out += fmt.Sprintf("%+v\n", p)
			}
			return out
		},
	}
}

func (c *talk) configure(cmd *conversation.Command) {
	for name, to := range map[string]*int64{
		"segment.bytes": &c.cfg.SegmentBytes, "segment.ms": &c.cfg.SegmentMs,
		"index.interval.bytes": &c.cfg.IndexIntervalBytes,
		"segment.index.bytes":  &c.cfg.IndexSizeMaxBytes, "retention.ms": &c.cfg.RetentionMs,
		"retention.bytes": &c.cfg.RetentionBytes, "flush.messages": &c.cfg.FlushMessages, "flush.ms": &c.cfg.FlushMs,
		"delete.retention.ms": &c.cfg.DeleteRetentionMs, "min.compaction.lag.ms": &c.cfg.MinCompactionLagMs,
		"max.compaction.lag.ms":                    &c.cfg.MaxCompactionLagMs,
		"min.cleanable.dirty.percent":              &c.cfg.MinCleanableDirtyRatioPercent,
		"producer.id.expiration.ms":                &c.cfg.ProducerIDExpirationMs,
		"log.retention.check.interval.ms":          &c.cfg.RetentionCheckMs,
		"log.cleaner.backoff.ms":                   &c.cfg.CleanerBackoffMs,
		"producer.id.expiration.check.interval.ms": &c.cfg.ProducerIDExpirationCheckMs,
	} {
		*to = cmd.Int(name, *to)
	}
	if p, ok := cmd.Args["cleanup.policy"]; ok {
		c.cfg.CleanupCompact = strings.Contains(p, "compact")
		c.cfg.CleanupDelete = strings.Contains(p, "delete")
	}
	c.cfg.LogAppendTime = cmd.Args["message.timestamp.type"] == "LogAppendTime"
	if id, ok := cmd.Args["topic.id"]; ok {
		c.saved.TopicID, _ = kafka.ParseUUID(id)
	}
	if c.log != nil {
		c.log.SetConfig(c.clock(), c.cfg)
	}
}

// appendBatch makes a batch of the records given as key:value, key: (empty) or key! (null), or of n records.
func (c *talk) appendBatch(cmd *conversation.Command) string {
	o := record.Options{BaseOffset: kafka.Offset(cmd.Int("at", 0))}
	if id := cmd.Int("pid", -1); id >= 0 {
		o.HasProducer, o.ProducerID = true, kafka.ProducerID(id)
		o.ProducerEpoch, o.BaseSequence = kafka.ProducerEpoch(cmd.Int("pepoch", 0)), kafka.Sequence(cmd.Int("seq", 0))
	}
	ts := env.WallMillis(cmd.Int("ts", int64(c.clock().Wall)))
	b := record.NewBuilder(o)
	for range cmd.Int("n", 0) {
		b.Add(ts, nil, make([]byte, cmd.Int("size", 10)))
	}
	for i, kv := range cmd.Words {
		if key, null := strings.CutSuffix(kv, "!"); null {
			b.Add(ts+env.WallMillis(i), []byte(key), nil)
			continue
		}
		key, value, _ := strings.Cut(kv, ":")
		b.Add(ts+env.WallMillis(i), []byte(key), []byte(value))
	}
	a := Append{Batch: b.Build(), Epoch: kafka.LeaderEpoch(cmd.Int("epoch", 0))}
	if _, follower := cmd.Args["at"]; follower {
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

func (c *talk) offsets(*conversation.Command) string {
	l := c.log
	return fmt.Sprintf("end %d, written %d, flushed %d, stable %d, in flight %d\n", l.EndOffset(), l.Written(),
		l.Flushed(), l.Stable(), l.InFlightBytes())
}

func (c *talk) pause(cmd *conversation.Command) string {
	c.settle()
	c.sleep(cmd.Time(cmd.Word(0)))
	return ""
}

func (c *talk) dump(*conversation.Command) (out string) {
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

func (c *talk) files(*conversation.Command) string {
	var names []string
	for _, f := range c.disk.Files() {
		names = append(names, fmt.Sprintf("%s %d\n", f.Path, f.Size))
	}
	sort.Strings(names)
	return strings.Join(names, "")
}

func (c *talk) hex(cmd *conversation.Command) (out string) {
	raw, err := c.disk.ReadFile(c.dir + "/" + cmd.Word(0))
	require.NoError(c.t, err)
	width := int(cmd.Int("width", 16))
	for ; len(raw) > 0; raw = raw[min(width, len(raw)):] {
		out += fmt.Sprintf("%x\n", raw[:min(width, len(raw))])
	}
	return out
}

func (c *talk) text(cmd *conversation.Command) string {
	raw, err := c.disk.ReadFile(c.dir + "/" + cmd.Word(0))
	require.NoError(c.t, err)
	return strings.TrimSuffix(string(raw), "\n") + "\n"
}

// damage changes a file behind the log's back: at= and byte= set one byte, size= cuts or grows the file with
// zeros, from= joins copies of others, gone removes it.
func (c *talk) damage(cmd *conversation.Command) string {
	path := c.dir + "/" + cmd.Word(0)
	if from, ok := cmd.Args["from"]; ok {
		var all []byte
		for _, name := range strings.Split(from, ",") {
			raw, err := c.disk.ReadFile(c.dir + "/" + name)
			require.NoError(c.t, err)
			all = append(all, raw...)
		}
		require.NoError(c.t, c.disk.WriteFile(path, all))
		return ""
	}
	if len(cmd.Words) > 1 && cmd.Words[1] == "gone" {
		c.boots++
		c.disk.Remove(NewOps(c.boots).Next(), path)
		c.settle()
		return ""
	}
	raw, err := c.disk.ReadFile(path)
	require.NoError(c.t, err)
	if size := int(cmd.Int("size", -1)); size >= 0 {
		raw = append(raw, make([]byte, max(0, size-len(raw)))...)[:size]
	}
	if at := cmd.Int("at", -1); at >= 0 {
		raw[at] = byte(cmd.Int("byte", 0))
	}
	require.NoError(c.t, c.disk.WriteFile(path, raw))
	return ""
}

func (c *talk) fail(cmd *conversation.Command) string {
	switch cmd.Word(0) {
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

func (c *talk) timestamp(cmd *conversation.Command) string {
	for {
		found, status := Found{}, ReadReady
		if cmd.Word(0) == "max" {
			found, status = c.log.MaxTimestamp(c.clock())
		} else {
			found, status = c.log.OffsetForTimestamp(c.clock(), env.WallMillis(cmd.Number(cmd.Word(0))))
		}
		if status == ReadPending && c.step() {
			continue
		}
		return fmt.Sprintf("%v: offset %d, timestamp %d, epoch %d\n", status, found.Offset, found.Timestamp, found.Epoch)
	}
}
