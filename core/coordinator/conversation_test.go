package coordinator_test

import (
	"bytes"
	"strconv"
	"testing"

	"gregor/core/coordinator"
	"gregor/core/kafka"
	"gregor/internal/conversation"
)

// TestConversations plays the files of testdata. testdata/README lists the commands.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		w := newWorld(t)
		return conversation.Play(t, text, w.respond)
	})
}

func (w *world) respond(c *conversation.Command) string {
	for _, n := range w.nodes {
		if n.name != c.Name {
			continue
		}
		if c = c.Shift(); c.Name == "settle" {
			n.settle()
			return w.show()
		}
		n.respond(c)
		return w.finish(n)
	}
	p := 0
	if len(c.Words) > 0 && c.Name != "pass" {
		p = int(c.Number(c.Word(0)))
	}
	switch l := w.logs[p]; c.Name {
	case "elect":
		w.electBy(c, p)
		if c.Has("unnoticed") {
			return w.show()
		}
	case "commit":
		w.commit(p, kafka.Offset(c.Int("to", int64(l.end()))), kafka.ErrorCode(c.Int("code", 0)))
	case "write":
		l.writeRaw(c)
	case "refuse":
		l.refusal = kafka.ErrorCode(c.Int("code", int64(kafka.NotEnoughReplicas)))
	case "slow":
		l.slow = c.Word(1) == "on"
	case "broken":
		l.broken = c.Word(1) == "on"
	case "delete":
		w.drop(p)
	case "pass":
		w.pass(c.Time(c.Word(0)))
	case "log":
		for _, r := range l.records(l.end()) {
			w.say("%s %s", r.Key, value(r.Value))
		}
	default:
		c.Fatalf("no such command")
	}
	return w.finish(w.nodes...)
}

// finish ends the step of some brokers.
func (w *world) finish(nodes ...*node) string {
	for _, n := range nodes {
		n.update()
	}
	w.check()
	return w.show()
}

// electBy truncates the log to the high watermark first where that is asked for: the new leader lacked the rest.
func (w *world) electBy(c *conversation.Command, p int) {
	if c.Has("truncated") {
		w.logs[p].truncate(w.logs[p].hw)
	}
	w.elect(p, c.Word(1))
}

// writeRaw writes records that an earlier coordinator has stored, perhaps a long time ago.
func (l *log) writeRaw(c *conversation.Command) {
	for range c.Int("times", 1) {
		batch := []coordinator.Record{{Key: []byte(c.Word(1)), Value: []byte(c.Word(2))}}
		if n := c.Int("padding", 0); n > 0 {
			batch = append(batch, coordinator.Record{Key: bytes.Repeat([]byte{'_'}, int(n))})
		}
		l.write(batchOf(batch...))
	}
	l.hw = l.end()
}

// drop deletes the topic, and creates it again, empty.
func (w *world) drop(p int) {
	for _, n := range w.nodes {
		n.set.Drop(w.now, kafka.TopicPartition{Topic: countersTopic, Partition: kafka.PartitionID(p)})
	}
	*w.logs[p] = log{id: w.logs[p].id}
	for _, n := range w.nodes {
		*n.replicas[p] = replica{log: w.logs[p], epoch: kafka.NoEpoch}
	}
}

func (n *node) respond(c *conversation.Command) {
	switch c.Name {
	case "get":
		n.counters.Get(n.ask(c.Text), c.Word(0))
	case "add":
		by, err := strconv.Atoi(c.Word(1))
		if err != nil {
			c.Fatalf("%v", err)
		}
		n.counters.Add(n.w.now, n.ask(c.Text), c.Word(0), by)
	case "reset":
		n.counters.Reset(n.w.now, n.ask(c.Text), c.Word(0))
	case "step":
	case "waits":
		for t := range n.last + 1 {
			if request, ok := n.requests[t]; ok {
				n.w.say("%s", request)
			}
		}
	default:
		c.Fatalf("no such command")
	}
}

func value(b []byte) string {
	if b == nil {
		return "removed"
	}
	return string(b)
}
