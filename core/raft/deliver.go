package raft

import (
	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
)

// deliverChunk is how much of the log one step reads to tell the owner.
const deliverChunk = 1 << 20

// deliver tells the owner what is committed, in order. What has left the memory comes from the disk, a chunk at a
// time; what is below the log's start comes as the newest snapshot.
func (r *Replica) deliver(now env.Now) {
	if !r.logReady() || r.loading != nil {
		return
	}
	if latest := r.latest(); r.given < r.start || r.given == 0 && latest.End > 0 {
		r.loadSnapshot(latest)
		return
	}
	bound := min(r.high, r.flushed)
	if mutants.Enabled && mutants.On().ExposeUncommitted { // K9 (KAFKA-14457)
		bound = r.end.End
	}
	for r.given < bound && r.deliverBelow(now, bound) {
	}
	r.completeAsked()
}

// deliverBelow tells the next batches; false if there are none yet.
func (r *Replica) deliverBelow(now env.Now, bound env.Offset) bool {
	before := r.given
	if kept, ok := r.tail.from(r.given); ok {
		for _, b := range kept {
			if !r.commit(b, bound) {
				break
			}
		}
		return r.given > before
	}
	raw, ok := r.read(now, r.given, deliverChunk)
	if !ok {
		return false
	}
	split := record.Split(raw)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		if !r.commit(b, bound) {
			break
		}
	}
	return r.given > before
}

// commit tells the owner one batch, if it is committed whole.
func (r *Replica) commit(b record.Batch, bound env.Offset) bool {
	if b.NextOffset() > bound {
		return false
	}
	if b.NextOffset() > r.given { // a read may begin with batches that were told
		r.owner.HandleCommit(b)
		r.given = b.NextOffset()
	}
	return true
}

// completeAsked tells the owner which of its appends are committed.
func (r *Replica) completeAsked() {
	n := 0
	for n < len(r.asked) && r.asked[n].last < r.given && r.asked[n].last < r.high {
		n++
	}
	if n == 0 {
		return
	}
	done := r.asked[:n]
	r.asked = r.asked[n:]
	for _, a := range done {
		r.owner.HandleAppended(a.token, a.last, codeNone)
	}
}
