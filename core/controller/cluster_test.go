package controller

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// cluster is a controller with an owner that commits at once: decisions become records of a log, the log is
// applied, the reply is asked for. After every decision the rules are looked at.
type cluster struct {
	t     require.TestingT
	ctrl  *Controller
	cfg   Config
	image *metadata.Image
	log   []metadata.Record
	now   env.Now
	uuids env.Rand
	disks map[kafka.NodeID]byte // how often a broker got a new disk
	laws  laws
}

func newCluster(t require.TestingT, elr int16) *cluster {
	defaults, err := config.NewBroker(nil)
	require.NoError(t, err)
	c := &cluster{t: t, image: metadata.New(), cfg: DefaultConfig(100, "test-cluster", defaults),
		uuids: env.NewRand(7), disks: map[kafka.NodeID]byte{}}
	c.cfg.Bootstrap = []metadata.FeatureLevel{{Name: metadataVersion, Level: 33}, {Name: elrVersion, Level: elr}}
	c.lead()
	return c
}

// lead makes a new controller, as after a failover: all it knows is the image.
func (c *cluster) lead() {
	c.ctrl = New(c.cfg, c.image, env.NewRand(uint64(1+len(c.log))))
	c.commit(c.ctrl.Lead(c.now))
}

func (c *cluster) next() kafka.Offset { return kafka.Offset(len(c.log)) }

// commit appends and applies a decision's records and returns its reply.
func (c *cluster) commit(d Decision) kmsg.Response {
	before := c.partitions()
	for _, r := range d.Records {
		decoded, err := metadata.Decode(metadata.Append(nil, r)) // as they come back from the log
		require.NoError(c.t, err)
		require.NoError(c.t, c.image.Apply(c.next(), decoded))
		c.log = append(c.log, decoded)
	}
	resp := d.Reply(kafka.None)
	c.laws.hold(c, before, d.Records)
	return resp
}

func (c *cluster) ask(r kmsg.Request) kmsg.Response {
	r.SetVersion(r.MaxVersion())
	return c.commit(c.ctrl.Decide(c.now, c.next(), r))
}

// pass lets time pass; brokers that live send a heartbeat at its end, before anything is decided. It returns how many
// decisions time asked for.
func (c *cluster) pass(d time.Duration, live ...kafka.NodeID) int {
	c.now.Mono = c.now.Mono.Add(d)
	for _, id := range live {
		if b, ok := c.image.Broker(id); ok {
			c.ctrl.Heard(c.now, &kmsg.BrokerHeartbeatRequest{BrokerID: int32(id), BrokerEpoch: int64(b.Epoch)})
		}
	}
	n := 0
	for {
		d, ok := c.ctrl.Tick(c.now)
		c.commit(d)
		if !ok {
			return n
		}
		n++
		require.Less(c.t, n, 100, "time asks for decision after decision")
	}
}

// register registers a new incarnation.
func (c *cluster) register(id kafka.NodeID, rack string, previous kafka.BrokerEpoch) *kmsg.BrokerRegistrationResponse {
	return c.registerAs(c.uuids.UUID(), id, rack, previous)
}

func (c *cluster) registerAs(incarnation kafka.UUID, id kafka.NodeID, rack string,
	previous kafka.BrokerEpoch) *kmsg.BrokerRegistrationResponse {
	r := kmsg.NewPtrBrokerRegistrationRequest()
	r.BrokerID, r.ClusterID, r.IncarnationID, r.PreviousBrokerEpoch = int32(id), c.cfg.ClusterID, incarnation,
		int64(previous)
	r.LogDirs = [][16]byte{{0: 0xd1, 14: c.disks[id], 15: byte(id)}}
	r.Features = []kmsg.BrokerRegistrationRequestFeature{feature(metadataVersion, 7, 33), feature(elrVersion, 0, 1)}
	if rack != "" {
		r.Rack = &rack
	}
	return c.ask(r).(*kmsg.BrokerRegistrationResponse)
}

func feature(name string, lo, hi int16) kmsg.BrokerRegistrationRequestFeature {
	return kmsg.BrokerRegistrationRequestFeature{Name: name, MinSupportedVersion: lo, MaxSupportedVersion: hi}
}

func (c *cluster) epoch(id kafka.NodeID) kafka.BrokerEpoch {
	if b, ok := c.image.Broker(id); ok {
		return b.Epoch
	}
	return -1
}

// heartbeat is of a broker that has read everything, or up to read.
func (c *cluster) heartbeat(id kafka.NodeID, fence, shutdown bool, read ...kafka.Offset) *kmsg.BrokerHeartbeatResponse {
	r := kmsg.NewPtrBrokerHeartbeatRequest()
	r.BrokerID, r.BrokerEpoch, r.WantFence, r.WantShutdown = int32(id), int64(c.epoch(id)), fence, shutdown
	r.CurrentMetadataOffset = int64(c.next() - 1)
	if len(read) > 0 {
		r.CurrentMetadataOffset = int64(read[0])
	}
	return c.ask(r).(*kmsg.BrokerHeartbeatResponse)
}

// join registers brokers and unfences them.
func (c *cluster) join(ids ...kafka.NodeID) {
	for _, id := range ids {
		require.Zero(c.t, c.register(id, "", -1).ErrorCode)
		require.False(c.t, c.heartbeat(id, false, false).IsFenced)
	}
}

func (c *cluster) partition(topic string, n kafka.PartitionID) *metadata.Partition {
	t, ok := c.image.Topic(topic)
	require.True(c.t, ok, topic)
	p, ok := t.Partition(n)
	require.True(c.t, ok, n)
	return p
}

// alter asks for an ISR as the leader would, with the epochs it knows now.
func (c *cluster) alter(topic string, n kafka.PartitionID, change func(*kmsg.AlterPartitionRequest,
	*kmsg.AlterPartitionRequestTopicPartition), isr ...kafka.NodeID) *kmsg.AlterPartitionResponse {
	t, _ := c.image.Topic(topic)
	p := c.partition(topic, n)
	r, ask := kmsg.NewPtrAlterPartitionRequest(), kmsg.NewAlterPartitionRequestTopicPartition()
	r.BrokerID, r.BrokerEpoch = int32(p.Leader), int64(c.epoch(p.Leader))
	ask.Partition, ask.LeaderEpoch, ask.PartitionEpoch, ask.LeaderRecoveryState = int32(n), int32(p.LeaderEpoch),
		int32(p.PartitionEpoch), int8(metadata.Recovered)
	for _, id := range isr {
		ask.NewEpochISR = append(ask.NewEpochISR,
			kmsg.AlterPartitionRequestTopicPartitionNewEpochISR{BrokerID: int32(id), BrokerEpoch: int64(c.epoch(id))})
	}
	if change != nil {
		change(r, &ask)
	}
	r.Topics = []kmsg.AlterPartitionRequestTopic{{TopicID: t.ID,
		Partitions: []kmsg.AlterPartitionRequestTopicPartition{ask}}}
	c.laws.proposed = isr
	defer func() { c.laws.proposed = nil }()
	return c.ask(r).(*kmsg.AlterPartitionResponse)
}

// createTopic makes a topic; one with replicas has these.
func (c *cluster) createTopic(name string, partitions int32, factor int16, replicas [][]int32,
	configs ...string) kmsg.CreateTopicsResponseTopic {
	ask := kmsg.NewCreateTopicsRequestTopic()
	ask.Topic, ask.NumPartitions, ask.ReplicationFactor = name, partitions, factor
	for i, ids := range replicas {
		ask.ReplicaAssignment = append(ask.ReplicaAssignment,
			kmsg.CreateTopicsRequestTopicReplicaAssignment{Partition: int32(i), Replicas: ids})
	}
	for _, kv := range configs {
		k, v, _ := strings.Cut(kv, "=")
		ask.Configs = append(ask.Configs, kmsg.CreateTopicsRequestTopicConfig{Name: k, Value: &v})
	}
	r := kmsg.NewPtrCreateTopicsRequest()
	r.Topics = []kmsg.CreateTopicsRequestTopic{ask}
	return c.ask(r).(*kmsg.CreateTopicsResponse).Topics[0]
}

// dump writes everything an image says.
func dump(m *metadata.Image) string {
	var b strings.Builder
	for _, r := range m.Records() {
		line, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%T %s\n", r, line)
	}
	return b.String()
}

// partitions is all partitions by name, for comparing.
func (c *cluster) partitions() map[string]*metadata.Partition {
	out := map[string]*metadata.Partition{}
	for _, t := range c.image.Topics() {
		for _, p := range t.Partitions() {
			out[fmt.Sprintf("%s-%d", t.Name, p.Partition)] = p
		}
	}
	return out
}

// line describes a partition.
func line(name string, p *metadata.Partition) string {
	leader := fmt.Sprint(p.Leader)
	if p.Leader == kafka.NoNode {
		leader = "none"
	}
	out := fmt.Sprintf("%s leader=%s epoch=%d isr=%s replicas=%s", name, leader, p.LeaderEpoch, list(p.ISR),
		list(p.Replicas))
	for _, more := range []struct {
		name string
		ids  []kafka.NodeID
	}{{"elr", p.EligibleLeaderReplicas}, {"last", p.LastKnownELR}, {"adding", p.AddingReplicas}, {"removing",
		p.RemovingReplicas}} {
		if len(more.ids) > 0 {
			out += " " + more.name + "=" + list(more.ids)
		}
	}
	if p.LeaderRecovery == metadata.Recovering {
		out += " recovering"
	}
	return out + fmt.Sprintf(" version=%d", p.PartitionEpoch)
}

func list(ids []kafka.NodeID) string {
	if len(ids) == 0 {
		return "none"
	}
	var out []string
	for _, id := range ids {
		out = append(out, fmt.Sprint(id))
	}
	return strings.Join(out, ",")
}

// laws are the rules an image keeps.
type laws struct {
	proposed []kafka.NodeID // the ISR a leader has just asked for: it vouches for them
	lossy    bool           // a decision may forget replicas that have everything: unclean elections and ends
}

// hold checks the image after a decision, against what it was before.
func (l *laws) hold(c *cluster, before map[string]*metadata.Partition, records []metadata.Record) {
	replayed := metadata.New()
	if len(c.log)%8 == 0 { // now and then: it takes the whole log
		for i, r := range c.log {
			require.NoError(c.t, replayed.Apply(kafka.Offset(i), r))
		}
		require.Equal(c.t, dump(replayed), dump(c.image), "the image is what the records say")
	}
	seen := map[place]bool{}
	for _, r := range records {
		if ch, ok := r.(*metadata.PartitionChange); ok {
			at := place{ch.Topic, ch.Partition}
			require.False(c.t, seen[at], "one decision changes a partition once: %+v", ch)
			seen[at] = true
		}
	}
	for _, t := range c.image.Topics() {
		for _, p := range t.Partitions() {
			name := fmt.Sprintf("%s-%d", t.Name, p.Partition)
			l.partition(c, t, p, name)
			if old := before[name]; old != nil {
				l.step(c, t, old, p, name)
			}
		}
	}
}

// partition checks one partition by itself.
func (l *laws) partition(c *cluster, t *metadata.Topic, p *metadata.Partition, name string) {
	text := line(name, p)
	require.NotEmpty(c.t, p.Replicas, text)
	require.Len(c.t, p.Directories, len(p.Replicas), text)
	for _, set := range [][]kafka.NodeID{p.ISR, p.EligibleLeaderReplicas, p.AddingReplicas, p.RemovingReplicas} {
		require.True(c.t, insync.ContainsAll(p.Replicas, set), text)
		require.Len(c.t, slices.Compact(slices.Sorted(slices.Values(set))), len(set), text)
	}
	for _, id := range p.EligibleLeaderReplicas {
		require.NotContains(c.t, p.ISR, id, text)
	}
	if p.Leader != kafka.NoNode {
		require.Contains(c.t, p.ISR, p.Leader, text)
		b, ok := c.image.Broker(p.Leader)
		require.True(c.t, ok && !b.Fenced && !b.InControlledShutdown, "%s: its leader is not in service", text)
	}
	if c.ctrl.view.elr() {
		if len(p.ISR) >= insync.Min(c.ctrl.view.minISR(t.Name), len(p.Replicas)) {
			require.Empty(c.t, p.EligibleLeaderReplicas, text)
		}
		for _, id := range p.ISR {
			require.True(c.t, c.ctrl.view.active(id) || p.Leader == kafka.NoNode, "%s: %d is not in service", text, id)
		}
	}
}

// step checks what a decision made of a partition.
func (l *laws) step(c *cluster, t *metadata.Topic, old, p *metadata.Partition, name string) {
	text := line(name, old) + " -> " + line(name, p)
	require.GreaterOrEqual(c.t, p.LeaderEpoch, old.LeaderEpoch, text)
	require.GreaterOrEqual(c.t, p.PartitionEpoch, old.PartitionEpoch, text)
	if p == old {
		return
	}
	require.Greater(c.t, p.PartitionEpoch, old.PartitionEpoch, text)
	if p.Leader != old.Leader || !insync.ContainsAll(p.Replicas, old.Replicas) {
		require.Greater(c.t, p.LeaderEpoch, old.LeaderEpoch, text)
	}
	// A leader has everything, or says that it may not have.
	had := slices.Concat(old.ISR, old.EligibleLeaderReplicas)
	if p.Leader != kafka.NoNode && p.Leader != old.Leader && p.LeaderRecovery == metadata.Recovered {
		require.Contains(c.t, slices.Concat(had, l.proposed), p.Leader, "%s: a clean leader from nowhere", text)
	}
	// Below min.insync.replicas the high watermark stands still, and no replica that had everything is forgotten.
	if c.ctrl.view.elr() && !l.lossy && len(p.ISR) < insync.Min(c.ctrl.view.minISR(t.Name), len(p.Replicas)) &&
		p.LeaderRecovery == metadata.Recovered {
		for _, id := range had {
			if slices.Contains(p.Replicas, id) {
				require.Contains(c.t, slices.Concat(p.ISR, p.EligibleLeaderReplicas), id, "%s: %d is forgotten", text, id)
			}
		}
	}
}
