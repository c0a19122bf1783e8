package raft

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/mutants"
	"gregor/core/record"
	"gregor/core/seglog"
)

// leading is what a leader keeps besides its log.
type leading struct {
	active    bool       // the leadership is durable and its first record is appended
	began     env.Offset // where its epoch begins
	high      env.Offset // the high watermark of this leadership, or noOffset
	voters    []progress // by voter
	observers []progress // sorted by node
	granting  []int      // voters that elected it
	quorumDue env.Instant
	heard     []bool // by voter: has fetched since the check of the quorum began
}

const noOffset env.Offset = -1

// progress is how far a replica's log reaches, as its fetches say.
type progress struct {
	id      env.NodeID
	dir     env.UUID
	end     env.Offset // noOffset: it has not fetched
	fetched env.Instant
	begun   env.Instant // when a voter last knew of the leadership
	told    env.Instant // when it was last asked to know

	fetchedWall  env.WallMillis // for DescribeQuorum, -1 if never
	caughtUpWall env.WallMillis
	leaderEnd    env.Offset     // the leader's end at the fetch before
	leaderWall   env.WallMillis // and when that was
}

// maxObservers bounds how many observers a leader remembers, observerExpiryMs for how long; Kafka's five minutes.
const (
	maxObservers     = 1000
	observerExpiryMs = 300_000
)

const longAgo env.Instant = -1 << 62

// becomeLeader wins the epoch. Nothing is appended before that is durable: a restart must find that the epoch was
// led, and not try to lead it again.
func (r *Replica) becomeLeader(now env.Now) {
	var granting []int
	for i, v := range r.votes {
		if v == granted {
			granting = append(granting, i)
		}
	}
	e := r.election
	e.leader = r.cfg.Node
	r.enter(now, Leader, e)
	r.retries = 0
	r.timer = env.Never
	r.startLeading(now, granting)
}

func (r *Replica) startLeading(now env.Now, granting []int) {
	r.lead = &leading{began: noOffset, high: noOffset, granting: granting, heard: make([]bool, len(r.cfg.Voters)),
		quorumDue: r.quorumDue(now)}
	for i := range r.cfg.Voters {
		r.lead.voters = append(r.lead.voters, progress{id: r.cfg.Voters[i].ID, end: noOffset, fetched: longAgo,
			begun: longAgo, told: longAgo, fetchedWall: -1, caughtUpWall: -1})
	}
	r.put(now, held{lead: true, epoch: r.election.epoch})
}

// beginLeading opens the epoch's log with the record that says who leads: records of older epochs are committed by
// committing it (KAFKA-12619).
func (r *Replica) beginLeading(now env.Now, epoch env.LeaderEpoch) {
	if r.role != Leader || r.election.epoch != epoch || r.lead.active {
		return
	}
	if !r.logReady() {
		panic(fmt.Sprintf("raft: node %d leads epoch %d while its log is %v; elections wait for the log", r.cfg.Node, epoch, r.log.State()))
	}
	r.tell(env.BecameQuorumLeader{Node: r.cfg.Node, Epoch: epoch})
	r.lead.active = true
	r.lead.began = r.end.End
	r.appendAsLeader(now, []record.Batch{r.leaderChange(now)})
}

// leaderChange is the control batch that opens an epoch.
func (r *Replica) leaderChange(now env.Now) record.Batch {
	m := kmsg.NewLeaderChangeMessage()
	if r.cfg.Voters[0].Directory != (env.UUID{}) {
		m.Version = 1
	}
	m.LeaderID = int32(r.cfg.Node)
	for i := range r.cfg.Voters {
		m.Voters = append(m.Voters, r.changeVoter(i))
	}
	for _, i := range r.lead.granting {
		m.GrantingVoters = append(m.GrantingVoters, r.changeVoter(i))
	}
	return controlBatch(now.Wall, record.LeaderChange, m.AppendTo(nil))
}

func (r *Replica) changeVoter(i int) kmsg.LeaderChangeMessageVoter {
	v := kmsg.NewLeaderChangeMessageVoter()
	v.VoterID, v.VoterDirectoryID = int32(r.cfg.Voters[i].ID), r.cfg.Voters[i].Directory
	return v
}

func controlBatch(ts env.WallMillis, t record.ControlType, value []byte) record.Batch {
	b := record.NewBuilder(record.Options{Control: true})
	b.Add(ts, record.ControlKey(t), value)
	return b.Build()
}

// stopLeading ends a leadership, whatever comes after.
func (r *Replica) stopLeading(next Role, epoch env.LeaderEpoch) {
	reason := fmt.Sprintf("%v in epoch %d", next, epoch)
	if next == Resigned {
		reason = r.resigning
	}
	r.tell(env.QuorumResigned{Node: r.cfg.Node, Epoch: r.election.epoch, Reason: reason})
	r.lead = nil
	r.failAsked()
}

// quorumDue is when a leader resigns unless a majority of the voters has fetched by then.
func (r *Replica) quorumDue(now env.Now) env.Instant {
	if len(r.cfg.Voters) == 1 || mutants.Enabled && mutants.On().NoCheckQuorum { // K4 (KAFKA-15489)
		return env.Never
	}
	return now.Mono.Add(ms(r.cfg.FetchTimeoutMs * 3 / 2))
}

// pollLeader advances what a leader does by itself.
func (r *Replica) pollLeader(now env.Now) {
	r.unwant()
	l := r.lead
	if r.state != Running {
		return
	}
	if now.Mono >= l.quorumDue {
		r.becomeResigned(now, "no majority of the voters has fetched")
		return
	}
	if !l.active {
		return
	}
	r.advanceHigh(now)
	for i := range l.voters {
		v := &l.voters[i]
		if v.id != r.cfg.Node && now.Mono >= v.beginDue(r) && r.ready(now, i) {
			v.told = now.Mono
			r.send(now, i, r.beginRequest(i))
		}
	}
}

// beginDue is when a voter that does not fetch is to be told again who leads.
func (p *progress) beginDue(r *Replica) env.Instant {
	if p.begun == longAgo && p.fetched == longAgo && p.told == longAgo {
		return longAgo
	}
	return max(p.fetched, p.told).Add(ms(max(r.cfg.FetchTimeoutMs/2, 1)))
}

func (l *leading) deadline(r *Replica) env.Instant {
	due := l.quorumDue
	if !l.active {
		return due
	}
	for i := range l.voters {
		if v := &l.voters[i]; v.id != r.cfg.Node && r.peers[i].tag == 0 {
			due = min(due, max(v.beginDue(r), r.peers[i].backoff))
		}
	}
	return due
}

// hear notes that a voter is there and follows.
func (l *leading) hear(now env.Now, r *Replica, voter int) {
	if r.cfg.Voters[voter].ID == r.cfg.Node {
		return
	}
	l.heard[voter] = true
	n := 1 // itself
	for _, h := range l.heard {
		if h {
			n++
		}
	}
	if n >= r.majority() {
		clear(l.heard)
		l.quorumDue = r.quorumDue(now)
	}
}

// noteFetch takes in that a replica holds everything below end, flushed.
func (l *leading) noteFetch(now env.Now, r *Replica, id env.NodeID, dir env.UUID, end env.Offset) {
	p := l.progressOf(now, r, id, dir)
	if p == nil {
		return
	}
	if end >= r.end.End {
		p.caughtUpWall = max(p.caughtUpWall, now.Wall)
	} else if p.leaderEnd > 0 && end >= p.leaderEnd {
		p.caughtUpWall = max(p.caughtUpWall, p.leaderWall)
	}
	p.leaderEnd, p.leaderWall = r.end.End, now.Wall
	p.end, p.dir, p.fetched, p.fetchedWall = end, dir, now.Mono, now.Wall
}

// progressOf is the entry of a voter or an observer; nil if there are too many of them.
func (l *leading) progressOf(now env.Now, r *Replica, id env.NodeID, dir env.UUID) *progress {
	if i := r.voterIndex(id, dir); i >= 0 {
		l.hear(now, r, i)
		return &l.voters[i]
	}
	if id < 0 {
		return nil
	}
	at, found := slices.BinarySearchFunc(l.observers, id, func(p progress, id env.NodeID) int { return int(p.id) - int(id) })
	if found {
		return &l.observers[at]
	}
	if len(l.observers) >= maxObservers {
		l.expireObservers(now)
		return nil // the next fetch finds room, if there is any now
	}
	l.observers = slices.Insert(l.observers, at, progress{id: id, end: noOffset, fetchedWall: -1, caughtUpWall: -1})
	return &l.observers[at]
}

func (l *leading) expireObservers(now env.Now) {
	l.observers = slices.DeleteFunc(l.observers, func(p progress) bool {
		return p.fetched.Add(ms(observerExpiryMs)) <= now.Mono
	})
}

// advanceHigh moves the high watermark to what a majority has flushed, if that reaches beyond the start of the
// leader's own epoch: what older epochs wrote may still be overwritten until a record of this one is committed.
func (r *Replica) advanceHigh(now env.Now) {
	l := r.lead
	ends := make([]env.Offset, 0, maxVoters)
	for i := range l.voters {
		end := l.voters[i].end
		if l.voters[i].id == r.cfg.Node {
			end = r.flushed
		}
		ends = append(ends, end)
	}
	slices.Sort(ends)
	to := ends[len(ends)-r.majority()]
	enough := to > l.began || mutants.Enabled && mutants.On().CommitPreviousEpoch && to >= l.began // K3 (KAFKA-12619)
	if !enough || to <= l.high {
		return
	}
	l.high = to
	r.raiseHigh(now, to)
}

// raiseHigh takes in that everything below to is committed.
func (r *Replica) raiseHigh(now env.Now, to env.Offset) {
	if to <= r.high {
		return
	}
	r.high = to
	r.log.SetHighWatermark(to)
	r.tell(env.QuorumHighWatermark{Node: r.cfg.Node, Epoch: r.election.epoch, Offset: to})
}

// successors are the other voters of a leader that resigns, those whose logs reach farthest first.
func (r *Replica) successors() []env.NodeID {
	if r.lead == nil {
		return nil
	}
	var others []progress
	for _, v := range r.lead.voters {
		if v.id != r.cfg.Node {
			others = append(others, v)
		}
	}
	slices.SortStableFunc(others, func(a, b progress) int { return int(min(max(b.end-a.end, -1), 1)) })
	ids := make([]env.NodeID, len(others))
	for i := range others {
		ids[i] = others[i].id
	}
	return ids
}

// beginRequest tells the i-th voter who leads.
func (r *Replica) beginRequest(i int) *kmsg.BeginQuorumEpochRequest {
	req := kmsg.NewPtrBeginQuorumEpochRequest()
	req.Version = 1
	req.ClusterID = r.clusterID()
	req.VoterID = int32(r.cfg.Voters[i].ID)
	p := kmsg.NewBeginQuorumEpochRequestTopicPartition()
	p.VoterDirectoryID = r.cfg.Voters[i].Directory
	p.LeaderID, p.LeaderEpoch = int32(r.cfg.Node), int32(r.election.epoch)
	t := kmsg.NewBeginQuorumEpochRequestTopic()
	t.Topic, t.Partitions = Partition.Topic, []kmsg.BeginQuorumEpochRequestTopicPartition{p}
	req.Topics = []kmsg.BeginQuorumEpochRequestTopic{t}
	me := &r.cfg.Voters[r.indexOf(r.cfg.Node)]
	e := kmsg.NewBeginQuorumEpochRequestLeaderEndpoint()
	e.Name, e.Host, e.Port = r.cfg.Listener, me.Host, me.Port
	req.LeaderEndpoints = append(req.LeaderEndpoints, e)
	return req
}

// asked is an Append that waits for its commit.
type asked struct {
	token uint64
	last  env.Offset
}

// maxAsked bounds the appends that wait for their commit.
const maxAsked = 1 << 16

// Append appends the owner's batches to the log, if this node leads epoch: as one write, in order, with offsets and
// epoch stamped in. The batches are the replica's from then on. The error is NOT_CONTROLLER's code if it does not
// lead that epoch (any more, or yet). The outcome is told once with Owner.HandleAppended, after this call.
func (r *Replica) Append(now env.Now, epoch env.LeaderEpoch, batches []record.Batch, token uint64) (base, last env.Offset, err *seglog.Error) {
	r.step(now, func() {
		switch {
		case r.state != Running || r.role != Leader || !r.lead.active || r.election.epoch != epoch:
			err = &seglog.Error{Code: codeNotController, Text: fmt.Sprintf("node %d does not lead epoch %d", r.cfg.Node, epoch)}
		case len(batches) == 0 || len(r.asked) >= maxAsked:
			err = &seglog.Error{Code: codeUnknownServerError, Text: fmt.Sprintf("%d batches, %d appends wait", len(batches), len(r.asked))}
		default:
			base, last, err = r.appendAsLeader(now, batches)
			if err == nil {
				r.asked = append(r.asked, asked{token, last})
			}
		}
	})
	return base, last, err
}

func (r *Replica) appendAsLeader(now env.Now, batches []record.Batch) (base, last env.Offset, err *seglog.Error) {
	res, err := r.log.Append(now, seglog.Append{Batch: batches[0], More: batches[1:], Origin: seglog.Leader, Epoch: r.election.epoch})
	if err != nil {
		return 0, 0, err
	}
	for _, b := range batches {
		r.tail.push(b)
	}
	r.end = SnapshotID{res.Last + 1, r.election.epoch}
	return res.Base, res.Last, nil
}

// failAsked tells the owner that nobody knows what becomes of its appends.
func (r *Replica) failAsked() {
	failed := r.asked
	r.asked = nil
	for _, a := range failed {
		r.owner.HandleAppended(a.token, a.last, codeNotController)
	}
}

// Resign gives up the leadership of epoch, if the node has it.
func (r *Replica) Resign(now env.Now, epoch env.LeaderEpoch) {
	r.step(now, func() {
		if r.state == Running && r.role == Leader && r.election.epoch == epoch && len(r.cfg.Voters) > 1 {
			r.becomeResigned(now, "the node asked for it")
		}
	})
}
