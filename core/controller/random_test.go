package controller

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// TestRandomLives plays random lives of brokers, leaders and people; commit checks the rules after every decision.
func TestRandomLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCluster(t, int16(rapid.IntRange(0, 1).Draw(t, "elr")))
		c.cfg.BalanceEvery, c.cfg.UncleanEvery = 20*time.Second, 30*time.Second
		c.lead()
		c.laws.lossy = true // restarts without a word are among what happens
		life(t, c)
	})
}

// TestNothingIsForgotten plays the same without what may lose records: no unclean election, no power cut, no broker
// unregistered. Then every replica that had every committed record is in the ISR or eligible for as long as it matters,
// and no leader ever has to make good for missing ones.
func TestNothingIsForgotten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := newCluster(t, 1)
		life(t, c)
		for name, p := range c.partitions() {
			require.Equal(t, metadata.Recovered, p.LeaderRecovery, line(name, p))
		}
	})
}

// life is one random life of a cluster.
func life(t *rapid.T, c *cluster) {
	c.join(1, 2, 3, 4)
	minISR := rapid.IntRange(1, 3).Draw(t, "min.insync.replicas")
	r := c.createTopic("t", 4, 3, nil, fmt.Sprintf("min.insync.replicas=%d", minISR))
	require.Zero(t, r.ErrorCode, r.ErrorMessage)
	broker := rapid.Custom(func(t *rapid.T) kafka.NodeID { return kafka.NodeID(rapid.IntRange(1, 5).Draw(t, "broker")) })
	partition := func() kafka.PartitionID { return kafka.PartitionID(rapid.IntRange(0, 3).Draw(t, "partition")) }
	actions := map[string]func(*rapid.T){
		"heartbeat": func(t *rapid.T) {
			c.heartbeat(broker.Draw(t, "who"), rapid.Bool().Draw(t, "fence") && rapid.Bool().Draw(t, "really"), false)
		},
		"shut down": func(t *rapid.T) { c.heartbeat(broker.Draw(t, "who"), false, true) },
		"restart": func(t *rapid.T) {
			id := broker.Draw(t, "who")
			previous := c.epoch(id)
			if c.laws.lossy && rapid.Bool().Draw(t, "unclean") {
				previous = -1
				c.disks[id] += byte(rapid.IntRange(0, 1).Draw(t, "new disks"))
			}
			c.register(id, "", previous)
		},
		"time": func(t *rapid.T) {
			var live []kafka.NodeID
			for id := kafka.NodeID(1); id <= 5; id++ {
				if rapid.IntRange(0, 2).Draw(t, "alive") > 0 {
					live = append(live, id)
				}
			}
			c.pass(time.Duration(rapid.IntRange(1, 12).Draw(t, "seconds"))*time.Second, live...)
		},
		"isr": func(t *rapid.T) {
			n := partition()
			p := c.partition("t", n)
			if p.Leader == kafka.NoNode {
				return
			}
			isr := []kafka.NodeID{p.Leader}
			for _, id := range p.Replicas {
				if id != p.Leader && rapid.IntRange(0, 3).Draw(t, "in") > 0 {
					isr = append(isr, id)
				}
			}
			c.alter("t", n, nil, isr...)
		},
		"reassign": func(t *rapid.T) {
			ask := kmsg.AlterPartitionAssignmentsRequestTopicPartition{Partition: int32(partition())}
			if rapid.IntRange(0, 3).Draw(t, "cancel") > 0 {
				ask.Replicas = rapid.SliceOfNDistinct(rapid.Int32Range(1, 5), 1, 4, rapid.ID).Draw(t, "replicas")
			}
			r := kmsg.NewPtrAlterPartitionAssignmentsRequest()
			r.AllowReplicationFactorChange = true
			r.Topics = []kmsg.AlterPartitionAssignmentsRequestTopic{{Topic: "t",
				Partitions: []kmsg.AlterPartitionAssignmentsRequestTopicPartition{ask, ask}}}
			c.ask(r)
		},
		"elect": func(t *rapid.T) {
			r := kmsg.NewPtrElectLeadersRequest()
			if c.laws.lossy {
				r.ElectionType = int8(rapid.IntRange(0, 1).Draw(t, "type"))
			}
			c.ask(r)
		},
		"min.insync.replicas": func(t *rapid.T) {
			value := fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "min"))
			c.configure("min.insync.replicas", value)
		},
		"failover": func(*rapid.T) { c.lead() },
		"": func(t *rapid.T) {
			if c.now.Mono > 1<<62 {
				t.Fatal("time ran away")
			}
		},
	}
	if c.laws.lossy {
		actions["unclean"] = func(t *rapid.T) {
			c.configure(uncleanConfig, fmt.Sprint(rapid.Bool().Draw(t, "allowed")))
		}
		actions["unregister"] = func(t *rapid.T) {
			if rapid.IntRange(0, 4).Draw(t, "really") == 0 {
				c.ask(&kmsg.UnregisterBrokerRequest{BrokerID: int32(broker.Draw(t, "who"))})
			}
		}
		actions["feature"] = func(t *rapid.T) {
			level := int16(rapid.IntRange(0, 1).Draw(t, "level"))
			c.ask(&kmsg.UpdateFeaturesRequest{FeatureUpdates: []kmsg.UpdateFeaturesRequestFeatureUpdate{{
				Feature: elrVersion, MaxVersionLevel: level, UpgradeType: int8(2 - level)}}})
		}
	}
	t.Repeat(actions)
}

func (c *cluster) configure(name, value string) {
	r := kmsg.NewPtrIncrementalAlterConfigsRequest()
	r.Resources = []kmsg.IncrementalAlterConfigsRequestResource{{ResourceType: kmsg.ConfigResourceTypeTopic,
		ResourceName: "t",
		Configs:      []kmsg.IncrementalAlterConfigsRequestResourceConfig{{Name: name, Value: &value}}}}
	resp := c.ask(r).(*kmsg.IncrementalAlterConfigsResponse)
	require.Zero(c.t, resp.Resources[0].ErrorCode)
}

// TestPlacementIsSpread holds the placement to what it is for, on random clusters: no replica twice, racks used
// evenly, every broker of a partition's leader in service.
func TestPlacementIsSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := env.NewRand(rapid.Uint64().Draw(t, "seed"))
		var brokers []*metadata.Broker
		racks := map[string]int{} // brokers in each
		names := []string{"a", "b", "c"}
		rackOf := map[kafka.NodeID]string{}
		for id := range kafka.NodeID(rapid.IntRange(1, 9).Draw(t, "brokers")) {
			name := rapid.SampledFrom(names).Draw(t, "rack")
			racks[name]++
			rackOf[id] = name
			brokers = append(brokers, &metadata.Broker{ID: id, Rack: &name, Fenced: id > 0 &&
				rapid.IntRange(0, 3).Draw(t, "fenced") == 0})
		}
		s := newStripes(brokers, &rnd)
		factor := rapid.IntRange(1, len(brokers)).Draw(t, "factor")
		require.Equal(t, kafka.None, s.check(factor).code)
		require.NotEqual(t, kafka.None, s.check(len(brokers)+1).code)
		leads := map[kafka.NodeID]int{}
		for range 3 * len(brokers) {
			replicas := s.next(factor)
			require.Len(t, replicas, factor)
			require.Len(t, slices.Compact(slices.Sorted(slices.Values(replicas))), factor, "%v", replicas)
			require.False(t, brokers[replicas[0]].Fenced, "%v", replicas)
			leads[replicas[0]]++
			in := map[string]int{}
			for _, id := range replicas {
				in[rackOf[id]]++
			}
			for a, n := range in { // a rack has two more than another only if that one has no more brokers
				for b, size := range racks {
					require.False(t, n > in[b]+1 && in[b] < size, "%v: rack %s has %d, %s has %d of %d", replicas,
						a, n, b, in[b], size)
				}
			}
		}
		if !slices.ContainsFunc(brokers, func(b *metadata.Broker) bool { return b.Fenced }) && len(racks) == 1 {
			for id := range rackOf {
				require.Equal(t, 3, leads[id], "broker %d leads %v", id, leads)
			}
		}
	})
}
