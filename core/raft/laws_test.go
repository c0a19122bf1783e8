package raft

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/record"
	"gregor/core/seglog"
)

// laws are what must hold after every event, whatever happens. Their names are those of Kafka's own simulation
// (RaftEventSimulationTest) where it has one.
type laws struct {
	c      *cluster
	broken *breach
	ignore string // laws that a story leaves to the others

	leaders map[kafka.LeaderEpoch]kafka.NodeID // SingleLeader
	votes   map[voteKey]kafka.NodeID
	entries map[entryKey]entry                 // log matching
	commits map[kafka.Offset]entry             // by base offset
	order   []kafka.Offset                     // of commits, ascending
	digests map[kafka.Offset]uint64            // of the state after all below
	tokens  map[uint64]kafka.Offset            // appended and acknowledged
	logs    map[kafka.NodeID][]entry           // what each node's log holds, as its facts say
	lives   map[kafka.NodeID]*lifeSeen         // of the present process
	epochs  map[kafka.NodeID]kafka.LeaderEpoch // newest that a node has emitted in a durable fact
	elected int
}

type breach struct{ law, text string }

type voteKey struct {
	dir   kafka.UUID
	epoch kafka.LeaderEpoch
}

type entryKey struct {
	base  kafka.Offset
	epoch kafka.LeaderEpoch
}

type entry struct {
	base, last kafka.Offset
	epoch      kafka.LeaderEpoch
	crc        uint32
	before     kafka.LeaderEpoch // of the entry before it
}

type lifeSeen struct {
	epoch   kafka.LeaderEpoch
	high    kafka.Offset
	running bool
}

func newLaws(c *cluster) *laws {
	return &laws{c: c, leaders: map[kafka.LeaderEpoch]kafka.NodeID{}, votes: map[voteKey]kafka.NodeID{},
		entries: map[entryKey]entry{},
		commits: map[kafka.Offset]entry{}, digests: map[kafka.Offset]uint64{}, tokens: map[uint64]kafka.Offset{},
		logs: map[kafka.NodeID][]entry{}, lives: map[kafka.NodeID]*lifeSeen{}, epochs: map[kafka.NodeID]kafka.LeaderEpoch{}}
}

func (l *laws) breach(law, format string, args ...any) {
	if l.broken == nil && !strings.Contains(l.ignore, law) {
		l.broken = &breach{law, fmt.Sprintf(format, args...)}
		l.c.say("BROKEN %s: %s", law, l.broken.text)
	}
}

func (l *laws) born(m *machine) { l.lives[m.id] = &lifeSeen{} }

// wiped forgets what a disk held.
func (l *laws) wiped(m *machine) {
	delete(l.logs, m.id)
	delete(l.epochs, m.id)
	m.before, m.flushed = max(m.before, m.flushed), 0
}

func (l *laws) fact(m *machine, f env.Fact) {
	switch x := f.(type) {
	case env.BecameQuorumLeader:
		l.elected++
		if other, ok := l.leaders[x.Epoch]; ok {
			l.breach("SingleLeader", "node %d became leader of epoch %d, and node %d was", m.id, x.Epoch, other)
		}
		l.leaders[x.Epoch] = m.id
		m.ledFrom = l.c.now
		m.heard = map[kafka.NodeID]env.Instant{}
		l.durableEpoch(m, x.Epoch)
		l.leaderCompleteness(m, x.Epoch)
	case env.QuorumVoted:
		key := voteKey{m.dir, x.Epoch}
		if other, ok := l.votes[key]; ok && other != x.Candidate {
			l.breach("VoteOnce", "node %d voted for %d in epoch %d after it voted for %d", m.id, x.Candidate, x.Epoch, other)
		}
		l.votes[key] = x.Candidate
		l.durableEpoch(m, x.Epoch)
	case env.QuorumHighWatermark:
		if n := l.lives[m.id]; x.Offset <= n.high {
			l.breach("MonotonicHighWatermark", "node %d: %d after %d", m.id, x.Offset, n.high)
		} else {
			n.high = x.Offset
		}
		l.majorityReached(m, x.Offset)
		l.committedHeld(m, x.Offset)
	case env.QuorumAppended:
		l.appended(m, entry{x.Base, x.Last, x.Epoch, x.CRC, kafka.NoEpoch})
	case env.QuorumTruncated:
		l.truncated(m, x.To)
	case env.LogRecovered:
		l.recovered(m, x.Start, x.End)
	case env.GaveUp:
		l.breach("ReplicaFailed", "%s", x.Reason)
	}
}

func (l *laws) durableEpoch(m *machine, e kafka.LeaderEpoch) { l.epochs[m.id] = max(l.epochs[m.id], e) }

// majorityReached: what a leader calls committed survives a power cut on a majority of the voters.
func (l *laws) majorityReached(m *machine, high kafka.Offset) {
	if m.r.Role() != Leader {
		return
	}
	m.flushed = max(m.r.log.log.Flushed(), m.flushed)
	reached := 0
	for _, v := range l.c.voters {
		if n := l.c.node(v.ID); max(n.flushed, n.before) >= high {
			reached++
		}
	}
	if reached < len(l.c.voters)/2+1 {
		l.breach("MajorityReachedHighWatermark",
			"node %d calls all below %d committed; %d of %d voters have flushed it", m.id, high, reached, len(l.c.voters))
	}
}

// committedHeld: what the log holds below the high watermark is what was committed there.
func (l *laws) committedHeld(m *machine, high kafka.Offset) {
	for _, e := range l.logs[m.id] {
		if was, ok := l.commits[e.base]; ok && e.base < high && (e.crc != was.crc || e.epoch != was.epoch) {
			l.breach("CommittedHeld", "node %d calls all below %d committed and holds %+v, where %+v was committed",
				m.id, high, e, was)
			return
		}
	}
}

func (l *laws) appended(m *machine, e entry) {
	log := l.logs[m.id]
	if n := len(log); n > 0 {
		if e.base != log[n-1].last+1 {
			l.breach("LogMatching", "node %d appended %d after %d", m.id, e.base, log[n-1].last)
		}
		e.before = log[n-1].epoch
	} else if m.r != nil && e.base > 0 {
		e.before = m.r.snapshots.latest().Epoch
	}
	key := entryKey{e.base, e.epoch}
	if other, ok := l.entries[key]; ok && other != e {
		l.breach("LogMatching", "node %d has %+v where another log has, or had, %+v", m.id, e, other)
	}
	l.entries[key] = e
	l.logs[m.id] = append(log, e)
}

// truncated: what the node knows to be committed is never cut off.
func (l *laws) truncated(m *machine, to kafka.Offset) {
	log := l.logs[m.id]
	if n := l.lives[m.id]; to < n.high {
		l.breach("TruncationBelowHighWatermark",
			"node %d cuts its log to %d; it knows that all below %d is committed", m.id, to, n.high)
	}
	m.flushed = min(m.flushed, to)
	n := len(log)
	for n > 0 && log[n-1].last >= to {
		n--
	}
	if n > 0 && log[n-1].last+1 < to {
		n = 0 // it has been emptied and begins behind its old end
	}
	if m.r != nil && m.r.snapshots.latest().End == to && (n == 0 || log[n-1].epoch < m.r.snapshots.latest().Epoch) {
		n = 0 // it has made way for a snapshot
	}
	l.logs[m.id] = log[:n]
}

// recovered: a start finds what was flushed, and perhaps more.
func (l *laws) recovered(m *machine, start, end kafka.Offset) {
	if end < m.flushed {
		l.breach("FlushedSurvives", "node %d finds a log that ends at %d; it had flushed up to %d", m.id, end, m.flushed)
	}
	log := l.logs[m.id]
	n := len(log)
	for n > 0 && log[n-1].last >= end {
		n--
	}
	if n > 0 && log[n-1].last+1 < start {
		n = 0 // it has made way for a snapshot
	}
	l.logs[m.id] = log[:n]
}

// leaderCompleteness: a leader has everything that was ever committed.
func (l *laws) leaderCompleteness(m *machine, epoch kafka.LeaderEpoch) {
	log := l.logs[m.id]
	start := m.r.LogStart()
	end := m.r.LogEnd()
	at := map[kafka.Offset]entry{}
	for _, e := range log {
		at[e.base] = e
	}
	for _, base := range l.order {
		want := l.commits[base]
		if want.last < start {
			continue
		}
		got, ok := at[base]
		if base >= end || !ok && base >= start || ok && (got.crc != want.crc || got.epoch != want.epoch) {
			l.breach("LeaderCompleteness",
				"node %d leads epoch %d with a log [%d, %d) that has %+v where %+v was committed", m.id, epoch, start, end, got,
				want)
			return
		}
	}
}

// committed: all owners receive the same.
func (l *laws) committed(m *machine, b record.Batch) {
	e := entry{b.BaseOffset(), b.LastOffset(), b.LeaderEpoch(), b.CRC(), 0}
	other, ok := l.commits[e.base]
	if ok && other != e {
		l.breach("ConsistentCommittedData", "node %d received %+v, another %+v", m.id, e, other)
	}
	if !ok {
		if n := len(l.order); n > 0 && e.base <= l.order[n-1] {
			if _, found := slices.BinarySearch(l.order, e.base); !found {
				l.breach("ConsistentCommittedData", "node %d received a batch at %d, where others have none", m.id, e.base)
			}
		}
		l.order = append(l.order, e.base)
	}
	l.commits[e.base] = e
}

// digest: equal logs make equal states, with and without snapshots.
func (l *laws) digest(m *machine, at kafka.Offset, d uint64) {
	if other, ok := l.digests[at]; ok && other != d {
		l.breach("ConsistentCommittedData", "node %d has another state at offset %d than others had", m.id, at)
	}
	l.digests[at] = d
}

// acked: an owner has received the commit before the outcome of its append.
func (l *laws) acked(m *machine, token uint64, last kafka.Offset) {
	i, _ := slices.BinarySearch(l.order, last+1)
	if i == 0 || l.commits[l.order[i-1]].last < last {
		l.breach("AcknowledgedIsCommitted", "node %d: append %d at %d", m.id, token, last)
	}
	l.tokens[token] = last
}

// after checks a node when it has done a step.
func (l *laws) after(m *machine) {
	if m.r == nil || l.broken != nil {
		return
	}
	r, n := m.r, l.lives[m.id]
	if r.log.isOpen() && !r.log.cut && r.log.log.State() == seglog.Ready {
		m.flushed = max(m.flushed, r.log.log.Flushed())
	}
	if r.life.state != Running {
		return
	}
	if !n.running {
		n.running = true
		if r.Epoch() < l.epochs[m.id] {
			l.breach("MonotonicEpoch", "node %d starts in epoch %d after it had emitted %d", m.id, r.Epoch(), l.epochs[m.id])
		}
	}
	if r.Epoch() < n.epoch {
		l.breach("MonotonicEpoch", "node %d: %d after %d", m.id, r.Epoch(), n.epoch)
	}
	n.epoch = r.Epoch()
	if r.log.log.LogStart() > 0 && r.snapshots.latest().End < r.log.log.LogStart() && !r.log.installing {
		l.breach("SnapshotAtLogStart", "node %d has a log from %d and a snapshot to %d", m.id, r.log.log.LogStart(),
			r.snapshots.latest().End)
	}
	if r.log.high > r.log.end.End && !r.log.cut && r.at.role != Follower {
		l.breach("MonotonicHighWatermark", "node %d: %d beyond the log's end %d", m.id, r.log.high, r.log.end.End)
	}
	l.staleLeader(m)
}

// staleLeader: a leader that a majority has not fetched from for two rounds of the check leads no more.
func (l *laws) staleLeader(m *machine) {
	if m.r.Role() != Leader || len(l.c.voters) == 1 || !m.r.member.lead.active {
		return
	}
	var heard []env.Instant
	for _, v := range l.c.voters {
		at := max(m.heard[v.ID], m.ledFrom)
		if v.ID == m.id {
			at = l.c.now
		}
		heard = append(heard, at)
	}
	slices.Sort(heard)
	last := heard[len(heard)-(len(heard)/2+1)]
	if limit := ms(m.r.cfg.FetchTimeoutMs*3 + 500); l.c.now.Sub(last) > limit {
		l.breach("CheckQuorum", "node %d still leads epoch %d; no majority has fetched for %v", m.id,
			m.r.Epoch(), l.c.now.Sub(last))
	}
}
