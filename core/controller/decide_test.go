package controller

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// everyRequest is one of each kind that the controller decides, asking for something.
func everyRequest() []kmsg.Request {
	topic, value := "t", "1"
	create := kmsg.NewPtrCreateTopicsRequest()
	create.Topics = []kmsg.CreateTopicsRequestTopic{{Topic: "t", NumPartitions: 1, ReplicationFactor: 1}}
	drop := kmsg.NewPtrDeleteTopicsRequest()
	drop.Topics = []kmsg.DeleteTopicsRequestTopic{{Topic: &topic}}
	more := kmsg.NewPtrCreatePartitionsRequest()
	more.Topics = []kmsg.CreatePartitionsRequestTopic{{Topic: "t", Count: 9}}
	alter := kmsg.NewPtrAlterConfigsRequest()
	alter.Resources = []kmsg.AlterConfigsRequestResource{{ResourceType: 2, ResourceName: "t",
		Configs: []kmsg.AlterConfigsRequestResourceConfig{{Name: "retention.ms", Value: &value}}}}
	incremental := kmsg.NewPtrIncrementalAlterConfigsRequest()
	incremental.Resources = []kmsg.IncrementalAlterConfigsRequestResource{{ResourceType: 2, ResourceName: "t",
		Configs: []kmsg.IncrementalAlterConfigsRequestResourceConfig{{Name: "retention.ms", Value: &value}}}}
	return []kmsg.Request{create, drop, more, alter, incremental, kmsg.NewPtrBrokerRegistrationRequest(),
		kmsg.NewPtrBrokerHeartbeatRequest(),
		kmsg.NewPtrUnregisterBrokerRequest(), kmsg.NewPtrAlterPartitionRequest(), kmsg.NewPtrElectLeadersRequest(),
		kmsg.NewPtrAlterPartitionAssignmentsRequest(), kmsg.NewPtrListPartitionReassignmentsRequest(),
		kmsg.NewPtrAllocateProducerIDsRequest(), kmsg.NewPtrUpdateFeaturesRequest()}
}

// codeIn finds the first error code of an encoded response, as a client would: through its own decoder's fields.
func codeIn(resp kmsg.Response) int16 {
	switch a := resp.(type) {
	case *kmsg.CreateTopicsResponse:
		return a.Topics[0].ErrorCode
	case *kmsg.DeleteTopicsResponse:
		return a.Topics[0].ErrorCode
	case *kmsg.CreatePartitionsResponse:
		return a.Topics[0].ErrorCode
	case *kmsg.AlterConfigsResponse:
		return a.Resources[0].ErrorCode
	case *kmsg.IncrementalAlterConfigsResponse:
		return a.Resources[0].ErrorCode
	case *kmsg.BrokerRegistrationResponse:
		return a.ErrorCode
	case *kmsg.BrokerHeartbeatResponse:
		return a.ErrorCode
	case *kmsg.UnregisterBrokerResponse:
		return a.ErrorCode
	case *kmsg.AlterPartitionResponse:
		return a.ErrorCode
	case *kmsg.ElectLeadersResponse:
		return a.ErrorCode
	case *kmsg.AlterPartitionAssignmentsResponse:
		return a.ErrorCode
	case *kmsg.ListPartitionReassignmentsResponse:
		return a.ErrorCode
	case *kmsg.AllocateProducerIDsResponse:
		return a.ErrorCode
	case *kmsg.UpdateFeaturesResponse:
		return a.ErrorCode
	}
	panic(resp)
}

func TestWhoDoesNotLeadSaysSo(t *testing.T) {
	c := newCluster(t, 1)
	c.ctrl.Resign()
	for _, r := range everyRequest() {
		r.SetVersion(r.MaxVersion())
		require.True(t, Decides(r))
		d := c.ctrl.Decide(c.now, c.next(), r)
		require.Empty(t, d.Records)
		resp := d.Reply(kafka.None)
		require.Equal(t, int16(kafka.NotController), codeIn(resp), "%T", resp)
		require.Equal(t, r.MaxVersion(), resp.GetVersion())
	}
	require.Equal(t, env.Never, c.ctrl.Deadline())
	require.False(t, Decides(kmsg.NewPtrProduceRequest()))
}

// A topic that is refused has no configs, which is an empty list: null stands for configs that a client may not see.
func TestATopicThatIsRefusedHasNoConfigs(t *testing.T) {
	c := newCluster(t, 1)
	for _, resp := range []kmsg.CreateTopicsResponseTopic{c.createTopic("t", 0, 1, nil),
		c.createTopic("t", 1, 1, nil, "no.such=1")} {
		require.NotZero(t, resp.ErrorCode)
		require.NotNil(t, resp.Configs)
		require.Empty(t, resp.Configs)
	}
}

func TestEmptyRequestsOfEveryVersion(t *testing.T) {
	for _, r := range everyRequest() {
		for v := int16(0); v <= r.MaxVersion(); v++ {
			c := newCluster(t, 1)
			r.SetVersion(v)
			require.NotNil(t, c.commit(c.ctrl.Decide(c.now, c.next(), r)))
		}
	}
}

// What could not be stored has not happened, and the client receives the error.
func TestRecordsThatAreNeverStored(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1, 2)
	before := dump(c.image)
	r := everyRequest()[0]
	r.SetVersion(7)
	d := c.ctrl.Decide(c.now, c.next(), r)
	require.NotEmpty(t, d.Records)
	require.True(t, c.ctrl.Busy())
	require.Equal(t, env.Never, c.ctrl.Deadline())
	require.Panics(t, func() { c.ctrl.Decide(c.now, c.next(), r) }, "an owner that does not wait")
	_, ok := c.ctrl.Tick(c.now)
	require.False(t, ok)
	require.Equal(t, int16(kafka.NotController), codeIn(d.Reply(kafka.NotController)))
	require.False(t, c.ctrl.Busy())
	require.Equal(t, before, dump(c.image))
	// The next leadership is not disturbed by what is left of the one before.
	d = c.ctrl.Decide(c.now, c.next(), r)
	c.ctrl.Resign()
	next := c.ctrl.Lead(c.now)
	d.Reply(kafka.NotController)
	next.Reply(kafka.None)
	require.False(t, c.ctrl.Busy())
}

// A heartbeat that waits for another decision does not count as late.
func TestAHeartbeatInTheQueueIsHeard(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1, 2)
	require.Equal(t, c.now.Mono.Add(9*time.Second), c.ctrl.Deadline())
	require.Equal(t, 0, c.pass(8*time.Second, 1))
	require.Equal(t, 1, c.pass(time.Second))
	require.True(t, c.ctrl.view.active(1))
	require.False(t, c.ctrl.view.active(2))
}

// A leadership gives every broker a whole session, whatever heartbeats the one before has received.
func TestSessionsBeginWithTheLeadership(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1)
	c.now.Mono = c.now.Mono.Add(time.Hour)
	c.lead()
	require.Equal(t, 0, c.pass(8*time.Second))
	require.Equal(t, 1, c.pass(time.Second))
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1)
	dir := kafka.UUID{3: 7, 15: 9}
	good := func() *kmsg.BrokerRegistrationRequest {
		r := kmsg.NewPtrBrokerRegistrationRequest()
		r.BrokerID, r.ClusterID, r.IncarnationID, r.LogDirs = 2, "test-cluster", c.uuids.UUID(), [][16]byte{dir}
		r.Features = []kmsg.BrokerRegistrationRequestFeature{feature(metadataVersion, 7, 33), feature(elrVersion, 0, 1)}
		return r
	}
	for _, x := range []struct {
		name string
		harm func(*kmsg.BrokerRegistrationRequest)
		want kafka.ErrorCode
	}{
		{"another cluster", func(r *kmsg.BrokerRegistrationRequest) { r.ClusterID = "other" }, kafka.InconsistentClusterID},
		{"an id that is none", func(r *kmsg.BrokerRegistrationRequest) { r.BrokerID = -7 }, kafka.InvalidRequest},
		{"zookeeper", func(r *kmsg.BrokerRegistrationRequest) { r.IsMigratingZkBroker = true }, kafka.BrokerIDNotRegistered},
		{"an id in use", func(r *kmsg.BrokerRegistrationRequest) { r.BrokerID = 1 }, kafka.DuplicateBrokerRegistration},
		{"no directory", func(r *kmsg.BrokerRegistrationRequest) { r.LogDirs = nil }, kafka.InvalidRegistration},
		{"a reserved directory", func(r *kmsg.BrokerRegistrationRequest) { r.LogDirs = [][16]byte{{15: 1}} },
			kafka.InvalidRegistration},
		{"a directory twice", func(r *kmsg.BrokerRegistrationRequest) { r.LogDirs = [][16]byte{dir, dir} },
			kafka.InvalidRegistration},
		{"another broker's directory", func(r *kmsg.BrokerRegistrationRequest) {
			r.LogDirs = [][16]byte{{0: 0xd1,
				15: 1}}
		}, kafka.InvalidRegistration},
		{"an old metadata.version",
			func(r *kmsg.BrokerRegistrationRequest) { r.Features[0].MaxSupportedVersion = 32 }, kafka.UnsupportedVersion},
		{"a feature it does not know", func(r *kmsg.BrokerRegistrationRequest) { r.Features = r.Features[:1] },
			kafka.UnsupportedVersion},
		{"nothing", func(*kmsg.BrokerRegistrationRequest) {}, kafka.None},
	} {
		r := good()
		x.harm(r)
		require.Equal(t, int16(x.want), codeIn(c.ask(r)), x.name)
	}
}

func TestADirectoryFails(t *testing.T) {
	c := newCluster(t, 1)
	c.join(2)
	a, b := kafka.UUID{1: 1, 15: 200}, kafka.UUID{1: 2, 15: 200}
	r := kmsg.NewPtrBrokerRegistrationRequest()
	r.BrokerID, r.ClusterID, r.LogDirs = 1, "test-cluster", [][16]byte{a, b}
	r.Features = []kmsg.BrokerRegistrationRequestFeature{feature(metadataVersion, 7, 33), feature(elrVersion, 0, 1)}
	require.Zero(t, codeIn(c.ask(r)))
	c.heartbeat(1, false, false)
	c.createTopic("t", -1, -1, [][]int32{{1, 2}, {1, 2}})
	topic, _ := c.image.Topic("t")
	for n, dir := range []kafka.UUID{a, b} { // the broker has reported where the replicas are
		change := metadata.NewPartitionChange(topic.ID, kafka.PartitionID(n))
		change.Directories = []kafka.UUID{dir, c.partition("t", 0).Directories[1]}
		require.NoError(t, c.image.Apply(c.next(), change))
		c.log = append(c.log, change)
	}
	h := kmsg.NewPtrBrokerHeartbeatRequest()
	h.BrokerID, h.BrokerEpoch, h.CurrentMetadataOffset = 1, int64(c.epoch(1)), int64(c.next())
	h.OfflineLogDirs, h.CordonedLogDirs = [][16]byte{a}, [][16]byte{b}
	require.Zero(t, codeIn(c.ask(h)))
	require.Equal(t, []kafka.NodeID{2}, c.partition("t", 0).ISR)
	require.Equal(t, kafka.NodeID(2), c.partition("t", 0).Leader)
	require.Equal(t, kafka.NodeID(1), c.partition("t", 1).Leader)
	broker, _ := c.image.Broker(1)
	require.Equal(t, []kafka.UUID{b}, broker.LogDirs)
	n := len(c.log)
	require.Zero(t, codeIn(c.ask(h)))
	require.Len(t, c.log, n, "the same again changes nothing")
	require.Equal(t, int16(kafka.InvalidReplicationFactor), c.createTopic("u", 1, 2, nil).ErrorCode,
		"all that is left of 1 is cordoned")
}

func TestProducerIDsEnd(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1)
	require.NoError(t, c.image.Apply(c.next(), &metadata.ProducerIDs{Broker: 1, Next: math.MaxInt64 - 10}))
	c.log = append(c.log, &metadata.ProducerIDs{Broker: 1, Next: math.MaxInt64 - 10})
	r := kmsg.NewPtrAllocateProducerIDsRequest()
	r.BrokerID, r.BrokerEpoch = 1, int64(c.epoch(1))
	require.Equal(t, int16(kafka.UnknownServerError), codeIn(c.ask(r)))
}

// A request that names a partition twice must not have both changes worked out from the same image.
func TestAPartitionNamedTwice(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1, 2, 3)
	c.createTopic("t", -1, -1, [][]int32{{1, 2, 3}})
	resp := c.alter("t", 0, func(r *kmsg.AlterPartitionRequest, ask *kmsg.AlterPartitionRequestTopicPartition) {
		r.BrokerID, r.BrokerEpoch = 1, int64(c.epoch(1))
	}, 1, 2)
	require.Zero(t, resp.Topics[0].Partitions[0].ErrorCode)
	topic, _ := c.image.Topic("t")
	p := c.partition("t", 0)
	ask := kmsg.NewAlterPartitionRequestTopicPartition()
	ask.PartitionEpoch = int32(p.PartitionEpoch)
	ask.NewEpochISR = []kmsg.AlterPartitionRequestTopicPartitionNewEpochISR{{BrokerID: 1, BrokerEpoch: -1}}
	r := kmsg.NewPtrAlterPartitionRequest()
	r.BrokerID, r.BrokerEpoch = 1, int64(c.epoch(1))
	r.Topics = []kmsg.AlterPartitionRequestTopic{
		{TopicID: topic.ID, Partitions: []kmsg.AlterPartitionRequestTopicPartition{ask, ask}},
		{TopicID: kafka.UUID{1}, Partitions: []kmsg.AlterPartitionRequestTopicPartition{ask}}}
	got := c.ask(r).(*kmsg.AlterPartitionResponse)
	require.Zero(t, got.Topics[0].Partitions[0].ErrorCode)
	require.Equal(t, int16(kafka.InvalidUpdateVersion), got.Topics[0].Partitions[1].ErrorCode)
	require.Equal(t, int16(kafka.UnknownTopicID), got.Topics[1].Partitions[0].ErrorCode)
}

// BenchmarkFence is what the loss of a broker costs the controller, of 1000 partitions with three replicas on three
// brokers: the decision alone, without writing or applying it.
func BenchmarkFence(b *testing.B) {
	c := newCluster(b, 1)
	c.join(1, 2, 3)
	c.createTopic("t", 1000, 3, nil)
	broker, _ := c.image.Broker(1)
	for b.Loop() {
		if n := len(c.ctrl.view.fence(broker)); n != 1001 {
			b.Fatal(n)
		}
	}
}

// A request that leaves no time for a decision gets none, whatever it is.
func TestRequestsWithoutTimeTimeOut(t *testing.T) {
	for _, millis := range []int32{0, -1} {
		for _, r := range everyRequest() {
			timed, ok := r.(kmsg.SetTimeoutRequest)
			if !ok {
				continue
			}
			c := newCluster(t, 1)
			c.join(1, 2)
			r.SetVersion(r.MaxVersion())
			timed.SetTimeout(millis)
			d := c.ctrl.Decide(c.now, c.next(), r)
			require.Empty(t, d.Records, "%T", r)
			require.Equal(t, int16(kafka.RequestTimedOut), codeIn(d.Reply(kafka.None)), "%T", r)
		}
	}
}

// An unknown election type is refused as a whole and for each partition that is named, as Kafka does; of an empty list
// there is nothing to refuse.
func TestUnknownElectionTypes(t *testing.T) {
	c := newCluster(t, 1)
	c.join(1, 2)
	ask := func(topics []kmsg.ElectLeadersRequestTopic) *kmsg.ElectLeadersResponse {
		r := kmsg.NewPtrElectLeadersRequest()
		r.Version, r.ElectionType, r.Topics = 2, 9, topics
		d := c.ctrl.Decide(c.now, c.next(), r)
		require.Empty(t, d.Records)
		return d.Reply(kafka.None).(*kmsg.ElectLeadersResponse)
	}
	resp := ask([]kmsg.ElectLeadersRequestTopic{{Topic: "t", Partitions: []int32{0, 7}}})
	require.Equal(t, int16(kafka.InvalidRequest), resp.ErrorCode)
	require.Len(t, resp.Topics[0].Partitions, 2)
	for _, p := range resp.Topics[0].Partitions {
		require.Equal(t, int16(kafka.InvalidRequest), p.ErrorCode)
	}
	resp = ask(nil)
	require.Equal(t, int16(kafka.InvalidRequest), resp.ErrorCode)
	require.Empty(t, resp.Topics)
	require.Zero(t, ask([]kmsg.ElectLeadersRequestTopic{}).ErrorCode)
}
