package view

import (
	"testing"

	"gregor/core/kafka"
)

// A leader whose ISR has shrunk is under-replicated; below min.insync.replicas it is under that, too.
func TestMetrics(t *testing.T) {
	ids := func(n ...kafka.NodeID) []kafka.NodeID { return n }
	s := Server{ID: 1, Broker: true, Controller: true, Quorum: &Quorum{Leader: 1, Epoch: 3, HighWatermark: 7, LogEnd: 9},
		Metadata: Metadata{Brokers: 3, Fenced: 1, Partitions: 4, Leaderless: 1},
		Partitions: []Partition{
			{Role: "leading", Replicas: ids(1, 2, 3), ISR: ids(1, 2, 3), MinISR: 2, Waiting: 1},
			{Role: "leading", Replicas: ids(1, 2, 3), ISR: ids(1, 2), MinISR: 2},
			{Role: "leading", Replicas: ids(1, 2, 3), ISR: ids(1), MinISR: 2, Waiting: 2},
			{Role: "following", Replicas: ids(1, 2, 3), ISR: ids(2), MinISR: 2, State: "fenced"},
		},
		Groups: []Group{{State: "Stable"}, {State: "Stable"}, {State: "PreparingRebalance"}}}
	got := map[string]int64{}
	for _, m := range s.Metrics() {
		got[m.Name] = m.Value
	}
	for name, want := range map[string]int64{"ReplicaManager.LeaderCount": 3, "ReplicaManager.PartitionCount": 4,
		"ReplicaManager.UnderReplicatedPartitions": 2, "ReplicaManager.UnderMinIsrPartitionCount": 1,
		"ReplicaManager.AtMinIsrPartitionCount": 1, "ReplicaManager.OfflineReplicaCount": 1,
		"DelayedOperationPurgatory.Produce.PurgatorySize": 3, "GroupMetadataManager.NumGroups": 3,
		"GroupMetadataManager.NumGroupsStable": 2, "GroupMetadataManager.NumGroupsPreparingRebalance": 1,
		"KafkaController.ActiveControllerCount": 1, "KafkaController.ActiveBrokerCount": 2,
		"KafkaController.FencedBrokerCount": 1, "KafkaController.OfflinePartitionsCount": 1,
		"KafkaController.GlobalPartitionCount": 4, "raft-metrics.current-epoch": 3} {
		if got[name] != want {
			t.Errorf("%s is %d, want %d", name, got[name], want)
		}
	}
	if n := len((&Server{Broker: true}).Metrics()); n == 0 || n == len(gauges) {
		t.Errorf("a broker that is no controller has %d metrics", n)
	}
}
