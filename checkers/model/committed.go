package model

import (
	"fmt"

	"gregor/core/kafka"
)

// commit commits what a leader holds below an offset. Where it is not known what the leader holds from the last
// committed offset on, it is not known any more what was committed.
func (p *Partition) commit(r *Replica, to kafka.Offset) {
	t := &p.Committed
	if t.To > 0 && !r.Batches.Remembers(t.To) {
		t.Log = Batches{}
	}
	for _, b := range r.Batches.from(t.To) {
		if b.Base >= to {
			break
		}
		if last := t.Log.Last(); last == nil || b.Base > last.Last {
			t.Log.push(b)
		}
	}
	t.To, t.by, t.isr = to, max(t.by, r.Epoch), r.ISR
}

// truncate keeps what a leader holds. From here on its high watermark counts, and that of its followers.
func (t *Committed) truncate(at kafka.Offset, epoch kafka.LeaderEpoch) {
	t.To, t.by, t.forked = min(t.To, at), epoch, epoch
	t.Log.truncate(at)
}

// CountsOn reports whether a replica's high watermark counts. One in an epoch from before a loss does not know of it
// yet.
func (p *Partition) CountsOn(r *Replica) bool { return !r.InEpoch || r.Epoch >= p.Committed.forked }

// Lacks is the first committed offset that a replica does not hold, -1 if it holds them all.
func (p *Partition) Lacks(r *Replica) kafka.Offset {
	if !r.Known {
		return -1
	}
	if at := Fork(&p.Committed.Log, &r.Batches, min(r.End, p.Committed.To), max(p.Cleaned, r.Start)); at < p.Committed.To {
		return at
	}
	return -1
}

// superseded reports whether another replica leads in a newer epoch than this one.
func (p *Partition) superseded(r *Replica) bool {
	return r.InEpoch && p.Leader != nil && p.Leader != r && r.Epoch < p.Epoch
}

// Conflict is what a leader of an older epoch commits although the newest leader does not hold it.
type Conflict struct {
	At  kafka.Offset // the first such offset
	Why string       // what permits it, "" if nothing does
}

// ConflictOf reports what a leader commits below an offset that the newest leader does not hold, nil if there is
// nothing. Only a leader of an older epoch can differ: if it commits more, or if a leader was elected uncleanly since.
// A newest leader whose replica has been removed meanwhile is not asked, and neither is a replica that was placed there
// since: the next leader must have all of it.
func (c *Cluster) ConflictOf(r *Replica, to kafka.Offset) *Conflict {
	p := r.Partition
	if !p.superseded(r) {
		return nil
	}
	newest, e := p.Leader, p.Image.Unclean(r.Epoch, p.Epoch)
	if to <= p.Committed.To && e == nil {
		return nil
	}
	beyond := e != nil && to <= newest.Start // one that was elected uncleanly starts beyond all of it
	unsure := e == nil && (p.leaderDropped || newest.Recovering || !newest.Known || len(newest.disk.lost) > 0)
	if unsure || newest.Holds(&r.Batches, to) && !beyond {
		return nil
	}
	lost := Conflict{At: Fork(&r.Batches, &newest.Batches, min(newest.End, to), max(p.Cleaned, newest.Start))}
	if beyond {
		lost.At = to - 1
	}
	if e != nil {
		lost.Why = c.uncleanText(e)
	}
	return &lost
}

func (c *Cluster) uncleanText(e *Election) string {
	return fmt.Sprintf("unclean election of %s in epoch %d", c.NameOf(e.Leader), e.epoch)
}

// Permitted is why a leader may lack an offset that was committed, "" if it may not. holder is a replica that is sure
// to have it.
func (c *Cluster) Permitted(r *Replica, at kafka.Offset, epoch kafka.LeaderEpoch) (why string, holder *Replica) {
	p := r.Partition
	for _, h := range p.Replicas {
		if h != r && h.SurelyHolds(&p.Committed.Log, at) {
			holder = h
			break
		}
	}
	all := ""
	if holder == nil {
		all = p.allLost(at)
	}
	if e := p.Image.Unclean(p.Committed.by, epoch); e != nil {
		why := c.uncleanText(e)
		if all != "" {
			why += "; " + all
		}
		return why, holder
	}
	switch own := r.LostAt(at); {
	case all != "":
		return all, nil
	case r.BrokenAfterStop():
		return "the disk of " + r.Node.Name + " was damaged", nil
	case c.Config.WithoutELR && own != "":
		return "without eligible leader replicas the last member of the ISR is elected again, whatever it lost: " + own, nil
	}
	return "", holder
}

// SurelyHolds reports whether a replica has what was committed at an offset, and cannot have lost it unseen.
func (r *Replica) SurelyHolds(committed *Batches, o kafka.Offset) bool {
	switch b := r.Batches.At(o); {
	case b == nil || o >= r.End:
		return false
	case committed.At(o) == nil || !b.Same(committed.At(o)):
		return false
	case r.Recovering && r.lostBy().Kind != 0:
		return o < r.Flushed && !r.wiped() && !r.Node.Damaged
	}
	return !r.Node.Damaged
}
