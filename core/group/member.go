package group

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// member is one member of a group, from its first accepted JoinGroup on.
type member struct {
	group    *group
	id       string
	instance *string // group.instance.id of a static member
	self
	assignment []byte

	join, sync waiter // the parked JoinGroup or SyncGroup
	isNew      bool   // has never been answered a generation: its session runs out even while it waits
	owesSync   bool   // was told the generation and has not asked for its assignment
	session    timer
}

// self is what a member says of itself when it joins.
type self struct {
	client                         ClientInfo
	sessionMillis, rebalanceMillis int32
	protocols                      []protocol // in its order of preference; names are unique
}

// protocol is one assignment strategy a member knows, with what it says to the leader about it.
type protocol struct {
	name     string
	metadata []byte
}

// waiter is a parked request.
type waiter struct {
	ticket  Ticket
	version int16
	waiting bool
}

func parked(t Ticket, version int16) waiter {
	return waiter{ticket: t, version: version, waiting: true}
}

// ownProtocols copies what a request says, without repeated names.
func ownProtocols(asked []kmsg.JoinGroupRequestProtocol) []protocol {
	own := make([]protocol, 0, len(asked))
	seen := make(map[string]bool, len(asked))
	for _, p := range asked {
		if seen[p.Name] {
			continue
		}
		name := strings.Clone(p.Name)
		seen[name] = true
		own = append(own, protocol{name, bytes.Clone(p.Metadata)})
	}
	return own
}

// memberWeight is what a member takes besides what it says of itself.
const memberWeight = 1 << 10

// weight is what the member takes in memory.
func (s *self) weight() int {
	n := memberWeight
	for _, p := range s.protocols {
		n += len(p.name) + len(p.metadata)
	}
	return n
}

// knows reports whether the member's protocols are exactly these, in this order.
func (m *member) knows(ps []protocol) bool {
	return slices.EqualFunc(m.protocols, ps, func(a, b protocol) bool {
		return a.name == b.name && bytes.Equal(a.metadata, b.metadata)
	})
}

// metadata is what the member says about a protocol; nil if it does not know it.
func (m *member) metadata(name string) []byte {
	for _, p := range m.protocols {
		if p.name == name {
			return p.metadata
		}
	}
	return nil
}

// alive reports whether the member has shown itself: a parked request stands for heartbeats, unless the
// member is new, for then its client cannot know its id and a lost connection would leave it here for good.
func (m *member) alive() bool { return !m.isNew && (m.join.waiting || m.sync.waiting) }

// expire ends the member's session.
func (m *member) expire(c *Coordinator, now env.Now) {
	if m.alive() {
		return // armed again when the parked request is answered
	}
	c.removeMember(now, m, "session.timeout.ms", unknownMemberID)
	c.rebalanceAfterLoss(now, m.group)
	c.dropIfNothing(m.group)
}

// touch gives the member a whole session from now.
func (c *Coordinator) touch(now env.Now, m *member) {
	c.arm(&m.session, m, now.Mono.Add(millis(m.sessionMillis)))
}

func millis(n int32) time.Duration { return time.Duration(max(n, 0)) * time.Millisecond }

// pendingJoin is a member that was given an id and has not come back with it.
type pendingJoin struct {
	group   *group
	id      string
	session timer
}

func (p *pendingJoin) expire(c *Coordinator, now env.Now) {
	c.forgetPending(p.group, p.id)
	c.maybeCompleteJoin(now, p.group)
	c.dropIfNothing(p.group)
}
