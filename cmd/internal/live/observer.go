package live

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// observer asks the cluster how it stands, over connections that no fault touches, and emits what has changed: the
// active controller, which brokers are unfenced, each partition's leader and in-sync replicas.
type observer struct {
	in   *inbox
	stop chan struct{}
	done chan struct{} // nil: it has not begun

	mu      sync.Mutex
	servers []*observed

	// The fields below are its goroutine's own.
	asker  asker
	active env.ActiveController
	lost   time.Time    // since when no server has reported to be the active controller; zero: one does
	vacant bool         // ControllerResigned was emitted for it
	looks  kafka.Offset // counts what was emitted: it stands for the offset in the metadata log, which no response carries
	end    int64        // of the metadata log, on the broker that was asked last
	parts  map[kafka.TopicPartition]env.PartitionChanged
	stands map[kafka.NodeID]env.BrokerStanding
	starts map[kafka.TopicPartition]kafka.Offset // of logs
	looked int
}

// seen is a server as the world's goroutine knows it.
type observed struct {
	server *server
	away   bool // down or paused: it is not asked
	starts int  // times it has begun to serve
}

// lookEvery is how often the observer looks.
const lookEvery = 100 * time.Millisecond

// resignedAfter is how long no server reports to be the active controller until ControllerResigned is emitted.
const resignedAfter = time.Second

func newObserver(in *inbox) *observer {
	return &observer{in: in, stop: make(chan struct{}), parts: map[kafka.TopicPartition]env.PartitionChanged{},
		stands: map[kafka.NodeID]env.BrokerStanding{},
		starts: map[kafka.TopicPartition]kafka.Offset{}}
}

func (e *observer) add(s *server) { e.servers = append(e.servers, &observed{server: s, away: true}) }

func (e *observer) begin() {
	e.done = make(chan struct{})
	go e.watch()
}

func (e *observer) close() {
	close(e.stop)
	if e.done != nil {
		<-e.done
	}
}

func (e *observer) watch() {
	defer close(e.done)
	defer e.asker.close()
	for {
		e.look()
		select {
		case <-e.stop:
			return
		case <-time.After(lookEvery):
		}
	}
}

// serves notes that a server accepts clients.
func (e *observer) serves(s *server) {
	e.with(s, func(v *observed) { v.away, v.starts = false, v.starts+1 })
}

// away notes whether a server can be asked.
func (e *observer) away(s *server, away bool) {
	e.with(s, func(v *observed) { v.away = away })
}

func (e *observer) with(s *server, do func(*observed)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, v := range e.servers {
		if v.server == s {
			do(v)
		}
	}
}

// census returns what is known of the servers now.
func (e *observer) census() []observed {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]observed, len(e.servers))
	for i, v := range e.servers {
		all[i] = *v
	}
	return all
}

// look asks the active controller how far each node's metadata log is, and then the broker that is furthest for its
// view.
func (e *observer) look() {
	all := e.census()
	q := e.quorum(all)
	if q == nil {
		e.noActive()
		return
	}
	e.activeIs(env.ActiveController{Node: kafka.NodeID(q.LeaderID), Epoch: kafka.LeaderEpoch(q.LeaderEpoch)})
	ends := append(slices.Clone(q.CurrentVoters), q.Observers...)
	slices.SortStableFunc(ends, func(a, b kmsg.DescribeQuorumResponseTopicPartitionReplicaState) int {
		return cmp.Compare(b.LogEndOffset, a.LogEndOffset)
	})
	for _, r := range ends {
		i := slices.IndexFunc(all, func(v observed) bool {
			return int32(v.server.ID) == r.ReplicaID && v.server.Broker && !v.away
		})
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

// quorum returns the active controller's response; nil if no server reports to be it.
func (e *observer) quorum(all []observed) *kmsg.DescribeQuorumResponseTopicPartition {
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

func (e *observer) quorumOf(addr string) *kmsg.DescribeQuorumResponseTopicPartition {
	req := kmsg.NewPtrDescribeQuorumRequest()
	req.Version = 2
	t := kmsg.NewDescribeQuorumRequestTopic()
	t.Topic = "__cluster_metadata"
	t.Partitions = append(t.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, t)
	resp, ok := e.asker.ask(addr, req).(*kmsg.DescribeQuorumResponse)
	if !ok || resp.ErrorCode != 0 || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 ||
		resp.Topics[0].Partitions[0].ErrorCode != 0 {
		return nil
	}
	return &resp.Topics[0].Partitions[0]
}

func (e *observer) activeIs(now env.ActiveController) {
	if now.Epoch < e.active.Epoch {
		return // a zombie
	}
	if now != e.active || e.vacant {
		e.in.emit(e.nameOf(now.Node), now)
	}
	e.active, e.lost, e.vacant = now, time.Time{}, false
}

func (e *observer) noActive() {
	switch {
	case e.active.Epoch == 0 || e.vacant:
	case e.lost.IsZero():
		e.lost = time.Now()
	case time.Since(e.lost) > resignedAfter:
		e.vacant = true
		e.in.emit(e.nameOf(e.active.Node), env.ControllerResigned{Node: e.active.Node, Epoch: e.active.Epoch})
	}
}

func (e *observer) nameOf(id kafka.NodeID) string {
	for _, v := range e.servers {
		if v.server.ID == id {
			return v.server.Name
		}
	}
	return ""
}
