package raft

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// peer is what a replica knows of its talk with one voter: one request at a time, and a pause after a failure.
type peer struct {
	tag     uint64      // of the request in flight, 0 if none
	due     env.Instant // when to give up on it
	backoff env.Instant // leave the node alone until then
	wanted  bool        // a request is wanted as soon as one may be sent
}

// deadline is when a wanted request can be sent: the one in flight is given up, or the pause is over.
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

// ready says whether a request may be sent to the i-th voter now, and remembers that one is wanted.
func (r *Replica) ready(now env.Now, i int) bool {
	p := &r.peers[i]
	p.wanted = true
	if p.tag != 0 && now.Mono >= p.due {
		p.tag = 0
	}
	return p.tag == 0 && now.Mono >= p.backoff
}

// send sends a request to the i-th voter.
func (r *Replica) send(now env.Now, i int, req kmsg.Request) {
	r.tag++
	p := &r.peers[i]
	p.tag, p.due = r.tag, now.Mono.Add(ms(r.cfg.RequestTimeoutMs))
	r.put(now, held{req: req, to: r.cfg.Voters[i].ID, tag: r.tag})
}

// peerOf finds whose request in flight has a tag.
func (r *Replica) peerOf(tag uint64) *peer {
	for i := range r.peers {
		if r.peers[i].tag == tag && tag != 0 {
			return &r.peers[i]
		}
	}
	return nil
}

// resetPeers forgets all requests: a new role asks for other things, and takes no answers to the old ones.
func (r *Replica) resetPeers() {
	for i := range r.peers {
		r.peers[i] = peer{}
	}
}

// unwant takes all wishes back; whoever polls a role says anew what is wanted.
func (r *Replica) unwant() {
	for i := range r.peers {
		r.peers[i].wanted = false
	}
}

// indexOfPeer is the place of a peer among the voters.
func (r *Replica) indexOfPeer(p *peer) int {
	for i := range r.peers {
		if p == &r.peers[i] {
			return i
		}
	}
	panic("raft: a peer that is none of the voters")
}
