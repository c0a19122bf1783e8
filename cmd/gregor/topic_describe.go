package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
)

func topicDescribe(r *remote) *cobra.Command {
	var underReplicated bool
	c := &cobra.Command{
		Use:   "describe [NAME...]",
		Short: "Show partitions, leaders, replicas, offsets and sizes",
		Long: `Show each partition of topics, or of all topics but Kafka's own.

  LEADER    the broker that takes its reads and writes
  EPOCH     how many leaders it has had
  ISR       the replicas that keep up: what all of them have is safe
  ELR       replicas that have all of it as well, and may lead if the ISR is empty (KIP-966)
  LAST ELR  those that were in ISR or ELR last: where to look for records if all of them are gone
  OFFLINE   the replicas whose broker or disk is gone
  LAG       how many records replicas outside of the ISR lack, by their broker
  START     the first offset that is still there
  END       the offset the next record gets
  SIZE      bytes on the leader's disk

ELR, LAST ELR and LAG are shown where there is one. What is wrong with a partition stands at its end:

  OFFLINE           no replica is to be had
  NO LEADER         some are, and none of them may lead; see gregor topic elect --unclean
  UNDER-REPLICATED  fewer replicas keep up than there should be
  UNDER-MIN-ISR     fewer than min.insync.replicas, so that acks=all is refused
  PREFERRED LEADER NOT LEADING  the first of its replicas is not the leader; see gregor topic elect

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

// partitionJSON is a partition as programs get it; -1 is a number that is not known.
type partitionJSON struct {
	Partition       int32           `json:"partition"`
	Leader          int32           `json:"leader"`
	LeaderEpoch     int32           `json:"leader_epoch"`
	Replicas        []int32         `json:"replicas"`
	ISR             []int32         `json:"isr"`
	Offline         []int32         `json:"offline"`
	eligible                        // where the cluster reports them
	Adding          []int32         `json:"adding,omitempty"`
	Removing        []int32         `json:"removing,omitempty"`
	Lag             map[int32]int64 `json:"lag,omitempty"` // of each replica outside of the ISR
	Start           int64           `json:"start"`
	End             int64           `json:"end"`
	Size            int64           `json:"size"`
	UnderReplicated bool            `json:"under_replicated"`
	Flags           []string        `json:"flags"`
	Error           string          `json:"error,omitempty"`
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
			err = terminal.JSON(out, t)
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
// to report, and another Kafka may not let us see its disks.
type topicFacts struct {
	starts, ends map[partition]offsetOf
	lags         map[partition]map[int32]int64
	eligible     map[partition]eligible
	moves        map[partition]move
	dirs         kadm.DescribedAllLogDirs
	configs      map[string]map[string]string
	minISR       map[string]int
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
	f := topicFacts{configs: map[string]map[string]string{}, minISR: map[string]int{}}
	f.starts = s.listOffsets(ctx, startOfPartition, false, led)
	f.ends = s.listOffsets(ctx, endOfPartition, false, led)
	f.lags = s.lags(ctx, details)
	f.eligible = s.eligible(ctx, names)
	f.moves = s.movesIfKnown(ctx)
	f.dirs, _ = s.admin.DescribeAllLogDirs(ctx, all)
	configs, _ := s.admin.DescribeTopicConfigs(ctx, names...)
	for _, r := range configs {
		f.noteConfigs(r)
	}
	return f
}

func (f *topicFacts) noteConfigs(r kadm.ResourceConfig) {
	f.configs[r.Name] = map[string]string{}
	for _, c := range r.Configs {
		if c.Source == kmsg.ConfigSourceDynamicTopicConfig {
			f.configs[r.Name][c.Key] = configText(c)
		}
		if n, err := strconv.Atoi(configText(c)); err == nil && c.Key == "min.insync.replicas" {
			f.minISR[r.Name] = n
		}
	}
}

func (f *topicFacts) topic(d kadm.TopicDetail) topicJSON {
	t := topicOf(d)
	t.Configs = f.configs[d.Topic]
	for _, p := range d.Partitions.Sorted() {
		t.Partitions = append(t.Partitions, f.partition(p))
	}
	return t
}

func (f *topicFacts) partition(p kadm.PartitionDetail) partitionJSON {
	at := partition{p.Topic, p.Partition}
	j := partitionJSON{Partition: p.Partition, Leader: p.Leader, LeaderEpoch: p.LeaderEpoch,
		Replicas: orEmpty(p.Replicas), ISR: orEmpty(p.ISR), Offline: orEmpty(p.OfflineReplicas), eligible: f.eligible[at],
		Adding: f.moves[at].adding, Removing: f.moves[at].removing, Lag: f.lags[at],
		Start: known(f.starts, p), End: known(f.ends, p), Size: f.size(p), UnderReplicated: lacks(p, f.moves)}
	j.Flags = j.flags(f.minISR[p.Topic])
	if p.Err != nil && p.Leader >= 0 { // that it has no leader is printed already
		j.Error = shortError(p.Err)
	}
	return j
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
	fmt.Fprintf(out, "%s  id %s, %s, replication factor %d\n", terminal.Bold.Paint(t.Topic, terminal.Coloured(out)), t.ID,
		terminal.Count(t.PartitionCount, "partition"), t.ReplicationFactor)
	for _, name := range terminal.SortedKeys(t.Configs) {
		fmt.Fprintf(out, "  %s=%s\n", name, terminal.Printable(t.Configs[name]))
	}
	t.partitionTable().Write(out)
}

func (t *topicJSON) partitionTable() *terminal.Table {
	rows := &terminal.Table{Head: []string{"PARTITION", "LEADER", "EPOCH", "ISR", "ELR", "LAST ELR", "REPLICAS", "OFFLINE",
		"LAG", "START", "END", "SIZE", ""}}
	for _, p := range t.Partitions {
		rows.Add(p.Partition, p.leader(), terminal.Number(p.LeaderEpoch), terminal.IDs(p.ISR), terminal.IDs(p.ELR),
			terminal.IDs(p.LastKnownELR), terminal.IDs(p.Replicas),
			terminal.IDs(p.Offline), p.lagText(), terminal.Number(p.Start), terminal.Number(p.End), terminal.Size(p.Size),
			p.flag())
	}
	rows.HideEmpty("ELR", "LAST ELR", "LAG")
	return rows
}

func (p *partitionJSON) leader() terminal.Cell {
	if p.Leader < 0 {
		return terminal.Cell{Text: "none", Style: terminal.Red}
	}
	return terminal.Cell{Text: terminal.Number(p.Leader)}
}

// lagText names the replicas outside of the ISR and what they lack.
func (p *partitionJSON) lagText() string {
	var all []string
	for _, id := range p.Replicas {
		if lag, ok := p.Lag[id]; ok {
			all = append(all, fmt.Sprintf("%d:%d", id, lag))
		}
	}
	return orDash(strings.Join(all, ","))
}

func keys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for k := range m {
		list = append(list, k)
	}
	return list
}
