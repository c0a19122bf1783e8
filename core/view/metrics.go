package view

// Metric is a number under the name that Kafka's own metric has (JMX: type and name).
type Metric struct {
	Name  string `json:"name"`
	Value int64  `json:"value"`
}

// gauges are the metrics of a server that follow from its state alone, as Kafka names and counts them.
var gauges = []struct {
	name  string
	part  func(s *Server) bool // the servers that have it
	value func(s *Server) int64
}{
	{"ReplicaManager.PartitionCount", isBroker, func(s *Server) int64 { return int64(len(s.Partitions)) }},
	{"ReplicaManager.LeaderCount", isBroker, func(s *Server) int64 {
		return s.partitions(func(p *Partition) bool { return p.leads() })
	}},
	{"ReplicaManager.UnderReplicatedPartitions", isBroker, func(s *Server) int64 {
		return s.partitions(func(p *Partition) bool { return p.leads() && len(p.ISR) < len(p.Replicas) })
	}},
	{"ReplicaManager.UnderMinIsrPartitionCount", isBroker, func(s *Server) int64 {
		return s.partitions(func(p *Partition) bool { return p.leads() && len(p.ISR) < p.MinISR })
	}},
	{"ReplicaManager.AtMinIsrPartitionCount", isBroker, func(s *Server) int64 {
		return s.partitions(func(p *Partition) bool { return p.leads() && len(p.ISR) == p.MinISR })
	}},
	{"ReplicaManager.OfflineReplicaCount", isBroker, func(s *Server) int64 {
		return s.partitions(func(p *Partition) bool { return p.State == "fenced" })
	}},
	{"DelayedOperationPurgatory.Produce.PurgatorySize", isBroker, func(s *Server) (n int64) {
		for i := range s.Partitions {
			n += int64(s.Partitions[i].Waiting)
		}
		return n
	}},
	{"GroupMetadataManager.NumGroups", isBroker, func(s *Server) int64 { return int64(len(s.Groups)) }},
	{"GroupMetadataManager.NumGroupsPreparingRebalance", isBroker, inState("PreparingRebalance")},
	{"GroupMetadataManager.NumGroupsCompletingRebalance", isBroker, inState("CompletingRebalance")},
	{"GroupMetadataManager.NumGroupsStable", isBroker, inState("Stable")},
	{"KafkaController.ActiveControllerCount", isController, func(s *Server) int64 {
		if s.Quorum != nil && s.Quorum.Leader == s.ID {
			return 1
		}
		return 0
	}},
	{"KafkaController.ActiveBrokerCount", isController, func(s *Server) int64 {
		return int64(s.Metadata.Brokers - s.Metadata.Fenced)
	}},
	{"KafkaController.FencedBrokerCount", isController, func(s *Server) int64 { return int64(s.Metadata.Fenced) }},
	{"KafkaController.OfflinePartitionsCount", isController, func(s *Server) int64 {
		return int64(s.Metadata.Leaderless)
	}},
	{"KafkaController.GlobalPartitionCount", isController, func(s *Server) int64 {
		return int64(s.Metadata.Partitions)
	}},
	{"raft-metrics.current-epoch", hasQuorum, func(s *Server) int64 { return int64(s.Quorum.Epoch) }},
	{"raft-metrics.high-watermark", hasQuorum, func(s *Server) int64 { return int64(s.Quorum.HighWatermark) }},
	{"raft-metrics.log-end-offset", hasQuorum, func(s *Server) int64 { return int64(s.Quorum.LogEnd) }},
}

func isBroker(s *Server) bool     { return s.Broker }
func isController(s *Server) bool { return s.Controller }
func hasQuorum(s *Server) bool    { return s.Quorum != nil }

func inState(state string) func(s *Server) int64 {
	return func(s *Server) (n int64) {
		for i := range s.Groups {
			if s.Groups[i].State == state {
				n++
			}
		}
		return n
	}
}

func (s *Server) partitions(which func(p *Partition) bool) (n int64) {
	for i := range s.Partitions {
		if which(&s.Partitions[i]) {
			n++
		}
	}
	return n
}

func (p *Partition) leads() bool { return p.Role == "leading" }

// Metrics returns the gauges of a server, in a fixed order.
func (s *Server) Metrics() (all []Metric) {
	for _, g := range gauges {
		if g.part(s) {
			all = append(all, Metric{g.name, g.value(s)})
		}
	}
	return all
}
