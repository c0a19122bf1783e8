package group

import (
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
)

// group is one group: its members and generation, which may be ahead of the group's last record, and its offsets, which
// are those that are committed.
type group struct {
	id              string
	state, previous State
	since           env.WallMillis // when the state was entered; -1 unknown
	protocolType    string         // "": no member has ever joined, a simple group
	protocol        *string        // chosen for this generation
	generation      int32

	leader  *member
	members []*member // in the order they joined
	byID    map[string]*member
	static  map[string]*member // by group.instance.id
	pending map[string]*pendingJoin

	known   ballot // the protocols that the members know
	round   round
	initial initialDelay
	topics  map[string]bool // that the members subscribe to; nil: not known

	bytes   int // what its members take
	weighed int // of those, counted in directory.bytes

	stored   bool // the log has a record of the group
	unstored bool // counted against Config.MaxUnstoredGroups
	offsets  map[kafka.TopicPartition]committed
	inflight []*appending // in the order of Append
	sweeping bool         // a retention append is in flight
}

func newGroup(id string, since env.WallMillis) *group {
	g := &group{id: id, since: since, byID: map[string]*member{}, static: map[string]*member{},
		pending: map[string]*pendingJoin{}, known: ballot{}, offsets: map[kafka.TopicPartition]committed{}}
	g.round.joinTimer.group, g.round.syncTimer.group = g, g
	return g
}

// enter changes the state.
func (g *group) enter(s State, at env.WallMillis) {
	if !slices.Contains(mayFollow[s], g.state) {
		must.Fail("group: %q goes from %v to %v, which Kafka's state machine does not know; did a caller skip a state?",
			g.id, g.state, s)
	}
	empty := len(g.members) == 0
	if s == Empty && !empty || s == Stable && (empty || g.protocol == nil || g.leader == nil) {
		must.Fail("group: %q becomes %v with %d members and leader %q; were members added or removed in between?",
			g.id, s, len(g.members), g.leaderID())
	}
	g.previous, g.state, g.since = g.state, s, at
}

func (g *group) in(states ...State) bool { return slices.Contains(states, g.state) }

// isInitial reports whether the first rebalance of an empty group runs, which waits for more members to join.
func (g *group) isInitial() bool { return g.state == PreparingRebalance && g.previous == Empty }

// isEmpty reports whether the group has neither members nor pending ones.
func (g *group) isEmpty() bool { return len(g.members) == 0 && len(g.pending) == 0 }

// visible reports whether the group exists for clients. One that does not only holds appends in flight.
func (g *group) visible() bool {
	return g.stored || len(g.offsets) > 0 || !g.isEmpty() || g.in(PreparingRebalance)
}

// allJoined reports whether every member has joined this round, and none is pending.
func (g *group) allJoined() bool { return g.round.joined == len(g.members) && len(g.pending) == 0 }

// rebalanceTimeout returns the longest rebalance timeout of the members.
func (g *group) rebalanceTimeout() time.Duration {
	longest := int32(0)
	for _, m := range g.members {
		longest = max(longest, m.rebalanceMillis)
	}
	return millis(longest)
}

// add adds a member.
func (g *group) add(m *member) {
	if g.byID[m.id] != nil || m.instance != nil && g.static[*m.instance] != nil {
		must.Fail("group: member %q joins group %q, which has it or its group.instance.id; did the caller look it up?",
			m.id, g.id)
	}
	m.group = g
	g.members = append(g.members, m)
	g.byID[m.id] = m
	if m.instance != nil {
		g.static[*m.instance] = m
	}
	if g.leader == nil {
		g.leader = m
	}
	g.count(m, 1)
	if m.join.waiting {
		g.round.joined++
	}
}

// remove removes a member. If it was the leader, the oldest member left becomes the leader.
func (g *group) remove(m *member) {
	if g.byID[m.id] != m {
		must.Fail("group: member %q leaves group %q, which has another or kafka.None of that id; was it removed twice?", m.id,
			g.id)
	}
	g.members = slices.DeleteFunc(g.members, func(o *member) bool { return o == m })
	delete(g.byID, m.id)
	if m.instance != nil {
		delete(g.static, *m.instance)
	}
	g.count(m, -1)
	g.paySync(m)
	if m.join.waiting {
		g.round.joined--
	}
	if g.leader == m {
		g.leader = nil
		if len(g.members) > 0 {
			g.leader = g.members[0]
		}
	}
	must.Equal("group: count of members", len(g.members), "ids", len(g.byID), g.id, "did two members have one id?")
	must.AtLeast("group: count of members", len(g.members), "those that have joined", g.round.joined, g.id,
		"was a JoinGroup counted twice?")
}

// count adds the member to the group's counts, or removes it.
func (g *group) count(m *member, by int) {
	g.bytes += by * m.weight()
	g.known.count(m.protocols, by)
}

// paySync stops waiting for a member's SyncGroup: it has come, or is not wanted any more.
func (g *group) paySync(m *member) {
	if m.owesSync {
		m.owesSync = false
		g.round.owing--
		must.AtLeast("group: members that owe a SyncGroup", g.round.owing, "zero", 0, g.id, "was owesSync set uncounted?")
	}
}

// electJoined elects a leader among the members that have joined this round, unless the leader has. It reports whether
// there is one.
func (g *group) electJoined() bool {
	if g.leader == nil || g.leader.join.waiting {
		return g.leader != nil
	}
	i := slices.IndexFunc(g.members, func(m *member) bool { return m.join.waiting })
	if i >= 0 {
		g.leader = g.members[i]
	}
	return i >= 0
}

// memberError returns the error of a request that names a member. The instance id is looked up first, as in Kafka,
// because that is how a static member that was replaced learns that it is fenced.
func (g *group) memberError(id string, instance *string) kafka.ErrorCode {
	if instance != nil {
		current, ok := g.static[*instance]
		if !ok {
			return kafka.UnknownMemberID
		}
		if current.id != id {
			return kafka.FencedInstanceID
		}
	}
	if g.byID[id] == nil {
		return kafka.UnknownMemberID
	}
	return kafka.None
}

func (g *group) leaderID() string {
	if g.leader == nil {
		return ""
	}
	return g.leader.id
}
