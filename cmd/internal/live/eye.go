package live

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
)

// eye looks at the cluster from outside, over connections that no fault touches, and tells what has changed: who is the
// active controller, which brokers are in service, who leads each partition and who is in sync.
type eye struct {
	in   *inbox
	stop chan struct{}
	done chan struct{} // nil: it has not been opened

	mu      sync.Mutex
	servers []*seen

	// What is below is the looking goroutine's own.
	asker   asker
	active  env.ActiveController
	lost    time.Time  // when nobody said any more to be the active controller; zero: somebody does
	vacant  bool       // that was told
	looks   env.Offset // counts what was told: it stands for the offset in the metadata log, which nobody tells
	end     int64      // of the metadata log, as far as whoever was asked last had it
	parts   map[env.TopicPartition]env.PartitionChanged
	stands  map[env.NodeID]env.BrokerStanding
	starts  map[env.TopicPartition]env.Offset // of logs
	glances int
}

// seen is a server as the world's goroutine knows it.
type seen struct {
	server *server
	away   bool // down or held still: nobody need be asked
	starts int  // times it has begun to serve
}

// glance is how often the eye looks.
const glance = 100 * time.Millisecond

// leaderless is how long nobody must say to be the active controller until that is told.
const leaderless = time.Second

func newEye(in *inbox) *eye {
	return &eye{in: in, stop: make(chan struct{}), parts: map[env.TopicPartition]env.PartitionChanged{}, stands: map[env.NodeID]env.BrokerStanding{},
		starts: map[env.TopicPartition]env.Offset{}}
}

func (e *eye) add(s *server) { e.servers = append(e.servers, &seen{server: s, away: true}) }

func (e *eye) open() {
	e.done = make(chan struct{})
	go e.watch()
}

func (e *eye) close() {
	close(e.stop)
	if e.done != nil {
		<-e.done
	}
}

func (e *eye) watch() {
	defer close(e.done)
	defer e.asker.close()
	for {
		e.look()
		select {
		case <-e.stop:
			return
		case <-time.After(glance):
		}
	}
}

// serves notes that a server does.
func (e *eye) serves(s *server) {
	e.with(s, func(v *seen) { v.away, v.starts = false, v.starts+1 })
}

// away notes whether a server can be asked.
func (e *eye) away(s *server, away bool) {
	e.with(s, func(v *seen) { v.away = away })
}

func (e *eye) with(s *server, do func(*seen)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.servers {
		if v.server == s {
			do(v)
		}
	}
}

// census is what is known of the servers now.
func (e *eye) census() []seen {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]seen, len(e.servers))
	for i, v := range e.servers {
		all[i] = *v
	}
	return all
}

// look asks the active controller how far everybody is, and then the broker that is furthest how things stand.
func (e *eye) look() {
	all := e.census()
	q := e.quorum(all)
	if q == nil {
		e.nobodyDecides()
		return
	}
	e.decides(env.ActiveController{Node: env.NodeID(q.LeaderID), Epoch: env.LeaderEpoch(q.LeaderEpoch)})
	ends := append(slices.Clone(q.CurrentVoters), q.Observers...)
	slices.SortStableFunc(ends, func(a, b kmsg.DescribeQuorumResponseTopicPartitionReplicaState) int {
		return cmp.Compare(b.LogEndOffset, a.LogEndOffset)
	})
	for _, r := range ends {
		i := slices.IndexFunc(all, func(v seen) bool { return int32(v.server.ID) == r.ReplicaID && v.server.Broker && !v.away })
		if i < 0 || r.LogEndOffset < e.end {
			continue
		}
		if v := e.viewOf(all[i].server.brokers.inner); v != nil {
			e.end = r.LogEndOffset
			e.take(v, all)
			e.logStarts(v, all)
			return
		}
	}
}

// quorum is the answer of the active controller, nil if nobody says to be it.
func (e *eye) quorum(all []seen) *kmsg.DescribeQuorumResponseTopicPartition {
	var newest *kmsg.DescribeQuorumResponseTopicPartition
	for _, v := range all {
		if v.away || !v.server.Controller {
			continue
		}
		q := e.quorumOf(v.server.controllers.inner)
		if q != nil && q.LeaderID == int32(v.server.ID) && (newest == nil || q.LeaderEpoch > newest.LeaderEpoch) {
			newest = q
		}
	}
	return newest
}

func (e *eye) quorumOf(addr string) *kmsg.DescribeQuorumResponseTopicPartition {
	req := kmsg.NewPtrDescribeQuorumRequest()
	req.Version = 2
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = "__cluster_metadata"
	t.Partitions = append(t.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, t)
	resp, ok := e.asker.ask(addr, req).(*kmsg.DescribeQuorumResponse)
	if !ok || resp.ErrorCode != 0 || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		return nil
	}
	return &resp.Topics[0].Partitions[0]
}

func (e *eye) decides(now env.ActiveController) {
	if now.Epoch < e.active.Epoch {
		return // a zombie
	}
	if now != e.active || e.vacant {
		e.in.told(e.nameOf(now.Node), now)
	}
	e.active, e.lost, e.vacant = now, time.Time{}, false
}

func (e *eye) nobodyDecides() {
	switch {
	case e.active.Epoch == 0 || e.vacant:
	case e.lost.IsZero():
		e.lost = time.Now()
	case time.Since(e.lost) > leaderless:
		e.vacant = true
		e.in.told(e.nameOf(e.active.Node), env.ControllerResigned{Node: e.active.Node, Epoch: e.active.Epoch})
	}
}

func (e *eye) nameOf(id env.NodeID) string {
	for _, v := range e.servers {
		if v.server.ID == id {
			return v.server.Name
		}
	}
	return ""
}
