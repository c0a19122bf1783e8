package raft

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/mutants"
	"gregor/core/quorum"
	"gregor/core/record"
)

// leading is what a leader keeps besides its log: how far the voters and observers have come, and whether a majority of
// the voters still fetches.
type leading struct {
	cfg       *Config
	active    bool         // the leadership is durable and its first record is appended
	began     kafka.Offset // where its epoch begins
	high      kafka.Offset // the high watermark of this leadership, or noOffset
	voters    []progress   // by voter
	observers []progress   // sorted by node
	granting  []int        // voters that elected it
	quorumDue env.Instant
	fetching  quorum.Tally // by voter: has fetched since the check of the quorum began
}

const noOffset = kafka.NoOffset

// progress is how far a replica's log reaches, as its fetches say.
type progress struct {
	id      kafka.NodeID
	dir     kafka.UUID
	end     kafka.Offset // noOffset: it has not fetched
	fetched env.Instant
	begun   env.Instant                // when a voter last acknowledged the leadership
	asked   env.Instant                // when BeginQuorumEpoch was sent to it last
	lag     insync.Lag[env.WallMillis] // for DescribeQuorum
}

// maxObservers bounds how many observers a leader remembers, observerExpiryMs for how long; Kafka's five minutes.
const (
	maxObservers     = 1000
	observerExpiryMs = 300_000
)

const longAgo env.Instant = -1 << 62

// newLeading begins a leadership that these voters have granted.
func newLeading(cfg *Config, now env.Now, granting []int) *leading {
	l := &leading{cfg: cfg, began: noOffset, high: noOffset, granting: granting,
		fetching: make(quorum.Tally, len(cfg.Voters))}
	l.startQuorumCheck(now)
	for i := range cfg.Voters {
		p := newProgress(cfg.Voters[i].ID)
		p.fetched, p.begun, p.asked = longAgo, longAgo, longAgo
		l.voters = append(l.voters, p)
	}
	return l
}

func newProgress(id kafka.NodeID) progress {
	return progress{id: id, end: noOffset, lag: insync.Lag[env.WallMillis]{CaughtUp: -1, Fetched: -1, LeaderEnd: -1}}
}

// startQuorumCheck gives a majority of the voters until quorumDue to fetch; else the leader resigns.
func (l *leading) startQuorumCheck(now env.Now) {
	clear(l.fetching)
	if me := l.cfg.indexOf(l.cfg.Node); me >= 0 {
		l.fetching[me] = quorum.Granted
	}
	if l.cfg.isAlone() || mutants.Enabled && mutants.On().NoCheckQuorum { // K4 (KAFKA-15489)
		l.quorumDue = env.Never
		return
	}
	l.quorumDue = now.Mono.Add(ms(l.cfg.FetchTimeoutMs * 3 / 2))
}

// noteVoter notes that a voter is alive and follows.
func (l *leading) noteVoter(now env.Now, voter int) {
	if l.cfg.Voters[voter].ID == l.cfg.Node {
		return
	}
	l.fetching[voter] = quorum.Granted
	if l.fetching.Outcome() == quorum.Won {
		l.startQuorumCheck(now)
	}
}

// beginDue is when BeginQuorumEpoch is to be sent to a voter that does not fetch.
func (p *progress) beginDue(cfg *Config) env.Instant {
	if p.begun == longAgo && p.fetched == longAgo && p.asked == longAgo {
		return longAgo
	}
	return max(p.fetched, p.asked).Add(ms(max(cfg.FetchTimeoutMs/2, 1)))
}

// deadline is when the leader has something to do.
func (l *leading) deadline(p *peers) env.Instant {
	due := l.quorumDue
	if !l.active {
		return due
	}
	for i := range l.voters {
		if v := &l.voters[i]; v.id != l.cfg.Node && p.list[i].tag == 0 {
			due = min(due, max(v.beginDue(l.cfg), p.list[i].backoff))
		}
	}
	return due
}

// noteFetch notes that a replica holds everything below end, flushed.
func (l *leading) noteFetch(now env.Now, id kafka.NodeID, dir kafka.UUID, end, leaderEnd kafka.Offset) {
	p := l.progressOf(now, id, dir)
	if p == nil {
		return
	}
	must.AtLeast("raft: leader's log end", leaderEnd, "offset of the fetch", end, id,
		"was a diverging follower not refused?")
	p.lag.Note(now.Wall, end, leaderEnd)
	p.end, p.dir, p.fetched = end, dir, now.Mono
}

// progressOf is the entry of a voter or an observer; nil if there are too many of them.
func (l *leading) progressOf(now env.Now, id kafka.NodeID, dir kafka.UUID) *progress {
	if i := l.cfg.voterIndex(id, dir); i >= 0 {
		l.noteVoter(now, i)
		return &l.voters[i]
	}
	if id < 0 {
		return nil
	}
	at, found := slices.BinarySearchFunc(l.observers, id, func(p progress,
		id kafka.NodeID) int {
		return int(p.id) - int(id)
	})
	if found {
		return &l.observers[at]
	}
	if len(l.observers) >= maxObservers {
		l.expireObservers(now)
		return nil // the next fetch finds room, if there is any now
	}
	l.observers = slices.Insert(l.observers, at, newProgress(id))
	return &l.observers[at]
}

func (l *leading) expireObservers(now env.Now) {
	l.observers = slices.DeleteFunc(l.observers, func(p progress) bool {
		return p.fetched.Add(ms(observerExpiryMs)) <= now.Mono
	})
}

// commit returns the high watermark if it has moved: to what a majority has flushed, if that reaches beyond the start
// of the leader's own epoch. What older epochs wrote may still be overwritten until a record of this one is committed.
func (l *leading) commit(flushed kafka.Offset) (to kafka.Offset, moved bool) {
	ends := make([]kafka.Offset, 0, maxVoters)
	for i := range l.voters {
		end := l.voters[i].end
		if l.voters[i].id == l.cfg.Node {
			end = flushed
		}
		ends = append(ends, end)
	}
	to = quorum.Reached(ends)
	enough := to > l.began || mutants.Enabled && mutants.On().CommitPreviousEpoch && to >= l.began // K3 (KAFKA-12619)
	if !enough || to <= l.high {
		return l.high, false
	}
	l.high = to
	return to, true
}

// successors are the other voters, those whose logs reach farthest first. Before a leadership there are none.
func (l *leading) successors() []kafka.NodeID {
	if l == nil {
		return nil
	}
	var others []progress
	for _, v := range l.voters {
		if v.id != l.cfg.Node {
			others = append(others, v)
		}
	}
	slices.SortStableFunc(others, func(a, b progress) int { return int(min(max(b.end-a.end, -1), 1)) })
	ids := make([]kafka.NodeID, len(others))
	for i := range others {
		ids[i] = others[i].id
	}
	return ids
}

// change is the control batch that opens an epoch.
func (l *leading) change(now env.Now) record.Batch {
	m := kmsg.NewLeaderChangeMessage()
	if l.cfg.Voters[0].Directory != (kafka.UUID{}) {
		m.Version = 1
	}
	m.LeaderID = int32(l.cfg.Node)
	for i := range l.cfg.Voters {
		m.Voters = append(m.Voters, changeVoter(&l.cfg.Voters[i]))
	}
	for _, i := range l.granting {
		m.GrantingVoters = append(m.GrantingVoters, changeVoter(&l.cfg.Voters[i]))
	}
	return controlBatch(now.Wall, record.LeaderChange, m.AppendTo(nil))
}

func changeVoter(voter *Voter) kmsg.LeaderChangeMessageVoter {
	v := kmsg.NewLeaderChangeMessageVoter()
	v.VoterID, v.VoterDirectoryID = int32(voter.ID), voter.Directory
	return v
}

func controlBatch(ts env.WallMillis, t record.ControlType, value []byte) record.Batch {
	b := record.NewBuilder(record.Options{Control: true})
	b.Add(ts, record.ControlKey(t), value)
	return b.Build()
}
