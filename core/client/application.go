package client

import (
	"strings"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
)

// appPhase is what the application's thread is doing.
type appPhase uint8

const (
	appIdle       appPhase = iota // until nextPoll
	appPolling                    // inside poll
	appProcessing                 // at work on what a poll returned
	appCommitting                 // inside commitSync
	appClosing                    // inside close
)

// application is the state of the program around the consumer.
type application struct {
	phase    appPhase
	nextPoll env.Instant
	pollEnd  env.Instant
	call     uint64
	turn     int // which partition is given out first, so that none starves
	polled   int64

	work    []job // of the last poll, or with a worker of several
	room    []job // for work when it is empty
	workAt  env.Instant
	waiting *commit
	then    appPhase // after waiting
	owed    bool     // the last commitSync came while the member was joining, and is called again once it has joined

	closeBy env.Instant
	leaving bool
	left    bool
}

// job is one record to process.
type job struct {
	tp     kafka.TopicPartition
	offset kafka.Offset
}

// closeTimeout is how long close waits for the last commit and for leaving the group, as in Java.
const closeTimeout = 30 * time.Second

// maxBacklog bounds what an application hands to its worker before it stops polling.
const maxBacklog = 10_000

// run lets the application go as far as it can. Each round changes the phase, and a poll that returns nothing
// ends the loop, so it is short.
func (c *Consumer) run(now env.Now) {
	for before := appPhase(255); before != c.app.phase && !c.closed; {
		before = c.app.phase
		switch before {
		case appIdle:
			c.idle(now)
		case appPolling:
			c.poll(now)
		case appProcessing:
			c.process(now)
		case appCommitting:
			c.awaitCommit(now)
		case appClosing:
			c.close(now)
		}
	}
	if c.cfg.App.Worker && !c.closed {
		c.labour(now)
	}
}

func (c *Consumer) idle(now env.Now) {
	a := &c.app
	switch {
	case c.stopping:
		c.beginClose(now)
	case now.Mono < a.nextPoll:
		c.wakeAt(a.nextPoll)
	case c.cfg.App.Worker && len(a.work) >= maxBacklog: // the worker's next step makes room
	default:
		a.phase = appPolling
		a.nextPoll = now.Mono.Add(c.cfg.App.PollInterval)
		a.pollEnd = now.Mono.Add(c.cfg.App.PollTimeout)
		c.calls++
		a.call = c.calls
		c.w.Emit(env.PollCalled{Client: c.cfg.ClientID, Call: a.call})
	}
}

// poll is the inside of the consumer's poll: membership, auto commit, positions, records, fetches.
func (c *Consumer) poll(now env.Now) {
	if c.stopping {
		c.beginClose(now) // as if woken up
		return
	}
	if c.group != nil {
		c.group.poll(now)
		c.autoCommit(now)
	}
	c.spread(now)
	c.findPositions(now)
	c.readEnds(now)
	n := c.collect(now)
	c.sendFetches(now)
	switch {
	case n > 0:
		c.polled(now)
	case c.cfg.ReadAll && c.allRead():
		c.beginClose(now)
	case c.app.pollEnd <= now.Mono && c.owes():
		c.commitSync(now, appIdle)
	case c.app.pollEnd <= now.Mono:
		c.app.phase = appIdle
	default:
		c.wakeAt(c.app.pollEnd)
	}
}

// owes reports whether a commit that came too early can be made now. While a member rejoins it has no generation to
// commit in; Java's commitSync then fails with a RebalanceInProgressException, and the application polls until it is
// over.
func (c *Consumer) owes() bool {
	return c.app.owed && c.cfg.App.Commit == CommitAfter && c.group.mayCommit()
}

// collect hands out up to max.poll.records, and returns how many there were.
func (c *Consumer) collect(now env.Now) int {
	given := 0
	for i := range c.readers {
		r := c.readers[(c.app.turn+i)%len(c.readers)]
		for r.filled && r.state == reading && !r.paused && !r.leaving && given < c.cfg.MaxPollRecords {
			from := r.position
			out := r.take(c.cfg.MaxPollRecords - given)
			given += len(out)
			c.give(now, r.tp, from, out)
		}
	}
	c.app.turn++
	return given
}

// give emits the fact of what the application gets of one partition.
func (c *Consumer) give(now env.Now, tp kafka.TopicPartition, from kafka.Offset, records []Fetched) {
	if len(records) == 0 {
		return // only markers or aborted records were there
	}
	if len(c.app.work) == 0 {
		c.app.workAt, c.app.work = now.Mono, c.app.room[:0]
	}
	for i := range records {
		c.app.work = append(c.app.work, job{tp, records[i].Offset})
	}
	c.app.room = c.app.work
	c.app.polled += int64(len(records))
	if c.w.Facts != nil {
		c.w.Emit(env.Polled{Client: c.cfg.ClientID, Call: c.app.call, TopicPartition: tp, From: from,
			Records: asPolled(records)})
	}
	if c.cfg.Sink != nil {
		c.cfg.Sink.Polled(now, tp, records)
	}
}

// asPolled returns records in the form of the fact. Their keys and values are parts of one string.
func asPolled(records []Fetched) []env.PolledRecord {
	size := 0
	for i := range records {
		size += len(records[i].Key) + len(records[i].Value)
	}
	var all strings.Builder
	all.Grow(size)
	for i := range records {
		all.Write(records[i].Key)
		all.Write(records[i].Value)
	}
	text, at := all.String(), 0
	cut := func(n int) string { at += n; return text[at-n : at] }
	out := make([]env.PolledRecord, len(records))
	for i := range records {
		r := &records[i]
		out[i] = env.PolledRecord{Offset: r.Offset, Key: cut(len(r.Key)), Value: cut(len(r.Value)), Timestamp: r.Timestamp}
	}
	return out
}

// polled goes on after a poll that returned records.
func (c *Consumer) polled(now env.Now) {
	a := &c.app
	if c.cfg.App.Count > 0 && a.polled >= c.cfg.App.Count {
		c.stopping = true
	}
	switch {
	case c.cfg.App.Worker:
		a.phase = appIdle
	case c.cfg.App.Commit == CommitBefore:
		c.commitSync(now, appProcessing)
	default:
		a.phase = appProcessing
	}
}

// commitSync commits all positions and keeps the application waiting.
func (c *Consumer) commitSync(now env.Now, then appPhase) {
	c.app.waiting, c.app.then, c.app.phase = c.beginCommit(now, c.consumed(), false, true), then, appCommitting
	c.pushCommits(now)
}

func (c *Consumer) awaitCommit(now env.Now) {
	if k := c.app.waiting; k == nil || k.ended {
		c.app.owed = k != nil && k.rejoin
		c.app.waiting, c.app.phase, c.app.workAt = nil, c.app.then, now.Mono
	}
}

// process works on the records of the last poll, one after the other.
func (c *Consumer) process(now env.Now) {
	a := &c.app
	c.workUntil(now, now.Mono)
	switch {
	case len(a.work) > 0:
		c.wakeAt(a.workAt.Add(c.cfg.App.Process))
	case c.cfg.App.Commit == CommitAfter:
		c.commitSync(now, appIdle)
	default:
		a.phase = appIdle
	}
}

// labour is the worker's thread, which the application's polls do not wait for.
func (c *Consumer) labour(now env.Now) {
	full := len(c.app.work) >= maxBacklog
	c.workUntil(now, now.Mono)
	if len(c.app.work) > 0 {
		c.wakeAt(c.app.workAt.Add(c.cfg.App.Process))
	}
	if full && len(c.app.work) < maxBacklog {
		c.wakeAt(now.Mono) // polling may go on
	}
}

// workUntil finishes the records whose time has come. A run of records of one partition that ends at the same
// instant is emitted once.
func (c *Consumer) workUntil(now env.Now, t env.Instant) {
	a := &c.app
	for len(a.work) > 0 && a.workAt.Add(c.cfg.App.Process) <= t {
		j := a.work[0]
		a.work = a.work[1:]
		a.workAt = a.workAt.Add(c.cfg.App.Process)
		if c.cfg.App.Process == 0 && len(a.work) > 0 && a.work[0].tp == j.tp {
			continue
		}
		c.w.Emit(env.Processed{Client: c.cfg.ClientID, Group: c.cfg.Group, TopicPartition: j.tp, To: j.offset + 1})
	}
}

// beginClose is the application's call of close: a last commit, partitions given back, the group left.
func (c *Consumer) beginClose(now env.Now) {
	a := &c.app
	a.phase = appClosing
	a.closeBy = now.Mono.Add(closeTimeout)
	if c.group == nil {
		return
	}
	if c.cfg.AutoCommit && c.group.mayCommit() && c.err == nil {
		if a.waiting = c.beginCommit(now, c.consumed(), true, true); a.waiting != nil {
			a.waiting.deadline = a.closeBy
		}
		c.pushCommits(now)
	}
}

func (c *Consumer) close(now env.Now) {
	a := &c.app
	late := a.closeBy <= now.Mono
	c.wakeAt(a.closeBy)
	if a.waiting != nil && !a.waiting.ended && !late {
		return
	}
	if c.group != nil && !a.left {
		c.group.revoke(c.group.owned, c.group.lost)
		a.left = true
		a.leaving = c.group.leave(now, "the consumer is being closed")
	}
	if a.leaving && !late {
		return
	}
	c.finish(now)
}

func (c *Consumer) finish(now env.Now) {
	c.finished = true
	c.net.close(now)
	for _, r := range c.net.results() {
		c.answered(now, r) // commits on their way end unknown
	}
	for _, k := range c.commits {
		if !k.ended {
			c.endCommit(k, errDisconnected)
		}
	}
	c.closed = true
	closed := env.ClientClosed{Client: c.cfg.ClientID}
	if c.err != nil {
		closed.Error = c.err.Error()
	}
	c.w.Emit(closed)
}
