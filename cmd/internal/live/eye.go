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
	asker  asker
	active env.ActiveController
	lost   time.Time  // when nobody said any more to be the active controller; zero: somebody does
	vacant bool       // that was told
	looks  env.Offset // counts what was told: it stands for the offset in the metadata log, which nobody tells
	end    int64      // of the metadata log, as far as whoever was asked last had it
	parts  map[env.TopicPartition]env.PartitionChanged
	stands map[env.NodeID]env.BrokerStanding
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
	return &eye{in: in, stop: make(chan struct{}), parts: map[env.TopicPartition]env.PartitionChanged{}, stands: map[env.NodeID]env.BrokerStanding{}}
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
		if m := e.metadata(all[i].server.brokers.inner); m != nil {
			e.end = r.LogEndOffset
			e.take(m, all)
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

func (e *eye) metadata(addr string) *kmsg.MetadataResponse {
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 12 // Topics nil: all of them
	resp, _ := e.asker.ask(addr, req).(*kmsg.MetadataResponse)
	return resp
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

// take tells what is new in an answer.
func (e *eye) take(m *kmsg.MetadataResponse, all []seen) {
	for _, v := range all {
		if v.server.Broker {
			e.stand(m, v)
		}
	}
	there := map[string]bool{}
	for _, t := range m.Topics {
		if t.Topic == nil {
			continue
		}
		there[*t.Topic] = true
		for _, p := range t.Partitions {
			e.partition(*t.Topic, p)
		}
	}
	for tp, p := range e.parts {
		if !there[tp.Topic] && !p.Gone {
			p.Gone = true
			e.partitionTold(p)
		}
	}
}

// stand tells of a broker. Its incarnations are counted: nobody tells its broker epoch.
func (e *eye) stand(m *kmsg.MetadataResponse, v seen) {
	id := v.server.ID
	now := env.BrokerStanding{Broker: id, Epoch: env.BrokerEpoch(v.starts),
		Fenced: !slices.ContainsFunc(m.Brokers, func(b kmsg.MetadataResponseBroker) bool { return b.NodeID == int32(id) })}
	old, known := e.stands[id]
	now.At = old.At
	if known && now == old {
		return
	}
	e.looks++
	now.At = e.looks
	e.stands[id] = now
	e.in.told(e.nameOf(e.active.Node), now)
}

func (e *eye) partition(topic string, p kmsg.MetadataResponseTopicPartition) {
	tp := env.TopicPartition{Topic: topic, Partition: env.PartitionID(p.Partition)}
	now := env.PartitionChanged{TopicPartition: tp, Leader: env.NodeID(p.Leader), Epoch: env.LeaderEpoch(p.LeaderEpoch),
		Replicas: ids(p.Replicas), ISR: ids(p.ISR)}
	old, known := e.parts[tp]
	if !known || old.Gone || now.Epoch >= old.Epoch && !samePartition(now, old) {
		e.partitionTold(now)
	}
}

func (e *eye) partitionTold(now env.PartitionChanged) {
	e.looks++
	now.At = e.looks
	e.parts[now.TopicPartition] = now
	e.in.told(e.nameOf(e.active.Node), now)
}

func samePartition(a, b env.PartitionChanged) bool {
	return a.Leader == b.Leader && a.Epoch == b.Epoch && slices.Equal(a.Replicas, b.Replicas) && slices.Equal(a.ISR, b.ISR)
}

func ids(all []int32) []env.NodeID {
	out := make([]env.NodeID, len(all))
	for i, id := range all {
		out[i] = env.NodeID(id)
	}
	return out
}
