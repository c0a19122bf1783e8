package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"gregor/cmd/internal/terminal"
)

func topicElect(r *remote) *cobra.Command {
	var unclean bool
	id := int32(-1)
	c := &cobra.Command{
		Use:   "elect [NAME...]",
		Short: "Give partitions back to their preferred leaders, or any leader at all",
		Long: `Let the first of their replicas lead partitions, if it keeps up: of topics, of one partition, or of all there are.
After brokers were away, this spreads the work as it was meant to be.

With --unclean, a partition that has no leader gets one even if that replica does not have all the records. What it lacks
is lost for good, acknowledged or not. Where its old replicas may still come back, wait for them instead; see LAST ELR in
gregor topic describe.`,
		Example: `  gregor topic elect
  gregor topic elect orders --partition 2
  gregor topic elect orders --partition 2 --unclean`,
		Args: arguments(0, -1),
		RunE: func(c *cobra.Command, names []string) error {
			switch {
			case unclean && len(names) == 0:
				return usage(errors.New("--unclean loses records: say of which topics"))
			case id >= 0 && len(names) != 1:
				return usage(errors.New("--partition goes with the name of one topic"))
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.electLeaders(ctx, c.OutOrStdout(), names, id, unclean)
			})
		},
	}
	c.Flags().Var(atLeast(&id, -1, 0), "partition", "only this partition of the topic")
	c.Flags().BoolVar(&unclean, "unclean", false, "any replica that is there, whatever it lacks, where there is no leader")
	return c
}

func (s *session) electLeaders(ctx context.Context, out io.Writer, names []string, id int32, unclean bool) error {
	how := kadm.ElectPreferredReplica
	if unclean {
		how = kadm.ElectLiveReplica
	}
	var asked kadm.TopicsSet // of nothing: all partitions
	if len(names) > 0 {
		list, err := s.chosen(ctx, names, id)
		if err != nil {
			return err
		}
		asked = topicsSet(list)
	}
	answers, err := s.admin.ElectLeaders(ctx, how, asked)
	if err != nil {
		return err
	}
	results := map[partition]kadm.ElectLeadersResult{}
	for topic, all := range answers {
		for id, a := range all {
			results[partition{topic, id}] = a
		}
	}
	var failed []error
	for _, p := range sortedPartitions(results) {
		failed = append(failed, s.elected(out, p, results[p], len(names) > 0))
	}
	return terminal.FirstOf(failed)
}

// elected prints what came of one election. That there was nothing to do is printed only for partitions that were
// named.
func (s *session) elected(out io.Writer, p partition, a kadm.ElectLeadersResult, named bool) error {
	object := map[string]any{"topic": p.topic, "partition": p.id, "elected": a.Err == nil}
	switch {
	case a.Err == nil:
		return s.say(out, fmt.Sprintf("%s has a new leader", p), object)
	case !errors.Is(a.Err, kerr.ElectionNotNeeded):
		return refused(p.String(), a.Err, a.ErrMessage)
	case !named:
		return nil
	case a.How == kadm.ElectLiveReplica:
		return s.say(out, fmt.Sprintf("%s has a leader already", p), object)
	}
	return s.say(out, fmt.Sprintf("%s is led by its preferred leader already", p), object)
}

// chosen are the partitions of topics, or one of them.
func (s *session) chosen(ctx context.Context, names []string, id int32) ([]partition, error) {
	all, err := s.partitionsOf(ctx, names)
	if err != nil || id < 0 {
		return all, err
	}
	for _, p := range all {
		if p.id == id {
			return []partition{p}, nil
		}
	}
	return nil, fmt.Errorf("topic %s has no partition %d; see: gregor topic describe %s", names[0], id, names[0])
}

func topicsSet(list []partition) kadm.TopicsSet {
	set := kadm.TopicsSet{}
	for _, p := range list {
		set.Add(p.topic, p.id)
	}
	return set
}
