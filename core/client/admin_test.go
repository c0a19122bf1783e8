package client_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gregor/core/client"
	"gregor/core/env"
	"gregor/core/kafka"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestAdminOfAClusterIsRetriedAndReported has a controller refuse each command once because it is none, or has none to
// ask, and then answer. The client asks again, and reports the last response.
func TestAdminOfAClusterIsRetriedAndReported(t *testing.T) {
	for _, c := range []struct {
		cmd    client.Command
		asks   string
		first  kafka.ErrorCode
		second kafka.ErrorCode
		what   string
		err    string
	}{
		{client.Command{Op: client.Reassign, Topic: "orders", Partition: 2, Replicas: []kafka.NodeID{2, 3, 4}},
			"orders-2 to [2 3 4]", kafka.NotController, kafka.None, "reassign orders-2", ""},
		{client.Command{Op: client.Reassign, Topic: "orders", Partition: 2},
			"orders-2 to []", kafka.RequestTimedOut, kafka.NoReassignmentInProgress, "reassign orders-2",
			"NO_REASSIGNMENT_IN_PROGRESS"},
		{client.Command{Op: client.ElectLeaders, Topic: "orders", Partition: 1},
			"elect 0 [{orders [1]}]", kafka.NotController, kafka.ElectionNotNeeded, "elect-leaders orders-1", ""},
		{client.Command{Op: client.ElectLeaders, Topic: "orders", Partition: -1, Unclean: true},
			"elect 1 []", kafka.NotController, kafka.EligibleLeadersNotAvailable, "elect-leaders orders",
			"ELIGIBLE_LEADERS_NOT_AVAILABLE"},
		{client.Command{Op: client.UpdateFeature, Feature: "eligible.leader.replicas.version"},
			"eligible.leader.replicas.version to 0 by 3", kafka.NotController, kafka.None,
			"update-feature eligible.leader.replicas.version", ""},
		{client.Command{Op: client.UpdateFeature, Feature: "eligible.leader.replicas.version", Level: 1},
			"eligible.leader.replicas.version to 1 by 1", kafka.NotController, kafka.InvalidUpdateVersion,
			"update-feature eligible.leader.replicas.version", "INVALID_UPDATE_VERSION"},
	} {
		t.Run(c.asks, func(t *testing.T) {
			asked, facts := administer(t, c.cmd, c.first, c.second)
			if want := []string{c.asks, c.asks}; !slices.Equal(asked, want) {
				t.Errorf("asked %v, want %v", asked, want)
			}
			want := env.AdminReturned{Client: "a1", What: c.what, Error: c.err}
			if !slices.Contains(facts, env.Fact(want)) {
				t.Errorf("got facts %v, want %v among them", facts, want)
			}
		})
	}
}

// administer runs one command against a broker that answers with the codes given, and lists what it was asked.
func administer(t *testing.T, cmd client.Command, codes ...kafka.ErrorCode) (asked []string, facts []env.Fact) {
	s, l := newStage(t), newLedger(3, "orders")
	s.told = func(f env.Fact) { facts = append(facts, f) }
	s.broker = func(_ *line, req kmsg.Request) reply {
		resp, text := decided(req, codes)
		if text == "" {
			resp, _ = l.handle(req, kafka.None)
			return reply{resp: resp}
		}
		asked, codes = append(asked, text), codes[1:]
		return reply{resp: resp}
	}
	cfg := client.NewAdminConfig("a1")
	must(t, cfg.Set("bootstrap.servers", "b0:9092"))
	cfg.Commands = []client.Command{cmd}
	s.node = client.NewAdmin(s.world(1), cfg)
	s.at(0, func() { s.step(env.Event{Kind: env.Boot}) })
	s.run(10 * time.Second)
	return asked, facts
}

// decided answers requests to the controller with the first code, and returns what was asked for.
func decided(req kmsg.Request, codes []kafka.ErrorCode) (resp kmsg.Response, text string) {
	switch req := req.(type) {
	case *kmsg.AlterPartitionAssignmentsRequest:
		r := req.ResponseKind().(*kmsg.AlterPartitionAssignmentsResponse)
		p := kmsg.NewAlterPartitionAssignmentsResponseTopicPartition()
		p.ErrorCode = int16(codes[0])
		r.Topics = []kmsg.AlterPartitionAssignmentsResponseTopic{{Topic: "orders",
			Partitions: []kmsg.AlterPartitionAssignmentsResponseTopicPartition{p}}}
		part := req.Topics[0].Partitions[0]
		return r, fmt.Sprintf("%s-%d to %v", req.Topics[0].Topic, part.Partition, part.Replicas)
	case *kmsg.ElectLeadersRequest:
		r := req.ResponseKind().(*kmsg.ElectLeadersResponse)
		p := kmsg.NewElectLeadersResponseTopicPartition()
		p.ErrorCode = int16(codes[0])
		r.Topics = []kmsg.ElectLeadersResponseTopic{{Topic: "orders",
			Partitions: []kmsg.ElectLeadersResponseTopicPartition{p}}}
		var topics []string
		for _, t := range req.Topics {
			topics = append(topics, fmt.Sprintf("{%s %v}", t.Topic, t.Partitions))
		}
		return r, fmt.Sprintf("elect %d %v", req.ElectionType, topics)
	case *kmsg.UpdateFeaturesRequest:
		r := req.ResponseKind().(*kmsg.UpdateFeaturesResponse)
		r.ErrorCode = int16(codes[0])
		u := req.FeatureUpdates[0]
		return r, fmt.Sprintf("%s to %d by %d", u.Feature, u.MaxVersionLevel, u.UpgradeType)
	}
	return nil, ""
}
