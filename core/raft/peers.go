package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// peer is one voter as this replica sends to it: one request at a time, and a pause after a failure.
type peer struct {
	tag     uint64      // of the request in flight, 0 if none
	due     env.Instant // when that request times out
	backoff env.Instant // nothing is sent before
	wanted  bool        // a request is to be sent as soon as one may be
}

// deadline is when a wanted request can be sent: the one in flight times out, or the pause is over.
func (p *peer) deadline(now env.Instant) env.Instant {
	switch {
	case !p.wanted:
		return env.Never
	case p.tag != 0:
		return max(p.due, p.backoff)
	case p.backoff > now:
		return p.backoff
	}
	return env.Never // it was not sent for a reason that no timer ends
}

// peers are all voters, each at its index.
type peers struct {
	cfg  *Config
	out  *outbox
	list []peer
	tag  uint64 // of the last request
}

// ready reports whether a request may be sent to the i-th voter now, and remembers that one is wanted.
func (p *peers) ready(now env.Now, i int) bool {
	to := &p.list[i]
	to.wanted = true
	if to.tag != 0 && now.Mono >= to.due {
		to.tag = 0
	}
	return to.tag == 0 && now.Mono >= to.backoff
}

// isAwaited reports whether the i-th voter's response may still come.
func (p *peers) isAwaited(now env.Now, i int) bool {
	return p.list[i].tag != 0 && now.Mono < p.list[i].due
}

// send sends a request to the i-th voter.
func (p *peers) send(now env.Now, i int, req kmsg.Request) {
	p.tag++
	p.list[i].tag, p.list[i].due = p.tag, now.Mono.Add(ms(p.cfg.RequestTimeoutMs))
	p.out.put(held{req: req, to: p.cfg.Voters[i].ID, tag: p.tag})
}

// answered ends the request in flight with that tag and returns the voter it was sent to; false if there is none.
func (p *peers) answered(tag uint64) (i int, ok bool) {
	for i := range p.list {
		if p.list[i].tag == tag && tag != 0 {
			p.list[i].tag = 0
			return i, true
		}
	}
	return 0, false
}

// pause has the i-th voter left alone for a moment.
func (p *peers) pause(now env.Now, i int) { p.list[i].backoff = now.Mono.Add(ms(p.cfg.RetryBackoffMs)) }

// reset forgets all requests: another role sends other ones, and drops the responses to the old ones.
func (p *peers) reset() { clear(p.list) }

// unwant forgets which requests are wanted: each poll of a role asks for them again.
func (p *peers) unwant() {
	for i := range p.list {
		p.list[i].wanted = false
	}
}

// deadline is when a wanted request can be sent to one of them.
func (p *peers) deadline(now env.Instant) env.Instant {
	due := env.Never
	for i := range p.list {
		due = min(due, p.list[i].deadline(now))
	}
	return due
}
