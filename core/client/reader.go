package client

import (
	"slices"

	"gregor/core/env"
	"gregor/core/kafka"
)

// readState is what a partition needs before it can be fetched.
type readState uint8

const (
	needsCommitted readState = iota // the group's committed offset
	needsReset                      // an offset by auto.offset.reset
	needsCheck                      // whether its position is still in the leader's log (KIP-320)
	reading
)

// reader is one partition a consumer reads.
type reader struct {
	tp       kafka.TopicPartition
	state    readState
	position kafka.Offset      // of the next record the application gets
	epoch    kafka.LeaderEpoch // of the record before it, as far as known
	leader   partitionInfo     // the position was found valid for
	nearby   nearby
	resetTo  ResetPolicy
	paused   bool
	leaving  bool // about to be revoked: nothing more is given out
	asked    bool // a request about its position is on its way
	stamp    uint64
	failures int
	retryAt  env.Instant

	// What a fetch brought and the application has not had yet. It begins at position.
	buffer []Fetched
	next   kafka.Offset      // the position once the buffer is empty
	after  kafka.LeaderEpoch // the epoch then
	filled bool

	// Room of what earlier fetches brought, if there is no Sink that may keep it.
	records []Fetched
	room    pieces

	end     kafka.Offset // where a ReadAll reader stops; -1: not known
	endCall uint64
}

// place sets the position. Answers on their way about an older one are recognised by the stamp.
func (r *reader) place(o kafka.Offset, epoch kafka.LeaderEpoch) {
	r.position, r.epoch, r.state = o, epoch, reading
	r.leader = partitionInfo{leader: -1, epoch: kafka.NoEpoch}
	r.drop()
}

// drop forgets what was fetched.
func (r *reader) drop() {
	r.buffer, r.filled, r.asked = nil, false, false
	r.failures, r.retryAt = 0, 0
	r.stamp++
}

func (r *reader) reset(to ResetPolicy) {
	r.state, r.resetTo = needsReset, to
	r.drop()
}

// take gives out up to n records and moves the position past them; past the whole fetch once it is empty.
func (r *reader) take(n int) []Fetched {
	n = min(n, len(r.buffer))
	out := r.buffer[:n:n]
	r.buffer = r.buffer[n:]
	if n > 0 {
		r.position, r.epoch = out[n-1].Offset+1, out[n-1].Epoch
	}
	if len(r.buffer) == 0 {
		r.position, r.epoch, r.filled, r.buffer = r.next, r.after, false, nil
	}
	return out
}

func (c *Consumer) reader(tp kafka.TopicPartition) *reader {
	i, found := c.find(tp)
	if !found {
		return nil
	}
	return c.readers[i]
}

func (c *Consumer) find(tp kafka.TopicPartition) (int, bool) {
	return slices.BinarySearchFunc(c.readers, tp, func(r *reader, tp kafka.TopicPartition) int { return r.tp.Compare(tp) })
}

// open begins to read a partition, from offset if that is not negative.
func (c *Consumer) open(now env.Now, tp kafka.TopicPartition, from kafka.Offset) *reader {
	i, found := c.find(tp)
	if found {
		return c.readers[i]
	}
	c.stamps += 1 << 32 // answers about an earlier time this partition was read stay recognisable
	r := &reader{tp: tp, end: -1, stamp: c.stamps, nearby: atLeader}
	c.readers = slices.Insert(c.readers, i, r)
	c.net.meta.add(tp.Topic)
	switch {
	case from >= 0:
		c.position(r, from, kafka.NoEpoch, "assign")
	case c.cfg.Group == "":
		c.wantReset(r)
	}
	return r
}

// shut stops reading partitions.
func (c *Consumer) shut(tps []kafka.TopicPartition) {
	c.readers = slices.DeleteFunc(c.readers, func(r *reader) bool { return slices.Contains(tps, r.tp) })
}

// position sets the offset that a partition is read from, and emits it.
func (c *Consumer) position(r *reader, o kafka.Offset, epoch kafka.LeaderEpoch, why string) {
	r.place(o, epoch)
	c.w.Emit(env.PositionSet{Client: c.cfg.ClientID, TopicPartition: r.tp, Offset: o, Reason: why})
}

// wantReset asks for an offset by auto.offset.reset; none means that the application gets an error.
func (c *Consumer) wantReset(r *reader) {
	if c.cfg.Reset == ResetNone {
		c.fail("%s has no valid offset and auto.offset.reset=none", r.tp)
		return
	}
	r.reset(c.cfg.Reset)
}

// Seek moves the position of a partition that is being read. It reports whether it is.
func (c *Consumer) Seek(tp kafka.TopicPartition, to kafka.Offset) bool {
	r := c.reader(tp)
	if r == nil || to < 0 {
		return false
	}
	c.position(r, to, kafka.NoEpoch, "seek")
	c.dirty = true
	return true
}

// Pause stops handing out records of a partition until Resume. It reports whether the partition is being read.
func (c *Consumer) Pause(tp kafka.TopicPartition) bool { return c.hold(tp, true) }

// Resume undoes Pause.
func (c *Consumer) Resume(tp kafka.TopicPartition) bool { return c.hold(tp, false) }

func (c *Consumer) hold(tp kafka.TopicPartition, paused bool) bool {
	r := c.reader(tp)
	if r != nil {
		r.paused, c.dirty = paused, true
	}
	return r != nil
}
