package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/ports"
	"gregor/core/kafka"
	"gregor/core/record"
)

// TestListeners: a cluster whose brokers listen twice, OUTSIDE first, but for broker 3, which has no OUTSIDE. What is
// advertised as OUTSIDE cannot be resolved here, so the brokers find each other by inter.broker.listener.name or not at
// all; and each client is sent to addresses of the listener that it came by, brokers without that listener left out.
func TestListeners(t *testing.T) {
	t.Parallel()
	c := startListening(t)
	c.create("orders", []int32{1, 2, 3}, []int32{2, 3, 1}, []int32{3, 1, 2})
	c.create("elsewhere", []int32{2})
	require.Equal(t, "orders-0@0\n", c.must("copied\n", "produce", "orders", "--partition", "0", "--acks", "all"))

	inside := map[int32]string{1: c.inside[0], 2: c.inside[1], 3: c.inside[2]}
	outside := map[int32]string{1: "broker1.outside.invalid:9001", 2: "broker2.outside.invalid:9002"}
	for _, at := range []struct {
		name, addr string
		brokers    map[int32]string
	}{{"INSIDE", c.inside[0], inside}, {"OUTSIDE", c.outside[0], outside}} {
		seen := c.look(at.addr)
		require.Equal(t, at.brokers, seen.metadata, "Metadata by %s", at.name)
		require.Equal(t, at.brokers, seen.cluster, "DescribeCluster by %s", at.name)
		require.Equal(t, at.brokers[2], seen.coordinator, "FindCoordinator by %s", at.name)
		require.Equal(t, map[int32]string{2: at.brokers[2]}, seen.produce, "NodeEndpoints of Produce by %s", at.name)
		require.Equal(t, map[int32]string{2: at.brokers[2]}, seen.fetch, "NodeEndpoints of Fetch by %s", at.name)
		third := "3 NONE offline []"
		if at.name == "OUTSIDE" {
			third = "-1 LISTENER_NOT_FOUND offline [3]"
		}
		require.Equal(t, third, seen.third, "the partition that broker 3 leads, by %s", at.name)
	}
}

// listeningCluster is three brokers of which two listen INSIDE and OUTSIDE.
type listeningCluster struct {
	*testCluster
	inside, outside []string
}

func startListening(t *testing.T) *listeningCluster {
	addrs, err := ports.Free(6)
	require.NoError(t, err)
	c := &listeningCluster{inside: addrs[:3], outside: addrs[3:5],
		testCluster: &testCluster{nodes: map[kafka.NodeID]*testBroker{}}}
	controller := addrs[5]
	for i := range 3 {
		n := i + 1
		listen, tell := "INSIDE://"+c.inside[i], "INSIDE://"+c.inside[i]
		if n < 3 {
			listen = "OUTSIDE://" + c.outside[i] + "," + listen
			tell = fmt.Sprintf("OUTSIDE://broker%d.outside.invalid:900%d,%s", n, n, tell)
		}
		roles := "broker"
		if n == 1 {
			roles, listen = "broker,controller", listen+",CONTROLLER://"+controller
		}
		b := startTestNode(t, serveOptions{dataDir: t.TempDir(), quiet: true, clusterID: "cDZEekk4T3hTNGVlNzB3LQ",
			sets: []string{
				fmt.Sprintf("node.id=%d", n), "process.roles=" + roles, "controller.quorum.voters=1@" + controller,
				"controller.listener.names=CONTROLLER", "listeners=" + listen, "advertised.listeners=" + tell,
				"listener.security.protocol.map=INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
				"inter.broker.listener.name=INSIDE", "offsets.topic.num.partitions=1", "auto.create.topics.enable=false"}})
		t.Cleanup(b.kill)
		c.nodes[kafka.NodeID(n)] = b
	}
	for _, b := range c.nodes {
		b.awaitStart()
	}
	c.testBroker = &testBroker{t: t, addr: c.inside[0]}
	c.create("__consumer_offsets", []int32{2, 3, 1})
	return c
}

// ask sends a request to the broker at an address, and only to that one.
func (c *listeningCluster) ask(addr string, r kmsg.Request) kmsg.Response {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	require.NoError(c.t, err)
	defer client.Close()
	resp, err := client.SeedBrokers()[0].Request(ctx, r)
	require.NoError(c.t, err)
	return resp
}

// create creates a topic whose partitions have these replicas.
func (c *listeningCluster) create(topic string, replicas ...[]int32) {
	c.t.Helper()
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, -1, -1
	for i, r := range replicas {
		t.ReplicaAssignment = append(t.ReplicaAssignment,
			kmsg.CreateTopicsRequestTopicReplicaAssignment{Partition: int32(i), Replicas: r})
	}
	resp := c.ask(c.inside[0], &kmsg.CreateTopicsRequest{Topics: []kmsg.CreateTopicsRequestTopic{t},
		TimeoutMillis: 10_000})
	require.Zero(c.t, resp.(*kmsg.CreateTopicsResponse).Topics[0].ErrorCode)
}

// listened is what a broker answers to clients of one of its listeners.
type listened struct {
	metadata, cluster, produce, fetch map[int32]string
	coordinator, third                string
}

// look asks the broker at an address.
func (c *listeningCluster) look(addr string) (seen listened) {
	orders, elsewhere := "orders", "elsewhere" // of which broker 1 has no replica
	meta := c.ask(addr, &kmsg.MetadataRequest{Topics: []kmsg.MetadataRequestTopic{{Topic: &orders},
		{Topic: &elsewhere}}}).(*kmsg.MetadataResponse)
	seen.metadata, seen.cluster, seen.produce, seen.fetch = map[int32]string{}, map[int32]string{}, map[int32]string{},
		map[int32]string{}
	for _, b := range meta.Brokers {
		seen.metadata[b.NodeID] = at(b.Host, b.Port)
	}
	third := meta.Topics[0].Partitions[2]
	seen.third = fmt.Sprintf("%d %s offline %v", third.Leader, kafka.ErrorCode(third.ErrorCode), third.OfflineReplicas)
	for _, b := range c.ask(addr, kmsg.NewPtrDescribeClusterRequest()).(*kmsg.DescribeClusterResponse).Brokers {
		seen.cluster[b.NodeID] = at(b.Host, b.Port)
	}
	group := c.ask(addr, &kmsg.FindCoordinatorRequest{CoordinatorKey: "g",
		CoordinatorKeys: []string{"g"}}).(*kmsg.FindCoordinatorResponse)
	seen.coordinator = at(group.Coordinators[0].Host, group.Coordinators[0].Port)
	for _, b := range c.ask(addr, astray(elsewhere, meta.Topics[1].TopicID)).(*kmsg.ProduceResponse).Brokers {
		seen.produce[b.NodeID] = at(b.Host, b.Port)
	}
	fetch := kmsg.NewPtrFetchRequest()
	fetch.MaxBytes, fetch.SessionEpoch = 1000, -1
	part := kmsg.NewFetchRequestTopicPartition()
	part.PartitionMaxBytes = 1000
	fetch.Topics = []kmsg.FetchRequestTopic{{Topic: elsewhere, TopicID: meta.Topics[1].TopicID,
		Partitions: []kmsg.FetchRequestTopicPartition{part}}}
	for _, b := range c.ask(addr, fetch).(*kmsg.FetchResponse).Brokers {
		seen.fetch[b.NodeID] = at(b.Host, b.Port)
	}
	return seen
}

func at(host string, port int32) string { return net.JoinHostPort(host, strconv.Itoa(int(port))) }

// astray is a Produce of one record to a topic.
func astray(topic string, id [16]byte) kmsg.Request {
	b := record.NewBuilder(record.Options{})
	b.Add(1_750_000_000_000, nil, []byte("x"))
	return &kmsg.ProduceRequest{Acks: 1, TimeoutMillis: 1000,
		Topics: []kmsg.ProduceRequestTopic{{Topic: topic, TopicID: id,
			Partitions: []kmsg.ProduceRequestTopicPartition{{Records: b.Build()}}}}}
}
