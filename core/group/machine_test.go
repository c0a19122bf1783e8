package group

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/coordinator"
	"gregor/core/env"
	"gregor/core/kafka"
)

// TestMachine lets clients send any request at any time, while the log is slow, fails and is replayed, and time passes
// in jumps. What must hold is checked after every step, here and in bench.
func TestMachine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := newMachine(rt)
		actions := map[string]func(*rapid.T){
			"join":      m.join,
			"harmony":   m.harmony,
			"sync":      m.sync,
			"harmony2":  m.harmony,
			"heartbeat": m.heartbeat,
			"leave":     m.leave,
			"commit":    m.commit,
			"fetch":     m.fetch,
			"delete":    m.delete,
			"settle":    m.settleSome,
			"settle2":   m.settleSome,
			"pass":      m.pass,
			"crash":     m.crashNow,
			"move":      m.move,
			"":          m.look,
		}
		rt.Repeat(actions)
		rt.Repeat(actions)
		m.calm()
	})
}

// machine is a bench with clients.
type machine struct {
	*bench
	actors     []*actor
	by         map[Ticket]*actor
	generation map[string]int32 // the last one this coordinator reported
	seen       int              // facts
}

// actor is one client. It believes what it was answered last.
type actor struct {
	group      string
	instance   *string
	id         string
	generation int32
	members    []string // as leader
	gone       []string // ids it had before
}

func newMachine(rt *rapid.T) *machine {
	m := &machine{bench: newBench(rt), by: map[Ticket]*actor{}, generation: map[string]int32{}}
	m.heard = m.Reply
	m.cfg.MaxSize = rapid.SampledFrom([]int{1, 2, 3, 100}).Draw(rt, "max size")
	m.cfg.InitialRebalanceDelay = rapid.SampledFrom([]time.Duration{0, 3 * time.Second}).Draw(rt, "delay")
	m.cfg.OffsetsRetention = 30 * time.Minute
	m.cfg.NewMemberJoinTimeout = 100 * time.Second
	m.cfg.MaxPendingJoins = 3
	one, two := "one", "two"
	for _, instance := range []*string{nil, nil, nil, &one, &one, &two} {
		m.actors = append(m.actors, &actor{group: "g", instance: instance})
	}
	m.actors = append(m.actors, &actor{group: "h"}, &actor{group: "h", instance: &one})
	m.start()
	return m
}

func (m *machine) Reply(t Ticket, r kmsg.Response) {
	req := m.waiting[t]
	m.bench.Reply(t, r)
	if s, ok := r.(*kmsg.SyncGroupResponse); ok && s.ErrorCode == int16(kafka.None) {
		m.checkAssigned(req.(*kmsg.SyncGroupRequest), s)
	}
	if j, ok := r.(*kmsg.JoinGroupResponse); ok && j.ErrorCode == int16(kafka.None) {
		m.checkJoined(req.(*kmsg.JoinGroupRequest), j)
	}
}

// checkAssigned: an assignment goes to a member that is not fenced, in the generation it asked for, and it is
// what the log says.
func (m *machine) checkAssigned(req *kmsg.SyncGroupRequest, r *kmsg.SyncGroupResponse) {
	g := m.c.groups.byID[req.Group]
	if g == nil || g.state != Stable || g.generation != req.Generation || g.byID[req.MemberID] == nil {
		m.t.Fatalf("%s of generation %d got an assignment; the group is %+v", req.MemberID, req.Generation, g)
	}
	for _, l := range slices.Backward(m.log) {
		if l.group != req.Group || !hasGroupRecord([]coordinator.Record{l.Record}) {
			continue
		}
		_, ch, _, _ := decode(l.Key, l.Value)
		i := slices.IndexFunc(ch.metadata.Members, func(s kmsg.GroupMetadataValueMember) bool {
			return s.MemberID == req.MemberID
		})
		if ch.metadata.Generation != req.Generation || i < 0 ||
			string(ch.metadata.Members[i].Assignment) != string(r.MemberAssignment) {
			m.t.Fatalf("%s of generation %d got %q; the log says %s", req.MemberID, req.Generation, r.MemberAssignment,
				showRecord(ch.metadata))
		}
		return
	}
	m.t.Fatalf("%s got an assignment that is not in the log", req.MemberID)
}

// checkJoined: a member is answered a generation that it is in, and the leader's response lists all its members.
func (m *machine) checkJoined(req *kmsg.JoinGroupRequest, r *kmsg.JoinGroupResponse) {
	g := m.c.groups.byID[req.Group]
	if g.byID[r.MemberID] == nil || g.generation != r.Generation || !g.in(CompletingRebalance, Stable) {
		m.t.Fatalf("%s joined generation %d; the group is %+v", r.MemberID, r.Generation, g)
	}
	if leads := g.leader.id == r.MemberID; len(r.Members) > 0 && (!leads || len(r.Members) != len(g.members)) {
		m.t.Fatalf("%s is answered %d members; leader %s, %d members", r.MemberID, len(r.Members), g.leader.id,
			len(g.members))
	}
	if len(g.members) > m.cfg.MaxSize {
		m.t.Fatalf("generation %d has %d members", g.generation, len(g.members))
	}
}

func (m *machine) actor(rt *rapid.T) *actor { return rapid.SampledFrom(m.actors).Draw(rt, "actor") }

// someID is mostly the actor's own id, and sometimes one it had before.
func (m *machine) someID(rt *rapid.T, a *actor) string {
	if len(a.gone) > 0 && rapid.IntRange(0, 9).Draw(rt, "zombie") == 0 {
		return rapid.SampledFrom(a.gone).Draw(rt, "old id")
	}
	return a.id
}

func (m *machine) someGeneration(rt *rapid.T, a *actor) int32 {
	if rapid.IntRange(0, 9).Draw(rt, "stale") == 0 {
		return a.generation - 1
	}
	return a.generation
}

func (m *machine) ask(a *actor, req any) Ticket {
	t := m.ticket(req)
	m.by[t] = a
	return t
}

var protocolSets = [][]kmsg.JoinGroupRequestProtocol{
	{{Name: "range", Metadata: subscription("orders")}},
	{{Name: "range", Metadata: subscription("orders", "payments")}, {Name: "sticky", Metadata: subscription("orders")}},
	{{Name: "sticky", Metadata: subscription("payments")}, {Name: "range", Metadata: subscription("orders")}},
	{{Name: "sticky", Metadata: []byte("no subscription")}},
}

func (m *machine) join(rt *rapid.T) {
	a := m.actor(rt)
	if rapid.IntRange(0, 7).Draw(rt, "restarted") == 0 {
		a.forget()
	}
	m.joinAs(a, rapid.SampledFrom([]int16{0, 3, 8, 9}).Draw(rt, "version"),
		int32(rapid.IntRange(6, 60).Draw(rt, "session"))*1000, int32(rapid.IntRange(0, 60).Draw(rt, "rebalance"))*1000,
		rapid.SampledFrom(protocolSets).Draw(rt, "protocols"))
}

func (m *machine) joinAs(a *actor, version int16, session, rebalance int32, protocols []kmsg.JoinGroupRequestProtocol) {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Version, req.Group, req.MemberID, req.InstanceID = version, a.group, a.id, a.instance
	req.SessionTimeoutMillis, req.RebalanceTimeoutMillis = session, rebalance
	req.ProtocolType, req.Protocols = "consumer", protocols
	m.c.Join(m.now, m.ask(a, req), req, ClientInfo{ID: "app", Host: "/10.0.0.1"})
}

func (m *machine) sync(rt *rapid.T) {
	a := m.actor(rt)
	m.syncAs(a, m.someID(rt, a), m.someGeneration(rt, a))
}

func (m *machine) syncAs(a *actor, id string, generation int32) {
	req := kmsg.NewPtrSyncGroupRequest()
	req.Version = 3
	req.Group, req.MemberID, req.InstanceID, req.Generation = a.group, id, a.instance, generation
	for _, id := range a.members {
		req.GroupAssignment = append(req.GroupAssignment, kmsg.SyncGroupRequestGroupAssignment{MemberID: id,
			MemberAssignment: fmt.Appendf(nil, "%d/%s/%d", a.generation, id, m.last)})
	}
	m.c.Sync(m.now, m.ask(a, req), req, ClientInfo{})
}

// harmony lets a group reach a stable generation, or nearly: some of its clients do what clients should.
func (m *machine) harmony(rt *rapid.T) {
	g := rapid.SampledFrom([]string{"g", "g", "h"}).Draw(rt, "group")
	var some []*actor
	for _, a := range m.actors {
		if a.group == g && rapid.IntRange(0, 3).Draw(rt, "takes part") > 0 {
			some = append(some, a)
		}
	}
	for _, a := range some {
		m.joinAs(a, 9, 30_000, 20_000, protocolSets[0])
		m.take()
		if a.id != "" && a.instance == nil && !m.waits(a) {
			m.joinAs(a, 9, 30_000, 20_000, protocolSets[0])
		}
	}
	m.settleAll()
	m.advance(21*time.Second, m.settleAll)
	m.take()
	stop := rapid.IntRange(0, 3*len(some)).Draw(rt, "syncs")
	for _, a := range some[:min(stop, len(some))] {
		m.syncAs(a, a.id, a.generation)
	}
	if rapid.IntRange(0, 3).Draw(rt, "stored") > 0 {
		m.settleAll()
	}
}

func (m *machine) waits(a *actor) bool {
	for t, by := range m.by {
		if _, ok := m.waiting[t]; ok && by == a {
			return true
		}
	}
	return false
}

func (m *machine) heartbeat(rt *rapid.T) {
	a := m.actor(rt)
	req := kmsg.NewPtrHeartbeatRequest()
	req.Version = 4
	req.Group, req.MemberID, req.InstanceID, req.Generation = a.group, m.someID(rt, a), a.instance, m.someGeneration(rt, a)
	m.c.Heartbeat(m.now, m.ask(a, req), req, ClientInfo{})
}

func (m *machine) leave(rt *rapid.T) {
	a, b := m.actor(rt), m.actor(rt)
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Version = 5
	req.Group = a.group
	req.Members = []kmsg.LeaveGroupRequestMember{{MemberID: m.someID(rt, a), InstanceID: a.instance}}
	if rapid.Bool().Draw(rt, "two") {
		req.Members = append(req.Members, kmsg.LeaveGroupRequestMember{MemberID: b.id, InstanceID: b.instance})
	}
	m.c.Leave(m.now, m.ask(a, req), req, ClientInfo{})
}

func (m *machine) commit(rt *rapid.T) {
	a := m.actor(rt)
	req := kmsg.NewPtrOffsetCommitRequest()
	req.Version = 8
	req.Group, req.MemberID, req.InstanceID, req.Generation = a.group, m.someID(rt, a), a.instance, m.someGeneration(rt, a)
	if rapid.IntRange(0, 3).Draw(rt, "simple") == 0 {
		req.MemberID, req.InstanceID, req.Generation = "", nil, -1
	}
	for range rapid.IntRange(1, 3).Draw(rt, "offsets") {
		req.Topics = append(req.Topics, kmsg.OffsetCommitRequestTopic{Topic: rapid.SampledFrom([]string{"orders",
			"payments"}).Draw(rt, "topic"),
			Partitions: []kmsg.OffsetCommitRequestTopicPartition{{Partition: int32(rapid.IntRange(0, 8).Draw(rt, "partition")),
				Offset: int64(m.last), LeaderEpoch: -1}}})
	}
	t := m.ask(a, req)
	may := m.mayCommit(req)
	m.c.OffsetCommit(m.now, t, req, ClientInfo{})
	if _, accepted := m.waiting[t]; accepted && !may {
		rt.Fatalf("%+v was accepted; the group is %+v", req, m.c.groups.byID[req.Group])
	}
}

// mayCommit: members of the current generation that have their assignment, and any client while there are no members.
func (m *machine) mayCommit(req *kmsg.OffsetCommitRequest) bool {
	g := m.c.groups.byID[req.Group]
	if g == nil || g.state == Empty {
		return req.Generation < 0
	}
	return g.in(Stable, PreparingRebalance) && g.byID[req.MemberID] != nil && g.generation == req.Generation
}

func (m *machine) fetch(rt *rapid.T) {
	req := kmsg.NewPtrOffsetFetchRequest()
	req.Version = 8
	req.RequireStable = rapid.Bool().Draw(rt, "stable")
	req.Groups = []kmsg.OffsetFetchRequestGroup{{Group: "g"}, {Group: "h"}}
	m.c.OffsetFetch(m.now, m.ask(nil, req), req, ClientInfo{})
}

func (m *machine) delete(rt *rapid.T) {
	switch rapid.IntRange(0, 5).Draw(rt, "what") {
	case 0:
		req := kmsg.NewPtrDeleteGroupsRequest()
		req.Version, req.Groups = 2, []string{"g", "h", "g"}
		m.c.DeleteGroups(m.now, m.ask(nil, req), req, ClientInfo{})
	case 1:
		m.c.TopicDeleted(m.now, "payments")
	default:
		req := kmsg.NewPtrOffsetDeleteRequest()
		req.Group = "g"
		req.Topics = []kmsg.OffsetDeleteRequestTopic{{Topic: rapid.SampledFrom([]string{"orders", "payments"}).Draw(rt,
			"topic"),
			Partitions: []kmsg.OffsetDeleteRequestTopicPartition{{Partition: 0}, {Partition: 1}}}}
		m.c.OffsetDelete(m.now, m.ask(nil, req), req, ClientInfo{})
	}
}

// settleSome gives a few appends their outcomes; the log keeps their order, the outcomes may come in any.
func (m *machine) settleSome(rt *rapid.T) {
	n := rapid.IntRange(0, len(m.queue)).Draw(rt, "how many")
	some := m.queue[:n]
	m.queue = m.queue[n:]
	codes := make([]kafka.ErrorCode, n)
	order := make([]int, n)
	for i, q := range some {
		codes[i] = rapid.SampledFrom([]kafka.ErrorCode{kafka.None, kafka.None, kafka.None, kafka.RequestTimedOut,
			kafka.MessageTooLarge, kafka.KafkaStorageError}).Draw(rt, "code")
		order[i] = i
		if codes[i] == kafka.None {
			m.store(q)
		}
		if hasGroupRecord(q.records) {
			m.doubtful[q.group] = codes[i] != kafka.None
		}
	}
	for _, i := range rapid.Permutation(order).Draw(rt, "order") {
		some[i].done.Acked(m.now, 0, codes[i])
	}
}

func (m *machine) pass(rt *rapid.T) {
	d := rapid.SampledFrom([]time.Duration{0, time.Second, 4 * time.Second, 9 * time.Second, 30 * time.Second,
		70 * time.Second, 40 * time.Minute}).Draw(rt, "time")
	m.advance(d, func() {})
}

func (m *machine) crashNow(rt *rapid.T) {
	if rapid.IntRange(0, 3).Draw(rt, "really") != 0 {
		return
	}
	stored := rapid.IntRange(0, len(m.queue)).Draw(rt, "stored")
	m.take()
	clear(m.by)
	clear(m.generation)
	m.crash(func(queued) bool { stored--; return stored >= 0 })
}

// move has another broker lead the partitions, and then this one again.
func (m *machine) move(rt *rapid.T) {
	if rapid.IntRange(0, 3).Draw(rt, "really") != 0 {
		return
	}
	m.resign()
	if len(m.waiting) > 0 || len(m.c.groups.byID) > 0 {
		rt.Fatalf("after unloading %d requests wait, and there are %d groups", len(m.waiting), len(m.c.groups.byID))
	}
	for _, q := range m.queue {
		m.store(q)
		q.done.Acked(m.now, 0, kafka.None)
	}
	m.queue = nil
	m.take()
	clear(m.doubtful)
	clear(m.generation)
	m.load(m.c)
}

// look is what happens after every step.
func (m *machine) look(rt *rapid.T) {
	m.take()
	for _, f := range m.facts[m.seen:] {
		r, ok := f.(env.GroupRebalanced)
		if !ok {
			continue
		}
		if before := m.generation[r.Group]; before != 0 && r.Generation != before+1 && r.Generation != 1 {
			rt.Fatalf("generation %d comes after %d", r.Generation, before)
		}
		m.generation[r.Group] = r.Generation
	}
	m.seen = len(m.facts)
	m.checkLogGenerations()
	m.check()
}

// checkLogGenerations: in the log a group's generation never falls, unless the group was deleted in between.
func (m *machine) checkLogGenerations() {
	last := map[string]int32{}
	for _, l := range m.log {
		_, ch, _, err := decode(l.Key, l.Value)
		switch {
		case err != nil:
			m.t.Fatalf("%v", err)
		case ch.kind == groupRemoved:
			last[l.group] = 0
		case ch.kind == groupStored && ch.metadata.Generation < last[l.group]:
			m.t.Fatalf("group %s: generation %d comes after %d in the log", l.group, ch.metadata.Generation, last[l.group])
		case ch.kind == groupStored:
			last[l.group] = ch.metadata.Generation
		}
	}
}

// take hands the responses to the clients.
func (m *machine) take() {
	for _, r := range m.replies {
		a := m.by[r.ticket]
		delete(m.by, r.ticket)
		if j, ok := r.r.(*kmsg.JoinGroupResponse); ok {
			a.joined(j)
		}
	}
	m.replies = nil
}

func (a *actor) forget() {
	if a.id != "" {
		a.gone = append(a.gone, a.id)
	}
	a.id, a.members = "", nil
}

func (a *actor) joined(r *kmsg.JoinGroupResponse) {
	switch kafka.ErrorCode(r.ErrorCode) {
	case kafka.None:
		a.id, a.generation, a.members = r.MemberID, r.Generation, nil
		for _, m := range r.Members {
			a.members = append(a.members, m.MemberID)
		}
	case kafka.MemberIDRequired:
		a.id = r.MemberID
	case kafka.UnknownMemberID, kafka.FencedInstanceID, kafka.GroupMaxSizeReached:
		a.forget()
	}
}

// calm: when the log works again and all clients are silent, every request is answered, and no member is left.
func (m *machine) calm() {
	for range 40 {
		for len(m.queue) > 0 {
			m.settle(kafka.None)
		}
		m.advance(30*time.Second, func() {})
	}
	m.settleAll()
	if len(m.waiting) > 0 {
		m.t.Fatalf("%d requests were never answered: %v", len(m.waiting), m.waiting)
	}
	for _, id := range m.c.groups.sorted() {
		if g := m.c.groups.byID[id]; g.state != Empty || !g.isEmpty() {
			m.t.Fatalf("group %s is %v with %d members, though all are gone", id, g.state, len(g.members))
		}
	}
}
