package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
)

// What may be wrong with a partition.
const (
	flagOffline         = "OFFLINE"
	flagNoLeader        = "NO LEADER"
	flagUnderReplicated = "UNDER-REPLICATED"
	flagUnderMinISR     = "UNDER-MIN-ISR"
	flagNotPreferred    = "PREFERRED LEADER NOT LEADING"
)

// flags are what is wrong with the partition; minISR is 0 if it is not known.
func (p *partitionJSON) flags(minISR int) []string {
	wrong := []string{}
	switch {
	case p.Leader >= 0:
	case len(p.Offline) == len(p.Replicas):
		wrong = append(wrong, flagOffline)
	default:
		wrong = append(wrong, flagNoLeader)
	}
	if p.UnderReplicated {
		wrong = append(wrong, flagUnderReplicated)
	}
	if len(p.ISR) < minISR {
		wrong = append(wrong, flagUnderMinISR)
	}
	if p.Leader >= 0 && len(p.Replicas) > 0 && p.Replicas[0] != p.Leader {
		wrong = append(wrong, flagNotPreferred)
	}
	return wrong
}

// flag shows what is wrong with a partition, and where it is being moved.
func (p *partitionJSON) flag() terminal.Cell {
	c := terminal.Cell{Style: terminal.Yellow}
	all := slices.Clone(p.Flags)
	if slices.ContainsFunc(all, func(f string) bool { return f != flagNotPreferred }) || p.Error != "" {
		c.Style = terminal.Red
	}
	if len(p.Adding) > 0 {
		all = append(all, "adding "+terminal.IDs(p.Adding))
	}
	if len(p.Removing) > 0 {
		all = append(all, "removing "+terminal.IDs(p.Removing))
	}
	if p.Error != "" {
		all = append(all, p.Error)
	}
	c.Text = strings.Join(all, ", ")
	return c
}

// lacks reports whether a partition has no leader, or a replica that does not keep up. One that is only being added is
// not expected to yet.
func lacks(p kadm.PartitionDetail, moves map[partition]move) bool {
	adding := moves[partition{p.Topic, p.Partition}].adding
	return p.Leader < 0 || slices.ContainsFunc(p.Replicas, func(id int32) bool {
		return !slices.Contains(p.ISR, id) && !slices.Contains(adding, id)
	})
}

func topicLacks(d kadm.TopicDetail, moves map[partition]move) bool {
	return slices.ContainsFunc(d.Partitions.Sorted(), func(p kadm.PartitionDetail) bool { return lacks(p, moves) })
}

// eligible are the replicas that may lead without being in the ISR (KIP-966); nil where the cluster does not say.
type eligible struct {
	ELR          []int32 `json:"elr"`
	LastKnownELR []int32 `json:"last_known_elr"`
}

// pagesMax bounds how many answers one description is put together from: 2000 partitions each.
const pagesMax = 10_000

// eligible asks for the eligible leaders of the topics. Kafka before 4.0 does not know the question.
func (s *session) eligible(ctx context.Context, topics []string) map[partition]eligible {
	all := map[partition]eligible{}
	req := kmsg.NewPtrDescribeTopicPartitionsRequest()
	for _, name := range topics {
		t := kmsg.NewDescribeTopicPartitionsRequestTopic()
		t.Topic = name
		req.Topics = append(req.Topics, t)
	}
	for range pagesMax {
		page, err := req.RequestWith(ctx, s.client)
		if err != nil {
			return all
		}
		for _, t := range page.Topics {
			for _, p := range t.Partitions {
				all[partition{text(t.Topic), p.Partition}] = eligible{orEmpty(p.EligibleLeaderReplicas), orEmpty(p.LastKnownELR)}
			}
		}
		if page.NextCursor == nil {
			return all
		}
		next := kmsg.NewDescribeTopicPartitionsRequestCursor()
		next.Topic, next.Partition = page.NextCursor.Topic, page.NextCursor.Partition
		req.Cursor = &next
	}
	return all
}

// askingMax bounds each request whose response a topic's description can do without: to a broker that hangs, and to the
// controller, which may be what is missing.
const askingMax = 2 * time.Second

// lags asks the replicas outside of the ISR, and their leaders, where their logs end. What a broker that is gone lacks
// is not known.
func (s *session) lags(ctx context.Context, details []kadm.TopicDetail) map[partition]map[int32]int64 {
	asks := map[int32][]partition{}
	late := map[partition]kadm.PartitionDetail{}
	for _, d := range details {
		for _, p := range d.Partitions.Sorted() {
			behind := slices.DeleteFunc(slices.Clone(p.Replicas), func(id int32) bool {
				return slices.Contains(p.ISR, id) || slices.Contains(p.OfflineReplicas, id)
			})
			if p.Leader < 0 || len(behind) == 0 {
				continue
			}
			at := partition{p.Topic, p.Partition}
			late[at] = p
			for _, id := range append(behind, p.Leader) {
				asks[id] = append(asks[id], at)
			}
		}
	}
	ends := map[int32]map[partition]offsetOf{}
	for id, partitions := range asks {
		ends[id] = s.replicaEnds(ctx, id, partitions)
	}
	lags := map[partition]map[int32]int64{}
	for at, p := range late {
		lags[at] = lagsOf(at, p, ends)
	}
	return lags
}

func lagsOf(at partition, p kadm.PartitionDetail, ends map[int32]map[partition]offsetOf) map[int32]int64 {
	lags := map[int32]int64{}
	end, ok := ends[p.Leader][at]
	for id := range ends {
		mine, asked := ends[id][at]
		if ok && asked && id != p.Leader && end.err == nil && mine.err == nil {
			lags[id] = max(end.offset-mine.offset, 0)
		}
	}
	return lags
}

// replicaEnds asks one broker for the ends of its own logs, whether it leads or not. Brokers report that to the replica
// id that Kafka keeps for looking into followers, and to no other.
func (s *session) replicaEnds(ctx context.Context, broker int32, partitions []partition) map[partition]offsetOf {
	const lookingIn = -2
	ctx, cancel := context.WithTimeout(ctx, askingMax)
	defer cancel()
	all := map[partition]offsetOf{}
	req := listOffsetsRequest(endOfPartition, partitions)
	req.ReplicaID = lookingIn
	if answer, err := req.RequestWith(ctx, s.client.Broker(int(broker))); err == nil {
		noteListed(all, answer)
	}
	return all
}
