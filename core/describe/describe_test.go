package describe_test

import (
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/describe"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/raft"
	"gregor/core/wire"
)

// local is what broker 1 knows of its logs.
type local struct{ fenced, full map[kafka.TopicPartition]bool }

func (l local) Fenced(tp kafka.TopicPartition) bool            { return l.fenced[tp] }
func (l local) Full(tp kafka.TopicPartition) bool              { return l.full[tp] }
func (l local) Size(kafka.TopicPartition) (env.Position, bool) { return 7, true }

var orders = kafka.TopicPartition{Topic: "orders"}

// cluster is broker 1's: brokers 1 and 2 with a listener A each, broker 2 with B as well, and topic orders, led by 1
// and 2.
func cluster(t *testing.T, l local) *describe.Cluster {
	image := metadata.New()
	records := []metadata.Record{&metadata.TopicRecord{Name: "orders", ID: kafka.UUID{9}}}
	for id := range kafka.NodeID(2) {
		endpoints := []metadata.Endpoint{{Name: "A", Host: "a", Port: uint16(id)}, {Name: "B", Host: "b", Port: uint16(id)}}
		records = append(records, &metadata.RegisterBroker{Broker: id + 1, Epoch: kafka.BrokerEpoch(id),
			Endpoints: endpoints[:id+1]},
			&metadata.PartitionRecord{Topic: kafka.UUID{9}, Partition: kafka.PartitionID(id), Replicas: []kafka.NodeID{1, 2},
				ISR:    []kafka.NodeID{1, 2},
				Leader: id + 1, Directories: make([]kafka.UUID, 2)})
	}
	for i, r := range records {
		if err := image.Apply(kafka.Offset(i), r); err != nil {
			t.Fatal(err)
		}
	}
	return &describe.Cluster{Image: image, Self: 1, ID: "c", Local: l}
}

func metadataOf(c *describe.Cluster, from describe.From) *kmsg.MetadataResponse {
	r := kmsg.NewPtrMetadataRequest()
	r.Topics = nil
	return c.Metadata(from, r)
}

// A client is only sent to addresses of the listener that it came by: where the leader has none, there is no leader for
// it.
func TestALeaderIsNamedByTheListenerOfTheClient(t *testing.T) {
	c := cluster(t, local{})
	for _, x := range []struct {
		from    describe.From
		brokers int
		leaders [2]int32
		errs    [2]kafka.ErrorCode
	}{
		{describe.From{Listener: "A", Version: 12}, 2, [2]int32{1, 2}, [2]kafka.ErrorCode{}},
		{describe.From{Listener: "B", Version: 12}, 1, [2]int32{-1, 2}, [2]kafka.ErrorCode{kafka.ListenerNotFound}},
		// knows no other code
		{describe.From{Listener: "B", Version: 5}, 1, [2]int32{-1, 2}, [2]kafka.ErrorCode{kafka.LeaderNotAvailable}},
	} {
		resp := metadataOf(c, x.from)
		if len(resp.Brokers) != x.brokers {
			t.Errorf("by listener %s there are %d brokers, want %d", x.from.Listener, len(resp.Brokers), x.brokers)
		}
		for i, p := range resp.Topics[0].Partitions {
			if p.Leader != x.leaders[i] || kafka.ErrorCode(p.ErrorCode) != x.errs[i] {
				t.Errorf("by listener %s in version %d partition %d has leader %d, %v", x.from.Listener, x.from.Version, i,
					p.Leader, kafka.ErrorCode(p.ErrorCode))
			}
		}
	}
}

func TestAPartitionWhoseDiskFailedHasNoLeaderHere(t *testing.T) {
	c := cluster(t, local{fenced: map[kafka.TopicPartition]bool{orders: true}})
	p := metadataOf(c, describe.From{Listener: "A", Version: 12}).Topics[0].Partitions[0]
	if p.Leader != -1 || kafka.ErrorCode(p.ErrorCode) != kafka.KafkaStorageError ||
		!slices.Equal(p.OfflineReplicas, []int32{1}) {
		t.Errorf("leader %d, %v, offline %v", p.Leader, kafka.ErrorCode(p.ErrorCode), p.OfflineReplicas)
	}
}

func TestADescriptionGoesOnAtItsCursor(t *testing.T) {
	c := cluster(t, local{})
	r := kmsg.NewPtrDescribeTopicPartitionsRequest()
	r.ResponsePartitionLimit = 1
	var seen []int32
	for range 3 {
		resp := c.TopicPartitions(describe.From{Listener: "A"}, r, 100)
		for _, topic := range resp.Topics {
			for _, p := range topic.Partitions {
				seen = append(seen, p.Partition)
			}
		}
		if resp.NextCursor == nil {
			break
		}
		cursor := kmsg.NewDescribeTopicPartitionsRequestCursor()
		cursor.Topic, cursor.Partition = resp.NextCursor.Topic, resp.NextCursor.Partition
		r.Cursor = &cursor
	}
	if !slices.Equal(seen, []int32{0, 1}) {
		t.Errorf("partitions %v were described, one a page; want 0 and 1", seen)
	}
}

func TestAFullDiskHasNoCoordinator(t *testing.T) {
	r := kmsg.NewPtrFindCoordinatorRequest()
	r.CoordinatorKeys = []string{"billing"}
	home := func(int8, string) (kafka.TopicPartition, bool) { return orders, true }
	for _, full := range []bool{false, true} {
		c := cluster(t, local{full: map[kafka.TopicPartition]bool{orders: full}})
		got := c.Coordinators(describe.From{Listener: "A", Version: 4}, r, home).Coordinators[0]
		if (got.NodeID == 1) == full || (kafka.ErrorCode(got.ErrorCode) == kafka.CoordinatorNotAvailable) != full {
			t.Errorf("full: %v; the coordinator is %d, %v", full, got.NodeID, kafka.ErrorCode(got.ErrorCode))
		}
	}
}

func TestLoggersChangeAllOrNone(t *testing.T) {
	level := func(name env.Logger, text string) kmsg.IncrementalAlterConfigsRequestResourceConfig {
		e := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		e.Name, e.Value, e.Op = string(name), &text, kmsg.IncrementalAlterConfigOpSet
		return e
	}
	l := describe.Loggers{Root: env.Info}
	good, bad := level(env.OfBroker, "DEBUG"), level(env.OfBroker, "LOUD")
	if facts, j := l.Alter([]kmsg.IncrementalAlterConfigsRequestResourceConfig{good, bad}, false); !j.Refuses() ||
		facts != nil {
		t.Errorf("a level that there is not is accepted: %v, %v", facts, j)
	}
	if facts, j := l.Alter([]kmsg.IncrementalAlterConfigsRequestResourceConfig{good}, true); j.Refuses() || facts != nil {
		t.Errorf("a validation changes %v, %v", facts, j)
	}
	facts, j := l.Alter([]kmsg.IncrementalAlterConfigsRequestResourceConfig{good}, false)
	if j.Refuses() || len(facts) != 1 || facts[0].Level != env.Debug {
		t.Errorf("facts %v, %v", facts, j)
	}
}

// quorum is the metadata quorum of controllers 7 and 8, with a leader.
type quorum kafka.NodeID

func (quorum) Voters() []raft.Voter   { return []raft.Voter{{ID: 7, Host: "k7"}, {ID: 8, Host: "k8"}} }
func (q quorum) Leader() kafka.NodeID { return kafka.NodeID(q) }

// To clients of brokers it is the controller; a controller names the active one, whichever is asked (KIP-919).
func TestDescribeClusterNamesTheActiveController(t *testing.T) {
	c := cluster(t, local{})
	for _, x := range []struct {
		endpoints  int8
		on         wire.Listeners
		leader     kafka.NodeID
		controller int32
		nodes      []int32
	}{
		{1, wire.OnBroker, 8, 1, []int32{1, 2}},
		{2, wire.OnController, 8, 8, []int32{7, 8}},
		{2, wire.OnController, kafka.NoNode, -1, []int32{7, 8}},
	} {
		r := kmsg.NewPtrDescribeClusterRequest()
		r.Version, r.EndpointType, r.IncludeFencedBrokers = 2, x.endpoints, true
		resp := c.DescribeCluster(describe.From{Version: 2, Listener: "A", On: x.on}, quorum(x.leader), r)
		var nodes []int32
		for _, b := range resp.Brokers {
			nodes = append(nodes, b.NodeID)
		}
		if resp.ControllerID != x.controller || !slices.Equal(nodes, x.nodes) {
			t.Errorf("%+v: the controller is %d, of %d", x, resp.ControllerID, nodes)
		}
	}
}
