package client

import (
	"fmt"
	"slices"
	"time"

	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// metadata is what the client knows of the cluster. Its topics are those that the client uses, which bounds it.
type metadata struct {
	clusterID  string
	controller int32
	brokers    []brokerInfo // sorted by id
	topics     []string     // wanted, sorted
	info       map[string]*topicInfo
	version    int // counts the answers that changed anything a client looks at

	inFlight  bool
	wanted    bool        // before the age limit
	updatedAt env.Instant // of the last answer
	fresh     bool        // there was one
	retryAt   env.Instant
	failures  int
}

type brokerInfo struct {
	id   int32
	addr string
}

// topicInfo is one topic as last seen.
type topicInfo struct {
	name       string
	id         kafka.UUID // zero: not known
	code       kafka.ErrorCode
	partitions []partitionInfo // by number
}

type partitionInfo struct {
	leader int32 // -1: none
	epoch  kafka.LeaderEpoch
}

// has reports whether the topic has the partition; a topic that is not known has none.
func (t *topicInfo) has(p kafka.PartitionID) bool {
	return t != nil && p >= 0 && int(p) < len(t.partitions)
}

func newMetadata() metadata {
	return metadata{info: map[string]*topicInfo{}, wanted: true, controller: -1}
}

// add makes a topic one of those that are asked for.
func (m *metadata) add(topic string) {
	i, found := slices.BinarySearch(m.topics, topic)
	if found {
		return
	}
	m.topics = slices.Insert(m.topics, i, topic)
	m.wanted = true
	if m.failures == 0 {
		m.retryAt = 0 // a new topic need not wait, only failures and repetitions do
	}
}

func (m *metadata) due(now env.Now, maxAge time.Duration) bool {
	return !m.inFlight && m.deadline(maxAge) <= now.Mono
}

func (m *metadata) deadline(maxAge time.Duration) env.Instant {
	switch {
	case m.inFlight:
		return env.Never // its time-out is the connection's
	case m.wanted || !m.fresh:
		return m.retryAt
	}
	return max(m.retryAt, m.updatedAt.Add(maxAge))
}

func (m *metadata) request(autoCreate bool) *kmsg.MetadataRequest {
	req := kmsg.NewPtrMetadataRequest()
	req.AllowAutoTopicCreation = autoCreate
	req.Topics = []kmsg.MetadataRequestTopic{}
	for _, name := range m.topics {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(name)
		req.Topics = append(req.Topics, t)
	}
	return req
}

func (m *metadata) failed(now env.Now, p *pool) {
	m.inFlight = false
	m.failures++
	m.retryAt = now.Mono.Add(backoff(p.cfg.RetryBackoff, p.cfg.RetryBackoffMax, m.failures, &p.rnd))
}

// forget goes back to the bootstrap addresses.
func (m *metadata) forget() { m.brokers, m.clusterID, m.wanted = nil, "", true }

func (m *metadata) answered(now env.Now, p *pool, asked []string, resp *kmsg.MetadataResponse) {
	if code := kafka.ErrorCode(resp.ErrorCode); code != kafka.None {
		if code == kafka.RebootstrapRequired {
			m.forget()
		}
		m.failed(now, p)
		return
	}
	m.inFlight, m.fresh, m.updatedAt, m.failures = false, true, now.Mono, 0
	m.retryAt = now.Mono.Add(p.cfg.RetryBackoff)
	m.wanted = !slices.Equal(asked, m.topics) // another topic was asked for while the request was in flight
	m.controller = resp.ControllerID
	if resp.ClusterID != nil {
		m.clusterID = *resp.ClusterID
	}
	m.takeBrokers(p, resp.Brokers)
	for i := range resp.Topics {
		m.takeTopic(&resp.Topics[i])
	}
	m.version++
}

// takeBrokers replaces the brokers. Connections to those gone or moved are dropped, which keeps them bounded.
func (m *metadata) takeBrokers(p *pool, brokers []kmsg.MetadataResponseBroker) {
	// Negative ids are ours, for bootstrap addresses.
	brokers = slices.DeleteFunc(brokers, func(b kmsg.MetadataResponseBroker) bool { return b.NodeID < 0 || b.Host == "" })
	if len(brokers) == 0 {
		return // a broker that has only just started; those known are a better guess
	}
	m.brokers = m.brokers[:0]
	for _, b := range brokers {
		m.brokers = append(m.brokers, brokerInfo{b.NodeID, fmt.Sprintf("%s:%d", b.Host, b.Port)})
	}
	slices.SortFunc(m.brokers, func(a, b brokerInfo) int { return int(a.id) - int(b.id) })
	p.dropStrangers()
}

// dropStrangers forgets idle entries of brokers that are gone or have another address.
func (p *pool) dropStrangers() {
	p.conns = slices.DeleteFunc(p.conns, func(c *conn) bool {
		if c.peer.id < 0 || p.meta.address(c.peer.id) == c.addr {
			return false
		}
		if len(c.inFlight) > 0 || c.state == dialing {
			return false // ends by itself: answered, timed out or refused
		}
		p.retire(c)
		return true
	})
}

// meet learns of a broker that an answer named; the next metadata may drop it again.
func (m *metadata) meet(id int32, addr string) {
	i, found := slices.BinarySearchFunc(m.brokers, id, func(b brokerInfo, id int32) int { return int(b.id) - int(id) })
	if !found {
		m.brokers = slices.Insert(m.brokers, i, brokerInfo{id, addr})
	}
}

func (m *metadata) address(id int32) string {
	i, found := slices.BinarySearchFunc(m.brokers, id, func(b brokerInfo, id int32) int { return int(b.id) - int(id) })
	if !found {
		return ""
	}
	return m.brokers[i].addr
}

func (m *metadata) takeTopic(t *kmsg.MetadataResponseTopic) {
	if t.Topic == nil {
		return
	}
	if _, wanted := slices.BinarySearch(m.topics, *t.Topic); !wanted {
		return
	}
	old := m.info[*t.Topic]
	next := &topicInfo{name: *t.Topic, id: kafka.UUID(t.TopicID), code: kafka.ErrorCode(t.ErrorCode)}
	if next.code.Retriable() {
		m.wanted = true
		if old != nil && next.code != kafka.UnknownTopicOrPartition {
			return // what was known may still serve
		}
	}
	same := old != nil && old.id == next.id
	for _, p := range t.Partitions {
		if p.Partition < 0 || int(p.Partition) > len(t.Partitions) {
			continue
		}
		for int(p.Partition) >= len(next.partitions) {
			next.partitions = append(next.partitions, partitionInfo{leader: -1, epoch: kafka.NoEpoch})
		}
		next.partitions[p.Partition] = newer(old, same, &p)
		m.wanted = m.wanted || next.partitions[p.Partition].leader < 0
	}
	m.info[next.name] = next
}

// newer keeps the leader already known if its epoch is above the answer's: brokers learn of elections at
// different times (KIP-320).
func newer(old *topicInfo, same bool, p *kmsg.MetadataResponseTopicPartition) partitionInfo {
	next := partitionInfo{p.Leader, kafka.LeaderEpoch(p.LeaderEpoch)}
	if same && int(p.Partition) < len(old.partitions) {
		if was := old.partitions[p.Partition]; next.epoch != kafka.NoEpoch && was.epoch > next.epoch {
			return was
		}
	}
	return next
}

// topic is what is known of a topic that exists, or nil.
func (m *metadata) topic(name string) *topicInfo {
	if t := m.info[name]; t != nil && t.code == kafka.None && len(t.partitions) > 0 {
		return t
	}
	return nil
}

// leader is who leads the partition, if anybody is known to.
func (m *metadata) leader(tp kafka.TopicPartition) (partitionInfo, bool) {
	t := m.topic(tp.Topic)
	if !t.has(tp.Partition) {
		return partitionInfo{leader: -1, epoch: kafka.NoEpoch}, false
	}
	info := t.partitions[tp.Partition]
	return info, info.leader >= 0 && m.address(info.leader) != ""
}

// hint takes a leader a broker named in an error (KIP-951).
func (m *metadata) hint(tp kafka.TopicPartition, leader int32, epoch kafka.LeaderEpoch) {
	t := m.topic(tp.Topic)
	if !t.has(tp.Partition) || m.address(leader) == "" {
		return
	}
	if t.partitions[tp.Partition].epoch < epoch {
		t.partitions[tp.Partition] = partitionInfo{leader, epoch}
		m.version++
	}
}

// nameOf finds the wanted topic with this id.
func (m *metadata) nameOf(id kafka.UUID) (string, bool) {
	for _, name := range m.topics {
		if t := m.info[name]; t != nil && t.id == id && id != (kafka.UUID{}) {
			return name, true
		}
	}
	return "", false
}
