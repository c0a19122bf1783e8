package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
)

// reassignOptions are the flags of gregor topic reassign.
type reassignOptions struct {
	partition int32
	replicas  []int32
	cancel    bool
}

func topicReassign(r *remote) *cobra.Command {
	o := reassignOptions{partition: -1}
	c := &cobra.Command{
		Use:   "reassign [NAME]",
		Short: "Choose the brokers that keep a partition, and see what is on its way",
		Long: `Choose the brokers that keep a partition. The first of them is its preferred leader.

New replicas copy what is there while the old ones serve; once all of them keep up, the old ones go. This command
starts that and does not wait. Without --replicas and --cancel it lists the moves under way:

  ADDING    the brokers that copy the partition
  REMOVING  those that give it up afterwards

A move that is cancelled leaves the replicas as they were.`,
		Example: `  gregor topic reassign orders --partition 0 --replicas 1,2,3
  gregor topic reassign
  gregor topic reassign orders --cancel`,
		Args: arguments(0, 1),
		RunE: func(c *cobra.Command, names []string) error {
			if err := o.check(names); err != nil {
				return usage(err)
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.reassign(ctx, c.OutOrStdout(), names, o)
			})
		},
	}
	f := c.Flags()
	f.Var(atLeast(&o.partition, -1, 0), "partition", "the partition; without it --cancel and the list are about all")
	f.Var(listOf(&o.replicas, 0), "replicas", "the brokers that shall keep it, by their ids, the preferred leader first")
	f.BoolVar(&o.cancel, "cancel", false, "stop what is on its way")
	return c
}

func (o *reassignOptions) check(names []string) error {
	switch {
	case o.cancel && o.replicas != nil:
		return errors.New("--cancel goes back to the replicas there were; it takes no --replicas")
	case (o.cancel || o.replicas != nil || o.partition >= 0) && len(names) == 0:
		return errors.New("of which topic?")
	case o.replicas != nil && o.partition < 0:
		return errors.New("which partition shall they keep? say --partition N")
	}
	return nil
}

func (s *session) reassign(ctx context.Context, out io.Writer, names []string, o reassignOptions) error {
	list, err := s.chosen(ctx, names, o.partition) // of no name: all topics
	if err != nil {
		return err
	}
	if o.replicas != nil {
		return s.startMove(ctx, out, list[0], o.replicas)
	}
	moves, err := s.moves(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(p partition) bool { _, ok := moves[p]; return !ok })
	if o.cancel {
		return s.cancelMoves(ctx, out, list)
	}
	return s.listMoves(out, list, moves)
}

func (s *session) startMove(ctx context.Context, out io.Writer, p partition, replicas []int32) error {
	if err := s.assign(ctx, p, replicas); err != nil {
		return err
	}
	return s.say(out, fmt.Sprintf("%s moves to %s; see: gregor topic reassign %s", p, terminal.IDs(replicas), p.topic),
		map[string]any{"topic": p.topic, "partition": p.id, "replicas": replicas})
}

// cancelMoves cancels one move after the other, so that each has an answer of its own.
func (s *session) cancelMoves(ctx context.Context, out io.Writer, list []partition) error {
	var failed []error
	for _, p := range list {
		err := s.assign(ctx, p, nil)
		if err == nil {
			err = s.say(out, fmt.Sprintf("%s stays where it was", p),
				map[string]any{"topic": p.topic, "partition": p.id, "cancelled": true})
		}
		failed = append(failed, err)
	}
	if len(list) == 0 && !s.json {
		fmt.Fprintln(out, "nothing is on its way")
	}
	return terminal.FirstOf(failed)
}

// assign gives a partition new replicas; none: back to those it had.
func (s *session) assign(ctx context.Context, p partition, replicas []int32) error {
	var req kadm.AlterPartitionAssignmentsReq
	req.Assign(p.topic, p.id, replicas)
	answers, err := s.admin.AlterPartitionAssignments(ctx, req)
	if err != nil {
		return err
	}
	a, ok := answers[p.topic][p.id]
	switch {
	case !ok:
		return fmt.Errorf("%s: the cluster says nothing about it", p)
	case a.Err != nil:
		return refused(p.String(), a.Err, a.ErrMessage)
	}
	return nil
}

// move is a partition on its way to other brokers.
type move struct{ replicas, adding, removing []int32 }

// moves asks for all that are under way.
func (s *session) moves(ctx context.Context) (map[partition]move, error) {
	req := kmsg.NewPtrListPartitionReassignmentsRequest()
	answer, err := req.RequestWith(ctx, s.client)
	if err != nil {
		return nil, err
	}
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return nil, refused("the moves", err, text(answer.ErrorMessage))
	}
	all := map[partition]move{}
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			all[partition{t.Topic, p.Partition}] = move{p.Replicas, p.AddingReplicas, p.RemovingReplicas}
		}
	}
	return all, nil
}

// movesIfKnown is moves for what goes on without: they are not known while there is no controller.
func (s *session) movesIfKnown(ctx context.Context) map[partition]move {
	ctx, cancel := context.WithTimeout(ctx, askingMax)
	defer cancel()
	all, _ := s.moves(ctx)
	return all
}

func (s *session) listMoves(out io.Writer, list []partition, moves map[partition]move) error {
	t := terminal.Table{Head: []string{"TOPIC", "PARTITION", "REPLICAS", "ADDING", "REMOVING"}}
	for _, p := range list {
		m := moves[p]
		if s.json {
			if err := terminal.JSON(out, map[string]any{"topic": p.topic, "partition": p.id, "replicas": orEmpty(m.replicas),
				"adding": orEmpty(m.adding), "removing": orEmpty(m.removing)}); err != nil {
				return err
			}
			continue
		}
		t.Add(p.topic, p.id, terminal.IDs(m.replicas), terminal.IDs(m.adding), terminal.IDs(m.removing))
	}
	if !s.json {
		t.Write(out)
	}
	return nil
}
