package group

import (
	"fmt"
	"slices"
	"time"

	"gregor/core/env"
)

// group is one group: its members and generation, which live in memory between two records, and its offsets,
// which are what is stored.
type group struct {
	id              string
	state, previous State
	since           env.WallMillis // when the state was entered; -1 unknown
	protocolType    string         // "": no member ever joined, a simple group
	protocol        *string        // chosen for this generation
	generation      int32

	leader  *member
	members []*member // in the order they joined
	byID    map[string]*member
	static  map[string]*member // by group.instance.id
	pending map[string]*pendingJoin

	votes       map[string]int // how many members know each protocol
	joined      int            // members with a parked JoinGroup
	owing       int            // members with owesSync
	storing     bool           // this generation's assignment has been handed to Append
	joinTimer   joinTimer
	syncTimer   syncTimer
	topics      map[string]bool // what the members subscribe to; nil: cannot be told
	newArrivals bool            // somebody joined since the initial delay began
	delay       time.Duration   // the initial delay that runs
	remaining   time.Duration   // how far it may still be extended

	bytes   int // what its members take
	weighed int // of those, counted in directory.bytes

	stored   bool // the log has a record of the group
	unstored bool // counted against Config.MaxUnstoredGroups
	offsets  map[env.TopicPartition]committed
	inflight []*appending // in the order of Append
	sweeping bool         // a retention append is in flight
}

func newGroup(id string, since env.WallMillis) *group {
	g := &group{id: id, since: since, byID: map[string]*member{}, static: map[string]*member{},
		pending: map[string]*pendingJoin{}, votes: map[string]int{}, offsets: map[env.TopicPartition]committed{}}
	g.joinTimer.group, g.syncTimer.group = g, g
	return g
}

// enter changes the state.
func (g *group) enter(s State, at env.WallMillis) {
	if !slices.Contains(mayFollow[s], g.state) {
		panic(fmt.Sprintf("group %q goes from %v to %v, which Kafka's state machine does not know; a caller skipped a state",
			g.id, g.state, s))
	}
	g.previous, g.state, g.since = g.state, s, at
}

func (g *group) in(states ...State) bool { return slices.Contains(states, g.state) }

// initial reports whether the first rebalance of an empty group runs, which waits for more members to come.
func (g *group) initial() bool { return g.state == PreparingRebalance && g.previous == Empty }

// nobody reports whether no one is a member or about to be.
func (g *group) nobody() bool { return len(g.members) == 0 && len(g.pending) == 0 }

// visible reports whether the group exists as far as clients can tell. What is not, only holds appends.
func (g *group) visible() bool {
	return g.stored || len(g.offsets) > 0 || !g.nobody() || g.in(PreparingRebalance)
}

// allJoined reports whether there is nobody left to wait for.
func (g *group) allJoined() bool { return g.joined == len(g.members) && len(g.pending) == 0 }

// rebalanceTimeout is the longest of the members'.
func (g *group) rebalanceTimeout() time.Duration {
	longest := int32(0)
	for _, m := range g.members {
		longest = max(longest, m.rebalanceMillis)
	}
	return millis(longest)
}

// add makes m a member.
func (g *group) add(m *member) {
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
		g.joined++
	}
}

// remove forgets m; the oldest member left leads instead.
func (g *group) remove(m *member) {
	g.members = slices.DeleteFunc(g.members, func(o *member) bool { return o == m })
	delete(g.byID, m.id)
	if m.instance != nil {
		delete(g.static, *m.instance)
	}
	g.count(m, -1)
	g.paySync(m)
	if m.join.waiting {
		g.joined--
	}
	if g.leader == m {
		g.leader = nil
		if len(g.members) > 0 {
			g.leader = g.members[0]
		}
	}
}

// count adds or takes the member's vote for every protocol it knows.
func (g *group) count(m *member, by int) {
	g.bytes += by * m.weight()
	for _, p := range m.protocols {
		if g.votes[p.name] += by; g.votes[p.name] == 0 {
			delete(g.votes, p.name)
		}
	}
}

// paySync notes that m has asked for its assignment, or never will.
func (g *group) paySync(m *member) {
	if m.owesSync {
		m.owesSync = false
		g.owing--
	}
}

// electJoined makes sure that a member that joined this round leads. It reports whether there is one.
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

// memberError is how Kafka judges who claims to be a member: by instance id first, for that is how a static
// member that was replaced learns that it is fenced.
func (g *group) memberError(id string, instance *string) int16 {
	if instance != nil {
		current, ok := g.static[*instance]
		if !ok {
			return unknownMemberID
		}
		if current.id != id {
			return fencedInstanceID
		}
	}
	if g.byID[id] == nil {
		return unknownMemberID
	}
	return none
}

func (g *group) leaderID() string {
	if g.leader == nil {
		return ""
	}
	return g.leader.id
}
