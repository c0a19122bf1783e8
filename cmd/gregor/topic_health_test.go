package main

import (
	"net"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestLag: a replica that is there and does not keep up is asked itself how far it has come. Broker 0 leads with 120
// records, of which 110 are committed; broker 1 has 100; broker 2 does not say.
func TestLag(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(1, "orders"))
	require.NoError(t, err)
	defer c.Close()
	c.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		r := req.ResponseKind().(*kmsg.MetadataResponse)
		r.ControllerID = 0
		for i, addr := range c.ListenAddrs() {
			b := kmsg.NewMetadataResponseBroker()
			host, port, _ := net.SplitHostPort(addr)
			n, _ := strconv.Atoi(port)
			b.NodeID, b.Host, b.Port = int32(i), host, int32(n)
			r.Brokers = append(r.Brokers, b)
		}
		p := kmsg.NewMetadataResponseTopicPartition()
		p.Leader, p.Replicas, p.ISR = 0, []int32{1, 0, 2}, []int32{0}
		topic := kmsg.NewMetadataResponseTopic()
		topic.Topic, topic.Partitions = kmsg.StringPtr("orders"), append(topic.Partitions, p)
		r.Topics = append(r.Topics, topic)
		return r, nil, true
	})
	c.ControlKey(int16(kmsg.ListOffsets), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		asked := req.(*kmsg.ListOffsetsRequest)
		p := kmsg.NewListOffsetsResponseTopicPartition()
		switch at := asked.Topics[0].Partitions[0].Timestamp; {
		case at == startOfPartition:
			p.Offset = 0
		case asked.ReplicaID == -1:
			p.Offset = 110
		case c.CurrentNode() == 2:
			p.ErrorCode = kerr.NotLeaderForPartition.Code
		case asked.ReplicaID == -2:
			p.Offset = 120 - 20*int64(c.CurrentNode())
		}
		r := req.ResponseKind().(*kmsg.ListOffsetsResponse)
		r.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "orders", Partitions: []kmsg.ListOffsetsResponseTopicPartition{p}}}
		return r, nil, true
	})
	b := &testBroker{t: t, addr: c.ListenAddrs()[0]}
	require.Regexp(t, `PARTITION +LEADER +EPOCH +ISR +REPLICAS +OFFLINE +LAG +START +END +SIZE\n +0 +0 +- +0 +1,0,2 +- +1:20 +0 +110 +.* UNDER-REPLICATED, PREFERRED LEADER NOT LEADING\n`,
		b.must("", "topic", "describe", "orders"))
	require.Contains(t, b.must("", "topic", "describe", "orders", "--json"), `"lag":{"1":20}`)
}

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		what                   string
		leader                 int32
		replicas, isr, offline []int32
		minISR                 int
		moves                  map[partition]move
		want                   []string
	}{
		{"all is well", 1, []int32{1, 2}, []int32{2, 1}, nil, 2, nil, []string{}},
		{"one is late", 1, []int32{1, 2}, []int32{1}, nil, 1, nil, []string{flagUnderReplicated}},
		{"too few for acks=all", 1, []int32{1, 2}, []int32{1}, nil, 2, nil, []string{flagUnderReplicated, flagUnderMinISR}},
		{"min.insync.replicas is not known", 1, []int32{1, 2}, []int32{1}, nil, 0, nil, []string{flagUnderReplicated}},
		{"another leads", 2, []int32{1, 2}, []int32{1, 2}, nil, 2, nil, []string{flagNotPreferred}},
		{"one is there, and may not lead", -1, []int32{1, 2}, nil, []int32{1}, 1, nil,
			[]string{flagNoLeader, flagUnderReplicated, flagUnderMinISR}},
		{"no replica is there", -1, []int32{1}, []int32{1}, []int32{1}, 1, nil, []string{flagOffline, flagUnderReplicated}},
		{"one is only being added", 1, []int32{1, 2}, []int32{1}, nil, 1, map[partition]move{{"t", 0}: {adding: []int32{2}}},
			[]string{}},
		{"one is being added and one is late", 1, []int32{1, 2, 3}, []int32{1}, nil, 1,
			map[partition]move{{"t", 0}: {adding: []int32{2}}}, []string{flagUnderReplicated}},
	} {
		facts := topicFacts{minISR: map[string]int{"t": c.minISR}, moves: c.moves}
		p := facts.partition(kadm.PartitionDetail{Topic: "t", Leader: c.leader, Replicas: c.replicas, ISR: c.isr,
			OfflineReplicas: c.offline})
		require.Equal(t, c.want, p.Flags, c.what)
	}
}
