package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func topicDescribe(r *remote) *cobra.Command {
	var underReplicated bool
	c := &cobra.Command{
		Use:   "describe [NAME...]",
		Short: "Show partitions, leaders, replicas, offsets and sizes",
		Long: `Show each partition of topics, or of all topics but Kafka's own.

  LEADER    the broker that takes its reads and writes; none: the partition is offline
  EPOCH     how many leaders it has had
  ISR       the replicas that keep up; fewer than REPLICAS: under-replicated
  OFFLINE   the replicas whose broker or disk is gone
  START     the first offset that is still there
  END       the offset the next record gets
  SIZE      bytes on the leader's disk

Settings are shown where the topic has its own.`,
		Example: `  gregor topic describe orders
  gregor topic describe --under-replicated
  gregor topic describe orders --json`,
		Args: arguments(0, -1),
		RunE: func(c *cobra.Command, names []string) error {
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.describeTopics(ctx, c.OutOrStdout(), names, underReplicated)
			})
		},
	}
	c.Flags().BoolVar(&underReplicated, "under-replicated", false, "only partitions that lack a replica or a leader")
	return c
}

// partitionJSON is a partition as programs get it; -1 is a number nobody could tell.
type partitionJSON struct {
	Partition       int32   `json:"partition"`
	Leader          int32   `json:"leader"`
	LeaderEpoch     int32   `json:"leader_epoch"`
	Replicas        []int32 `json:"replicas"`
	ISR             []int32 `json:"isr"`
	Offline         []int32 `json:"offline"`
	Start           int64   `json:"start"`
	End             int64   `json:"end"`
	Size            int64   `json:"size"`
	UnderReplicated bool    `json:"under_replicated"`
	Error           string  `json:"error,omitempty"`
}

func (s *session) describeTopics(ctx context.Context, out io.Writer, names []string, underReplicated bool) error {
	details, err := s.topics(ctx, names)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		details = slices.DeleteFunc(details, func(d kadm.TopicDetail) bool { return d.IsInternal })
	}
	if len(details) == 0 {
		return nil
	}
	facts := s.factsAbout(ctx, details)
	for i, d := range details {
		t := facts.topic(d)
		if underReplicated {
			t.Partitions = slices.DeleteFunc(t.Partitions, func(p partitionJSON) bool { return !p.UnderReplicated })
		}
		switch {
		case underReplicated && len(t.Partitions) == 0:
		case s.json:
			err = emit(out, t)
		default:
			t.write(out, i > 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// topicFacts are what has to be asked for apart. Each may be missing: a partition without a leader has no offsets
// to tell, and another Kafka may not let us see its disks.
type topicFacts struct {
	starts, ends map[partition]offsetOf
	dirs         kadm.DescribedAllLogDirs
	configs      map[string]map[string]string
}

func (s *session) factsAbout(ctx context.Context, details []kadm.TopicDetail) topicFacts {
	var names []string
	var led []partition
	all := kadm.TopicsSet{}
	for _, d := range details {
		names = append(names, d.Topic)
		all.Add(d.Topic, d.Partitions.Numbers()...)
		for _, p := range d.Partitions.Sorted() {
			if p.Leader >= 0 {
				led = append(led, partition{d.Topic, p.Partition})
			}
		}
	}
	f := topicFacts{configs: map[string]map[string]string{}}
	f.starts = s.listOffsets(ctx, startOfPartition, false, led)
	f.ends = s.listOffsets(ctx, endOfPartition, false, led)
	f.dirs, _ = s.admin.DescribeAllLogDirs(ctx, all)
	configs, _ := s.admin.DescribeTopicConfigs(ctx, names...)
	for _, r := range configs {
		f.configs[r.Name] = map[string]string{}
		for _, c := range r.Configs {
			if c.Source == kmsg.ConfigSourceDynamicTopicConfig {
				f.configs[r.Name][c.Key] = configText(c)
			}
		}
	}
	return f
}

func (f *topicFacts) topic(d kadm.TopicDetail) topicJSON {
	t := topicOf(d)
	t.Configs = f.configs[d.Topic]
	for _, p := range d.Partitions.Sorted() {
		j := partitionJSON{Partition: p.Partition, Leader: p.Leader, LeaderEpoch: p.LeaderEpoch,
			Replicas: orEmpty(p.Replicas), ISR: orEmpty(p.ISR), Offline: orEmpty(p.OfflineReplicas),
			Start: known(f.starts, p), End: known(f.ends, p), Size: f.size(p),
			UnderReplicated: p.Leader < 0 || len(p.ISR) < len(p.Replicas)}
		if p.Err != nil {
			j.Error = shortError(p.Err)
		}
		t.Partitions = append(t.Partitions, j)
	}
	return t
}

func orEmpty(list []int32) []int32 {
	if list == nil {
		return []int32{}
	}
	return list
}

func known(offsets map[partition]offsetOf, p kadm.PartitionDetail) int64 {
	if o, ok := offsets[partition{p.Topic, p.Partition}]; ok && o.err == nil {
		return o.offset
	}
	return -1
}

// size is what the partition takes on its leader's disks.
func (f *topicFacts) size(p kadm.PartitionDetail) int64 {
	size := int64(-1)
	f.dirs[p.Leader].Each(func(d kadm.DescribedLogDir) {
		if at, ok := d.Topics.Lookup(p.Topic, p.Partition); ok && !at.IsFuture {
			size = at.Size
		}
	})
	return size
}

func (t *topicJSON) write(out io.Writer, another bool) {
	if another {
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "%s  id %s, %s, replication factor %d\n", bold.paint(t.Topic, colours(out)), t.ID,
		count(t.PartitionCount, "partition"), t.ReplicationFactor)
	for _, name := range sortedKeys(t.Configs) {
		fmt.Fprintf(out, "  %s=%s\n", name, printable(t.Configs[name]))
	}
	rows := table{head: []string{"PARTITION", "LEADER", "EPOCH", "ISR", "REPLICAS", "OFFLINE", "START", "END", "SIZE", ""}}
	for _, p := range t.Partitions {
		rows.add(p.Partition, p.leader(), number(p.LeaderEpoch), ids(p.ISR), ids(p.Replicas), ids(p.Offline),
			number(p.Start), number(p.End), sizeText(p.Size), p.flag())
	}
	rows.write(out)
}

func (p *partitionJSON) leader() cell {
	if p.Leader < 0 {
		return cell{"none", red}
	}
	return cell{text: number(p.Leader)}
}

// flag says what is wrong with a partition.
func (p *partitionJSON) flag() cell {
	var wrong []string
	if p.Leader < 0 {
		wrong = append(wrong, "offline")
	}
	if len(p.ISR) < len(p.Replicas) {
		wrong = append(wrong, "under-replicated")
	}
	if p.Error != "" {
		wrong = append(wrong, p.Error)
	}
	return cell{strings.Join(wrong, ", "), red}
}

func sortedKeys[V any](m map[string]V) []string {
	list := keys(m)
	slices.Sort(list)
	return list
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}
