package group

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// replaceStatic gives a static member that joins without its id a new one. A process that still uses the old id is
// fenced from now on: two processes with one group.instance.id must not both read.
func (j *joining) replaceStatic(m *member, id string) {
	c, now, g := j.c, j.now, j.group
	before := &staticReplaced{member: m, join: j.waiter, id: id, wasID: m.id, was: m.self, leader: g.leaderID()}
	c.finishJoin(m, joinError(m.id, kafka.FencedInstanceID))
	c.finishSync(m, syncError(kafka.FencedInstanceID))
	c.tell(env.GroupMemberGone{Group: g.id, Member: m.id, Reason: "replaced by " + id})
	g.rename(m, id)
	m.isNew = false
	j.update(m)
	c.touch(now, m)
	switch {
	case g.state == Stable && g.selectProtocol() == *g.protocol:
		// The assignment stands. It is stored under the new id first: after a restart the old one must be unknown.
		c.append(now, g, []change{g.snapshot(current)}, before)
	case g.in(Stable, CompletingRebalance):
		// While the leader assigns, it assigns to the old id; the new one would get nothing.
		c.prepareRebalance(now, g)
	default:
		c.maybeCompleteJoin(now, g)
	}
}

// rename changes a member's id; it stays the same member.
func (g *group) rename(m *member, id string) {
	if g.byID[m.id] != m || g.byID[id] != nil {
		must.Fail("group: member %q of group %q is renamed to %q, which is taken, or is no member; was it removed meanwhile?",
			m.id, g.id, id)
	}
	delete(g.byID, m.id)
	m.id = id
	g.byID[id] = m
}

// staticReplaced waits for the record with a static member's new id.
type staticReplaced struct {
	member *member
	join   waiter
	id     string
	wasID  string // before it was replaced
	was    self
	leader string
}

func (s *staticReplaced) settle(c *Coordinator, now env.Now, g *group, code kafka.ErrorCode) {
	m := s.member
	if code == kafka.None && g.state == Stable {
		g.topics = g.subscriptions() // it may subscribe to other topics now, as a load would find
	}
	if g.byID[s.id] != m || !m.join.waiting || m.join.ticket != s.join.ticket {
		return // removed, replaced again, or answered by a rebalance that started meanwhile
	}
	if code != kafka.None {
		s.revert(c, now, g, code)
		return
	}
	if g.state != Stable {
		return // the rebalance will answer
	}
	c.finishJoin(m, s.answer(g))
	c.touch(now, m)
}

// answer returns the response with the current generation. A leader must not assign again: from v9 on the response has
// SkipAssignment, and before that it names another leader than the member itself.
func (s *staticReplaced) answer(g *group) kmsg.JoinGroupResponse {
	r := g.joinedNow(s.member)
	if s.join.version >= versionToSkipAssignment {
		r.SkipAssignment = g.leader == s.member
		return r
	}
	r.LeaderID, r.Members = s.leader, nil
	return r
}

// revert gives the old id back. After a timeout the record with the new id may be committed or not, so that the group
// moves to a next generation, which is stored again.
func (s *staticReplaced) revert(c *Coordinator, now env.Now, g *group, code kafka.ErrorCode) {
	m := s.member
	c.finishJoin(m, joinError("", metadataError(code)))
	g.rename(m, s.wasID)
	g.describe(m, s.was)
	c.touch(now, m)
	if g.state == Stable {
		c.prepareRebalance(now, g)
	}
}
