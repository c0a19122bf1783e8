package group

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// member is one member of a group, from its first accepted JoinGroup on.
type member struct {
	group    *group
	id       string
	instance *string // group.instance.id of a static member
	self
	assignment []byte

	join, sync waiter // the parked JoinGroup or SyncGroup
	isNew      bool   // has never been in a generation: its session ends even while its request waits
	owesSync   bool   // has been answered the generation, and has not sent SyncGroup
	session    timer
}

// self is what a member's JoinGroup holds about it.
type self struct {
	client                         ClientInfo
	sessionMillis, rebalanceMillis int32
	protocols                      []protocol // in its order of preference; names are unique
}

// protocol is one assignment strategy that a member supports, with its metadata for the leader.
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

// ownProtocols copies the protocols of a request, without repeated names.
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

// memberWeight is what a member takes in memory besides its protocols.
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

// metadata returns the member's metadata of a protocol; nil if it does not support it.
func (m *member) metadata(name string) []byte {
	for _, p := range m.protocols {
		if p.name == name {
			return p.metadata
		}
	}
	return nil
}

// alive reports whether a parked request stands for the member's heartbeats. That of a new member does not: its client
// does not know its id yet, and a lost connection would leave the member here for good.
func (m *member) alive() bool { return !m.isNew && (m.join.waiting || m.sync.waiting) }

// expire ends the member's session.
func (m *member) expire(c *Coordinator, now env.Now) {
	if m.alive() {
		return // set again when the parked request is answered
	}
	c.removeMember(now, m, "session.timeout.ms", kafka.UnknownMemberID)
	c.rebalanceAfterLoss(now, m.group)
	c.dropIfNothing(m.group)
}

// touch gives the member a whole session from now.
func (c *Coordinator) touch(now env.Now, m *member) {
	c.arm(&m.session, m, now.Mono.Add(millis(m.sessionMillis)))
}

func millis(n int32) time.Duration { return time.Duration(max(n, 0)) * time.Millisecond }

// pendingJoin is a member that was given an id and has not joined with it.
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
