package client

import (
	"slices"
	"time"

	"gregor/core/assignor"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// poll is the group's part of the application's poll.
func (g *group) poll(now env.Now) {
	g.polledAt = now.Mono
	if !g.subscribe {
		return
	}
	if g.state == completing {
		g.complete(now)
	}
	if g.state == stable && g.topicsChanged() {
		g.rejoin = true
	}
	if g.state != unjoined && !(g.state == stable && g.rejoin) {
		return
	}
	if !g.prepared && !g.prepare(now) {
		return
	}
	if now.Mono < g.joinAt {
		g.c.wakeAt(g.joinAt)
		return
	}
	if g.reachable(now) {
		g.join(now)
	}
}

// cooperative reports whether partitions may be kept over a rebalance: every assignor offered must allow it.
func (g *group) cooperative() bool {
	return !slices.ContainsFunc(g.c.cfg.Assignors, func(a string) bool { return a != "cooperative-sticky" })
}

// prepare gives up what has to be given up before a join: everything by the eager protocol, nothing by the
// cooperative one, and everything, without a commit, if the membership was lost. It reports whether that is done.
func (g *group) prepare(now env.Now) bool {
	c := g.c
	if g.lost {
		g.revoke(g.owned, true)
		g.lost, g.prepared, g.goodbye = false, true, nil
		return true
	}
	if g.goodbye == nil && c.cfg.AutoCommit && len(g.owned) > 0 {
		g.goodbye = c.beginCommit(now, c.consumed(), true, true)
		for _, r := range c.readers {
			r.leaving = !g.cooperative() // what is given out from here on would not be committed
		}
		c.pushCommits(now)
	}
	if g.goodbye != nil && !g.goodbye.ended {
		return false
	}
	g.goodbye = nil
	g.kept, g.keptGeneration = slices.Clone(g.owned), g.ownedGeneration
	if !g.cooperative() {
		g.revoke(g.owned, false)
	}
	g.prepared = true
	return true
}

// revoke takes partitions from the application.
func (g *group) revoke(tps []kafka.TopicPartition, lost bool) {
	if len(tps) == 0 {
		return
	}
	tps = slices.Clone(tps)
	g.c.w.Emit(env.PartitionsRevoked{Client: g.c.cfg.ClientID, Group: g.c.cfg.Group, Member: g.ownedMember,
		Generation: g.ownedGeneration, Partitions: tps, Lost: lost})
	g.owned = slices.DeleteFunc(g.owned, func(tp kafka.TopicPartition) bool { return slices.Contains(tps, tp) })
	g.c.shut(tps)
}

func (g *group) join(now env.Now) {
	req := kmsg.NewPtrJoinGroupRequest()
	req.Group, req.MemberID, req.InstanceID = g.c.cfg.Group, g.memberID, g.instance()
	req.SessionTimeoutMillis = int32(g.c.cfg.SessionTimeout / time.Millisecond)
	req.RebalanceTimeoutMillis = int32(g.c.cfg.MaxPollInterval / time.Millisecond)
	req.ProtocolType = "consumer"
	topics := slices.Compact(slices.Sorted(slices.Values(g.c.cfg.Topics)))
	for _, name := range g.c.cfg.Assignors {
		p := kmsg.NewJoinGroupRequestProtocol()
		p.Name = name
		p.Metadata = assignor.EncodeSubscription(name, topics, g.owned, g.kept, g.keptGeneration)
		req.Protocols = append(req.Protocols, p)
	}
	g.state, g.rejoin = joining, false
	g.c.net.send(now, g.peer(), req, -1, g.timeout(), joinAsk{})
}

func (g *group) joined(now env.Now, r result) {
	if g.state != joining {
		return // the membership was given up meanwhile
	}
	code := kafka.NetworkException
	resp, _ := r.resp.(*kmsg.JoinGroupResponse)
	if resp != nil {
		code = kafka.ErrorCode(resp.ErrorCode)
	}
	g.heard(now, r, code)
	g.state = unjoined
	switch code {
	case kafka.None:
		g.entered(now, resp)
	case kafka.MemberIDRequired:
		g.memberID = resp.MemberID
		g.rejoin = true
	case kafka.UnknownMemberID, kafka.IllegalGeneration:
		g.expelled(code)
	case kafka.CoordinatorLoadInProgress, kafka.CoordinatorNotAvailable, kafka.NotCoordinator, kafka.RebalanceInProgress,
		kafka.NetworkException, kafka.RequestTimedOut,
		kafka.UnknownServerError:
		g.joinLater(now)
	default:
		g.c.fail("JoinGroup: %v", pick(r.err == errUnsupported, errUnsupported, error(code)))
	}
}

func (g *group) joinLater(now env.Now) {
	g.state, g.rejoin = unjoined, true
	g.failures++
	g.joinAt = now.Mono.Add(g.c.backoff(g.failures))
}

func (g *group) entered(now env.Now, resp *kmsg.JoinGroupResponse) {
	g.failures = 0
	if resp.MemberID != g.memberID || resp.Generation != g.generation {
		g.seen = nil
	}
	g.memberID, g.generation, g.protocol = resp.MemberID, resp.Generation, ""
	if resp.Protocol != nil {
		g.protocol = *resp.Protocol
	}
	g.beatSent, g.beatHeard = now.Mono, now.Mono
	g.members, g.skip = nil, resp.SkipAssignment
	if resp.LeaderID != g.memberID || g.skip {
		g.seen = nil
		g.sync(now, nil)
		return
	}
	g.state, g.members = assigning, resp.Members
	for i := range g.members {
		for _, t := range g.subscription(&g.members[i]).Topics {
			g.c.net.meta.add(t)
		}
	}
	g.share(now)
}

func (g *group) subscription(m *kmsg.JoinGroupResponseMember) assignor.Member {
	instance := ""
	if m.InstanceID != nil {
		instance = *m.InstanceID
	}
	return assignor.DecodeSubscription(g.protocol, m.MemberID, instance, m.ProtocolMetadata)
}

// share assigns as the leader, once every topic anybody reads has been looked up.
func (g *group) share(now env.Now) {
	members := make([]assignor.Member, len(g.members))
	var wanted []string
	for i := range g.members {
		members[i] = g.subscription(&g.members[i])
		wanted = append(wanted, members[i].Topics...)
	}
	slices.Sort(wanted)
	wanted = slices.Compact(wanted)
	for _, t := range wanted {
		if g.c.net.meta.info[t] == nil {
			return // metadata is on its way, and steps
		}
	}
	sizes := g.sizes(wanted)
	if g.seen == nil { // else it shares again in one generation, and the coordinator may have the earlier assignment
		g.seen = sizes
	}
	var out []kmsg.SyncGroupRequestGroupAssignment
	for i, tps := range assignor.Assign(g.protocol, members, sizes) {
		a := kmsg.NewSyncGroupRequestGroupAssignment()
		a.MemberID, a.MemberAssignment = members[i].ID, assignor.EncodeAssignment(tps)
		out = append(out, a)
	}
	g.members = nil
	g.sync(now, out)
}

func (g *group) sizes(topics []string) []assignor.Topic {
	out := make([]assignor.Topic, len(topics))
	for i, t := range topics {
		out[i].Name = t
		if info := g.c.net.meta.topic(t); info != nil {
			out[i].Partitions = len(info.partitions)
		}
	}
	return out
}

// topicsChanged reports whether the leader must reassign because topics grew, came or went.
func (g *group) topicsChanged() bool {
	return slices.ContainsFunc(g.seen, func(t assignor.Topic) bool {
		info := g.c.net.meta.info[t.Name]
		if info == nil || info.code != kafka.None && info.code != kafka.UnknownTopicOrPartition {
			return false // no news
		}
		return len(info.partitions) != t.Partitions
	})
}

func (g *group) sync(now env.Now, assignments []kmsg.SyncGroupRequestGroupAssignment) {
	req := kmsg.NewPtrSyncGroupRequest()
	req.Group, req.Generation, req.MemberID, req.InstanceID = g.c.cfg.Group, g.generation, g.memberID, g.instance()
	req.ProtocolType, req.Protocol = kmsg.StringPtr("consumer"), kmsg.StringPtr(g.protocol)
	req.GroupAssignment = assignments
	if !g.reachable(now) {
		g.joinLater(now)
		return
	}
	g.state = syncing
	g.c.net.send(now, g.peer(), req, -1, g.timeout(), syncAsk{g.generation})
}

func (g *group) synced(now env.Now, r result, ask syncAsk) {
	if g.state != syncing || ask.generation != g.generation {
		return
	}
	code := kafka.NetworkException
	resp, _ := r.resp.(*kmsg.SyncGroupResponse)
	if resp != nil {
		code = kafka.ErrorCode(resp.ErrorCode)
	}
	g.heard(now, r, code)
	switch code {
	case kafka.None:
		g.assigned(resp.MemberAssignment)
	case kafka.RebalanceInProgress:
		g.state, g.rejoin = unjoined, true
	case kafka.UnknownMemberID, kafka.IllegalGeneration:
		g.expelled(code)
	case kafka.CoordinatorNotAvailable, kafka.NotCoordinator, kafka.CoordinatorLoadInProgress, kafka.NetworkException,
		kafka.RequestTimedOut, kafka.UnknownServerError:
		g.joinLater(now)
	default:
		g.c.fail("SyncGroup: %s", code)
	}
}

func (g *group) assigned(raw []byte) {
	given, err := assignor.DecodeAssignment(raw)
	if err != nil {
		g.c.fail("the leader's assignment is unreadable: %v", err)
		return
	}
	g.given, g.state = given, completing
}

// complete hands the assignment to the application, inside its poll. By the cooperative protocol it first gives
// up what others are to get, and then joins once more so that they get it.
func (g *group) complete(now env.Now) {
	without := func(all, some []kafka.TopicPartition) []kafka.TopicPartition {
		return slices.DeleteFunc(slices.Clone(all), func(tp kafka.TopicPartition) bool {
			_, found := slices.BinarySearchFunc(some, tp, kafka.TopicPartition.Compare)
			return found
		})
	}
	gone, added := without(g.owned, g.given), without(g.given, g.owned)
	g.state, g.prepared = stable, false
	if len(gone) > 0 {
		g.rejoin = true
		g.revoke(gone, false)
	}
	g.ownedGeneration, g.ownedMember = g.generation, g.memberID
	g.owned = append(g.owned, added...)
	slices.SortFunc(g.owned, kafka.TopicPartition.Compare)
	g.c.w.Emit(env.PartitionsAssigned{Client: g.c.cfg.ClientID, Group: g.c.cfg.Group, Member: g.memberID,
		Generation: g.generation, Partitions: added})
	for _, tp := range added {
		g.c.open(now, tp, -1)
	}
	for _, r := range g.c.readers {
		r.leaving = false
	}
	g.c.autoAt = now.Mono.Add(g.c.cfg.AutoCommitInterval)
}
