package group

import (
	"bytes"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// versionWithProtocol is the first SyncGroup that must name the protocol.
const versionWithProtocol = 5

// Sync handles SyncGroup.
func (c *Coordinator) Sync(now env.Now, t Ticket, req *kmsg.SyncGroupRequest, _ ClientInfo) {
	defer c.call()()
	w := parked(t, req.Version)
	g := c.groups.byID[req.Group]
	if code := c.judgeSync(g, req); code != kafka.None {
		c.replySync(w, syncError(code))
		return
	}
	m := g.byID[req.MemberID]
	c.touch(now, m)
	c.paySync(g, m)
	if g.state == Stable {
		c.replySync(w, g.assigned(m))
		return
	}
	c.finishSync(m, syncError(kafka.RebalanceInProgress)) // an older request, which the client has given up
	m.sync = w
	if g.leader == m && !g.round.storing {
		c.storeAssignment(now, g, req)
	}
}

func (c *Coordinator) judgeSync(g *group, req *kmsg.SyncGroupRequest) kafka.ErrorCode {
	if req.Version >= versionWithProtocol && (req.ProtocolType == nil || req.Protocol == nil) {
		return kafka.InconsistentGroupProtocol
	}
	if code := c.admitNamed(req.Group); code != kafka.None {
		return code
	}
	if g == nil || g.state == Empty {
		return kafka.UnknownMemberID
	}
	if g.state == Dead {
		return kafka.CoordinatorNotAvailable
	}
	if code := g.memberError(req.MemberID, req.InstanceID); code != kafka.None {
		return code
	}
	if req.Generation != g.generation {
		return kafka.IllegalGeneration
	}
	if differs(req.ProtocolType, &g.protocolType) || differs(req.Protocol, g.protocol) {
		return kafka.InconsistentGroupProtocol
	}
	if g.state == PreparingRebalance {
		return kafka.RebalanceInProgress
	}
	return kafka.None
}

// differs reports whether both are set and differ.
func differs(a, b *string) bool { return a != nil && b != nil && *a != *b }

// paySync stops the wait for SyncGroups when no member owes one any more.
func (c *Coordinator) paySync(g *group, m *member) {
	g.paySync(m)
	if g.round.owing == 0 {
		c.timers.Clear(&g.round.syncTimer.timer)
	}
}

// storeAssignment appends the leader's assignment. It is handed out when it is committed: after a failover, a
// coordinator that does not know an assignment would fence its members while they work.
func (c *Coordinator) storeAssignment(now env.Now, g *group, req *kmsg.SyncGroupRequest) {
	s := &assignmentStored{generation: g.generation, assignment: make(map[string][]byte, len(req.GroupAssignment))}
	for _, a := range req.GroupAssignment {
		s.assignment[strings.Clone(a.MemberID)] = bytes.Clone(a.MemberAssignment)
	}
	g.round.storing = true
	c.append(now, g, []change{g.snapshot(s.of)}, s)
}

// assignmentStored waits for the record of a generation.
type assignmentStored struct {
	generation int32
	assignment map[string][]byte // by member id
}

// of returns the assignment of a member; one that the leader left out gets none.
func (s *assignmentStored) of(m *member) []byte { return s.assignment[m.id] }

func (s *assignmentStored) settle(c *Coordinator, now env.Now, g *group, code kafka.ErrorCode) {
	if g.state != CompletingRebalance || g.generation != s.generation {
		return // the group has rebalanced meanwhile
	}
	if code != kafka.None {
		c.handOut(now, g, nil, metadataError(code))
		c.prepareRebalance(now, g)
		return
	}
	if g.protocol == nil {
		must.Fail("group: generation %d of group %q has an assignment and no protocol; was it stored too early?",
			g.generation, g.id)
	}
	for _, m := range g.members {
		m.assignment = s.of(m)
	}
	g.enter(Stable, now.Wall)
	c.handOut(now, g, current, kafka.None)
}

// handOut answers every parked SyncGroup, with the members' assignments or with an error. After an error no member has
// an assignment.
func (c *Coordinator) handOut(now env.Now, g *group, part func(*member) []byte, code kafka.ErrorCode) {
	for _, m := range g.members {
		r := syncError(code)
		if part == nil {
			m.assignment = nil
		} else {
			r = g.assigned(m)
		}
		if m.sync.waiting {
			c.finishSync(m, r)
			c.touch(now, m) // its session may have ended while the request waited
		}
	}
}

// assigned returns the response to a member of a stable generation.
func (g *group) assigned(m *member) kmsg.SyncGroupResponse {
	r := kmsg.NewSyncGroupResponse()
	r.ProtocolType, r.Protocol, r.MemberAssignment = ptr(g.protocolType), g.protocol, m.assignment
	return r
}

func syncError(code kafka.ErrorCode) kmsg.SyncGroupResponse {
	r := kmsg.NewSyncGroupResponse()
	r.ErrorCode = int16(code)
	return r
}

func (c *Coordinator) replySync(w waiter, r kmsg.SyncGroupResponse) {
	r.Version = w.version
	c.reply(w.ticket, &r)
}

// finishSync answers the member's parked SyncGroup, if it has one.
func (c *Coordinator) finishSync(m *member, r kmsg.SyncGroupResponse) {
	if !m.sync.waiting {
		return
	}
	w := m.sync
	m.sync = waiter{}
	c.replySync(w, r)
}
