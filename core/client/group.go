package client

import (
	"fmt"
	"time"

	"gregor/core/assignor"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// memberState is how far a member has come into its group's current generation.
type memberState uint8

const (
	unjoined   memberState = iota
	joining                // JoinGroup is on its way
	assigning              // leads, and waits for metadata to share out partitions
	syncing                // SyncGroup is on its way
	completing             // has its assignment; the application takes it at its next poll
	stable
)

// group is a consumer's membership in its group, by the classic protocol. Without a subscription it only finds the
// coordinator, for commits.
//
// As in the Java client, two threads' worth of things happen: heartbeats and answers at any time, but whatever the
// application must see (giving up and taking partitions) and the decision to join only inside its polls.
//
//tidy:size a member as the protocol has it: the generation, the assignment and what is under way
type group struct {
	c         *Consumer
	subscribe bool

	coordinator  int32 // -1: not known
	finding      bool
	findAt       env.Instant
	findFailures int

	state      memberState
	memberID   string
	generation int32
	protocol   string
	rejoin     bool // the next poll joins
	prepared   bool // what must be given up before joining has been
	lost       bool // the membership is gone: partitions are lost, not revoked
	goodbye    *commit
	joinAt     env.Instant
	failures   int
	members    []kmsg.JoinGroupResponseMember // while assigning
	skip       bool                           // the assignment is to be left as it is (KIP-814)
	given      []kafka.TopicPartition         // while completing
	seen       []assignor.Topic               // partitions when the leader last assigned

	owned           []kafka.TopicPartition // what the application has, sorted
	kept            []kafka.TopicPartition // what it had at the end of the last generation
	ownedGeneration int32
	ownedMember     string
	keptGeneration  int32

	beatSent  env.Instant
	beatHeard env.Instant
	beating   bool
	polledAt  env.Instant
}

type (
	findAsk  struct{}
	joinAsk  struct{}
	syncAsk  struct{ generation int32 }
	beatAsk  struct{ generation int32 }
	leaveAsk struct{}
)

func newGroup(c *Consumer) *group {
	return &group{c: c, subscribe: len(c.cfg.Topics) > 0, coordinator: -1, generation: -1, ownedGeneration: -1,
		keptGeneration: -1}
}

func (g *group) peer() peer { return peer{g.coordinator, groupLane} }

// reachable reports whether a request can be sent to the coordinator now.
func (g *group) reachable(now env.Now) bool {
	return g.coordinator >= 0 && g.c.net.ready(now, g.peer())
}

// mayCommit reports whether the member's state allows a commit.
func (g *group) mayCommit() bool { return !g.subscribe || g.state == stable }

func (g *group) instance() *string {
	if g.c.cfg.Instance == "" {
		return nil
	}
	return &g.c.cfg.Instance
}

// background does what the application's thread is not needed for.
func (g *group) background(now env.Now) {
	g.find(now)
	if !g.subscribe {
		return
	}
	if g.state == assigning {
		g.share(now)
	}
	g.checkPolls(now)
	g.beat(now)
}

// find looks for the coordinator while it is not known.
func (g *group) find(now env.Now) {
	if g.coordinator >= 0 || g.finding || g.c.finished {
		return
	}
	if now.Mono < g.findAt {
		g.c.wakeAt(g.findAt)
		return
	}
	to, ok := g.c.net.least(now, groupLane)
	if !ok {
		return
	}
	req := kmsg.NewPtrFindCoordinatorRequest()
	req.CoordinatorKey, req.CoordinatorKeys = g.c.cfg.Group, []string{g.c.cfg.Group}
	g.finding = true
	g.c.net.send(now, to, req, -1, g.c.cfg.RequestTimeout, findAsk{})
}

func (g *group) found(now env.Now, r result) {
	g.finding = false
	code, id, host, port := kafka.NetworkException, int32(-1), "", int32(0)
	if r.err == nil {
		resp := r.resp.(*kmsg.FindCoordinatorResponse)
		code, id, host, port = kafka.ErrorCode(resp.ErrorCode), resp.NodeID, resp.Host, resp.Port
		if len(resp.Coordinators) > 0 {
			k := &resp.Coordinators[0]
			code, id, host, port = kafka.ErrorCode(k.ErrorCode), k.NodeID, k.Host, k.Port
		}
	}
	switch {
	case code == kafka.None && id >= 0:
		g.coordinator, g.findFailures = id, 0
		g.c.net.meta.meet(id, fmt.Sprintf("%s:%d", host, port))
		g.beatHeard = now.Mono // the session's clock starts again with a new coordinator
	case code == kafka.GroupAuthorizationFailed || r.err == errUnsupported:
		g.c.fail("FindCoordinator: %s", code)
	default:
		g.findFailures++
		g.findAt = now.Mono.Add(g.c.backoff(g.findFailures))
	}
}

// forget gives up the coordinator; it will be looked for again.
func (g *group) forget(now env.Now) {
	if g.coordinator < 0 {
		return
	}
	g.coordinator, g.findFailures = -1, g.findFailures+1
	g.findAt = now.Mono.Add(g.c.backoff(g.findFailures))
}

// heard handles the errors of a response that concern the coordinator itself.
func (g *group) heard(now env.Now, r result, code kafka.ErrorCode) {
	gone := code == kafka.NotCoordinator || code == kafka.CoordinatorNotAvailable || code == kafka.RequestTimedOut
	if r.err != nil && r.err != errUnsupported || gone {
		g.forget(now)
	}
}

// commitAnswered takes what a commit's answer says about the membership.
func (g *group) commitAnswered(now env.Now, r result, code kafka.ErrorCode) {
	g.heard(now, r, code)
	switch code {
	case kafka.RebalanceInProgress:
		g.rejoin = true
	case kafka.IllegalGeneration, kafka.UnknownMemberID:
		g.expelled(code)
	case kafka.FencedInstanceID:
		g.lost = true // another member has the instance id, and the partitions
		g.c.fail("OffsetCommit: %s", code)
	}
}

// expelled starts over as a new member. The partitions are lost at the next poll.
func (g *group) expelled(code kafka.ErrorCode) {
	if !g.subscribe {
		return
	}
	if code == kafka.UnknownMemberID {
		g.memberID = "" // with ILLEGAL_GENERATION the id still stands
	}
	g.generation, g.state = -1, unjoined
	g.rejoin, g.prepared, g.lost = true, false, true
	g.members, g.given = nil, nil
}

// checkPolls leaves the group if the application has not polled for too long: others shall get its partitions.
func (g *group) checkPolls(now env.Now) {
	limit := g.polledAt.Add(g.c.cfg.MaxPollInterval)
	switch {
	case g.state == unjoined || g.c.app.phase == appPolling || g.c.app.phase == appClosing:
	case now.Mono < limit:
		g.c.wakeAt(limit)
	default:
		g.c.net.say(env.Warn, "leaves the group: no poll for max.poll.interval.ms=%d", g.c.cfg.MaxPollInterval.Milliseconds())
		g.leave(now, "consumer poll timeout has expired.")
		g.expelled(kafka.UnknownMemberID)
	}
}

// beat sends heartbeats, and gives up a coordinator that has been silent for a session.
func (g *group) beat(now env.Now) {
	if g.state != syncing && g.state != completing && g.state != stable && g.state != assigning {
		return
	}
	if silent := g.beatHeard.Add(g.c.cfg.SessionTimeout); silent <= now.Mono {
		g.forget(now)
		g.beatHeard = now.Mono
	} else {
		g.c.wakeAt(silent)
	}
	due := g.beatSent.Add(g.c.cfg.HeartbeatInterval)
	switch {
	case g.beating:
	case now.Mono < due:
		g.c.wakeAt(due)
	case g.reachable(now):
		g.sendBeat(now)
	}
}

func (g *group) sendBeat(now env.Now) {
	req := kmsg.NewPtrHeartbeatRequest()
	req.Group, req.Generation, req.MemberID, req.InstanceID = g.c.cfg.Group, g.generation, g.memberID, g.instance()
	g.beating, g.beatSent = true, now.Mono
	g.c.net.send(now, g.peer(), req, -1, g.c.cfg.RequestTimeout, beatAsk{g.generation})
}

func (g *group) beaten(now env.Now, r result, ask beatAsk) {
	g.beating = false
	code := kafka.NetworkException
	if r.err == nil {
		code = kafka.ErrorCode(r.resp.(*kmsg.HeartbeatResponse).ErrorCode)
	}
	g.heard(now, r, code)
	if ask.generation != g.generation {
		return // of a membership that is over
	}
	switch code {
	case kafka.None:
		g.beatHeard = now.Mono
	case kafka.RebalanceInProgress:
		g.beatHeard = now.Mono
		g.rejoin = g.rejoin || g.state == stable
	case kafka.IllegalGeneration, kafka.UnknownMemberID:
		g.expelled(code)
	case kafka.FencedInstanceID, kafka.GroupAuthorizationFailed:
		g.lost = code == kafka.FencedInstanceID
		g.c.fail("Heartbeat: %s", code)
	}
}

// leave sends LeaveGroup for a dynamic member. A static one only stops.
func (g *group) leave(now env.Now, reason string) bool {
	if g.memberID == "" || g.instance() != nil || !g.reachable(now) {
		return false
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group, req.MemberID = g.c.cfg.Group, g.memberID
	m := kmsg.NewLeaveGroupRequestMember()
	m.MemberID, m.Reason = g.memberID, kmsg.StringPtr(reason)
	req.Members = append(req.Members, m)
	g.c.net.send(now, g.peer(), req, -1, g.c.cfg.RequestTimeout, leaveAsk{})
	return true
}

// timeout is how long a JoinGroup may be held by the coordinator.
func (g *group) timeout() time.Duration {
	return max(g.c.cfg.RequestTimeout, g.c.cfg.MaxPollInterval+5*time.Second)
}
