package group

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// versionWithKnownID is the first JoinGroup that makes a dynamic member join again with the id it was given, so that a
// client that is gone leaves no member behind.
const versionWithKnownID = 4

// versionToSkipAssignment is the first JoinGroup whose response can have a static leader keep the assignment.
const versionToSkipAssignment = 9

// joining is a JoinGroup while the coordinator decides about it: the request, copied, and the group.
type joining struct {
	c     *Coordinator
	now   env.Now
	group *group
	waiter
	self
	memberID     string
	instance     *string
	protocolType string
}

// Join handles JoinGroup.
func (c *Coordinator) Join(now env.Now, t Ticket, req *kmsg.JoinGroupRequest, client ClientInfo) {
	defer c.call()()
	j := newJoining(t, req, client)
	j.c, j.now = c, now
	code := c.judgeJoin(req)
	if code == kafka.None {
		j.group, code = c.groupToJoin(now, req.Group, j.memberID)
	}
	if code != kafka.None {
		j.refuse(j.memberID, code)
		return
	}
	j.decide()
	c.groups.weigh(j.group)
	c.dropIfNothing(j.group)
}

// refuse answers the request with an error.
func (j *joining) refuse(memberID string, code kafka.ErrorCode) {
	j.c.replyJoin(j.waiter, joinError(memberID, code))
}

func newJoining(t Ticket, req *kmsg.JoinGroupRequest, client ClientInfo) *joining {
	j := &joining{waiter: parked(t, req.Version), memberID: strings.Clone(req.MemberID),
		protocolType: strings.Clone(req.ProtocolType), self: self{
			client:        ClientInfo{ID: strings.Clone(client.ID), Host: strings.Clone(client.Host)},
			sessionMillis: req.SessionTimeoutMillis, rebalanceMillis: req.RebalanceTimeoutMillis,
			protocols: ownProtocols(req.Protocols)}}
	if req.InstanceID != nil {
		instance := strings.Clone(*req.InstanceID)
		j.instance = &instance
	}
	if req.Version < 1 {
		j.rebalanceMillis = req.SessionTimeoutMillis // v0 has one timeout for both
	}
	return j
}

// judgeJoin returns the error of a request that is refused whatever the group's state is.
func (c *Coordinator) judgeJoin(req *kmsg.JoinGroupRequest) kafka.ErrorCode {
	if code := c.admitNamed(req.Group); code != kafka.None {
		return code
	}
	if s := millis(req.SessionTimeoutMillis); s < c.cfg.MinSessionTimeout || s > c.cfg.MaxSessionTimeout {
		return kafka.InvalidSessionTimeout
	}
	tooLong := len(req.ProtocolType) > maxName || req.InstanceID != nil && len(*req.InstanceID) > maxName
	for _, p := range req.Protocols {
		tooLong = tooLong || len(p.Name) > maxName
	}
	if tooLong || saidBy(req) > c.cfg.MaxMemberBytes {
		return kafka.InvalidRequest // it does not fit a record
	}
	return kafka.None
}

// groupToJoin returns the group, which is created for a new member.
func (c *Coordinator) groupToJoin(now env.Now, id, memberID string) (*group, kafka.ErrorCode) {
	g := c.groups.byID[id]
	switch {
	case g != nil:
		return g, kafka.None
	case memberID != "":
		return nil, kafka.UnknownMemberID
	}
	return c.groups.create(strings.Clone(id), now)
}

func saidBy(req *kmsg.JoinGroupRequest) (n int) {
	for _, p := range req.Protocols {
		n += len(p.Name) + len(p.Metadata)
	}
	return n
}

// overflows reports whether the member's protocols and metadata exceed Config.MaxMembersBytes. m is nil for a new
// member.
func (j *joining) overflows(m *member) bool {
	more := j.weight()
	if m != nil {
		more -= m.weight()
	}
	return more > 0 && j.c.groups.bytes+more > j.c.cfg.MaxMembersBytes
}

// decide decides by the group's state and the ids in the request which case the join is.
func (j *joining) decide() {
	g := j.group
	m, pending := g.byID[j.memberID], g.pending[j.memberID] != nil
	if j.memberID == "" && j.instance != nil {
		m = g.static[*j.instance]
	}
	switch {
	case g.state == Dead:
		j.refuse(j.memberID, kafka.CoordinatorNotAvailable)
	case j.memberID != "" && m == nil && !pending: // fenced, removed, or unknown
		j.refuse(j.memberID, g.memberError(j.memberID, j.instance))
	case !g.hasRoom(m, j.c.cfg.MaxSize) || j.overflows(m):
		j.turnAway(m)
	case !g.supports(j.protocolType, j.protocols):
		j.refuse(j.memberID, kafka.InconsistentGroupProtocol)
	case j.memberID == "":
		j.joinNew(m)
	case pending:
		j.joinPending()
	default:
		j.rejoin(m)
	}
}

// hasRoom reports whether the member fits within group.max.size; m is nil for a new member. During a rebalance the
// members that have joined count, so that after the limit was lowered the last ones to join are refused; and the static
// members that have not joined, because they stay members. A static member that joins is among these already.
func (g *group) hasRoom(m *member, maxSize int) bool {
	switch g.state {
	case PreparingRebalance:
		if m != nil && m.join.waiting {
			return true
		}
		taken := g.round.joined
		if m == nil || m.instance == nil {
			taken += g.silentStatic()
		}
		return taken < maxSize
	case CompletingRebalance, Stable:
		return m != nil || len(g.members) < maxSize
	}
	return true
}

// silentStatic counts the static members that have not joined again.
func (g *group) silentStatic() int {
	if len(g.static) == 0 {
		return 0
	}
	silent := 0
	for _, m := range g.members {
		if m.instance != nil && !m.join.waiting {
			silent++
		}
	}
	return silent
}

func (j *joining) turnAway(m *member) {
	c, now, g := j.c, j.now, j.group
	if m != nil {
		c.removeMember(now, m, "group.max.size", kafka.GroupMaxSizeReached)
	}
	c.forgetPending(g, j.memberID)
	j.refuse("", kafka.GroupMaxSizeReached)
	c.maybeCompleteJoin(now, g)
}

// joinNew handles the join of a member without an id; m is the static member that it replaces, if any.
func (j *joining) joinNew(m *member) {
	c, g := j.c, j.group
	id := c.newMemberID(j.client, j.instance)
	switch {
	case m != nil:
		j.replaceStatic(m, id)
	case j.instance != nil || j.version < versionWithKnownID:
		j.addMember(id)
	case len(g.pending) >= c.cfg.MaxPendingJoins:
		j.refuse("", kafka.GroupMaxSizeReached)
	default:
		p := &pendingJoin{group: g, id: id}
		g.pending[id] = p
		g.bytes += memberWeight
		c.arm(&p.session, p, j.now.Mono.Add(millis(j.sessionMillis)))
		j.refuse(id, kafka.MemberIDRequired)
	}
}

// joinPending adds a member that joins with the id it was given.
func (j *joining) joinPending() {
	if j.instance != nil {
		j.refuse(j.memberID, kafka.InvalidRequest) // ids are given to dynamic members only
		return
	}
	j.c.forgetPending(j.group, j.memberID)
	j.addMember(j.memberID)
}

func (c *Coordinator) forgetPending(g *group, id string) {
	if p := g.pending[id]; p != nil {
		c.timers.Clear(&p.session)
		delete(g.pending, id)
		g.bytes -= memberWeight
		c.groups.weigh(g)
	}
}

func (j *joining) addMember(id string) {
	c, now, g := j.c, j.now, j.group
	m := &member{id: id, instance: j.instance, self: j.self, join: j.waiter, isNew: true}
	if len(g.members) == 0 {
		g.protocolType = j.protocolType
	}
	g.initial.arrivals = g.initial.arrivals || g.isInitial()
	g.add(m)
	c.arm(&m.session, m, now.Mono.Add(c.cfg.NewMemberJoinTimeout))
	c.rebalance(now, g)
}

// rejoin handles the JoinGroup of a member.
func (j *joining) rejoin(m *member) {
	c, g := j.c, j.group
	if code := g.memberError(j.memberID, j.instance); code != kafka.None {
		j.refuse(j.memberID, code)
		return
	}
	same := m.knows(j.protocols)
	switch {
	case g.state == CompletingRebalance && same, // the response may have been lost
		g.state == Stable && same && g.leader != m: // a leader joins again to have partitions reassigned
		c.replyJoin(j.waiter, g.joinedNow(m))
	default:
		j.update(m)
		c.rebalance(j.now, g)
	}
}

// update replaces the member's protocols and timeouts by those of the request, and parks the request.
func (j *joining) update(m *member) {
	j.group.describe(m, j.self)
	j.c.finishJoin(m, joinError(m.id, kafka.RebalanceInProgress)) // an older request, which the client has given up
	m.join = j.waiter
	j.group.round.joined++
}

// describe replaces the protocols, timeouts and client of a member.
func (g *group) describe(m *member, s self) {
	g.count(m, -1)
	m.self = s
	g.count(m, 1)
}

// joinedNow returns the response to a member of the current generation. The leader's lists the members.
func (g *group) joinedNow(m *member) kmsg.JoinGroupResponse {
	r := kmsg.NewJoinGroupResponse()
	r.Generation, r.ProtocolType, r.Protocol = g.generation, ptr(g.protocolType), g.protocol
	r.LeaderID, r.MemberID = g.leaderID(), m.id
	if g.leader == m {
		r.Members = g.joinedMembers()
	}
	return r
}

func (g *group) joinedMembers() []kmsg.JoinGroupResponseMember {
	all := make([]kmsg.JoinGroupResponseMember, len(g.members))
	for i, m := range g.members {
		all[i] = kmsg.JoinGroupResponseMember{MemberID: m.id, InstanceID: m.instance,
			ProtocolMetadata: m.metadata(*g.protocol)}
	}
	return all
}

func joinError(memberID string, code kafka.ErrorCode) kmsg.JoinGroupResponse {
	r := kmsg.NewJoinGroupResponse()
	r.MemberID, r.ErrorCode = memberID, int16(code)
	return r
}

func (c *Coordinator) replyJoin(w waiter, r kmsg.JoinGroupResponse) {
	r.Version = w.version
	c.reply(w.ticket, &r)
}

// finishJoin answers the member's parked JoinGroup, if it has one.
func (c *Coordinator) finishJoin(m *member, r kmsg.JoinGroupResponse) {
	if !m.join.waiting {
		return
	}
	w := m.join
	m.join = waiter{}
	m.group.round.joined--
	must.AtLeast("group: members that have joined", m.group.round.joined, "zero", 0, m.group.id,
		"was a JoinGroup parked uncounted?")
	c.replyJoin(w, r)
}

// ptr copies a string that may change before the response is encoded.
func ptr(s string) *string { return &s }
