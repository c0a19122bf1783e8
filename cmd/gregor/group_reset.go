package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"

	"gregor/cmd/internal/terminal"
)

// resetOptions are the flags of gregor group reset.
type resetOptions struct {
	to      string
	topics  []string
	dryRun  bool
	execute bool
}

func groupReset(r *remote) *cobra.Command {
	var o resetOptions
	c := &cobra.Command{
		Use:   "reset GROUP --to PLACE",
		Short: "Move a group to another place in its partitions",
		Long: `Commit other offsets for a group, so that it reads again what it has read, or skips what it has not.

It only shows what it would do, until --execute is given. The group must be empty: running consumers would go on where
they are and write over it. Without --topic, all partitions the group has committed in are moved.

PLACE is ` + placeHelp + `.
What would lie outside of a partition becomes its nearest end; a time becomes the first record that is not older.`,
		Example: `  gregor group reset billing --to earliest
  gregor group reset billing --to -1h --topic orders --execute
  gregor group reset billing --to 120 --topic orders:0,2 --execute`,
		Args: arguments(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			at, err := o.place()
			if err != nil {
				return usage(err)
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.resetGroup(ctx, c.OutOrStdout(), args[0], at, o)
			})
		},
	}
	f := c.Flags()
	f.StringVar(&o.to, "to", "", "the `place` to go on from")
	f.StringArrayVar(&o.topics, "topic", nil, "a `topic`, or topic:partition,partition; may be repeated")
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would be done; so it is unless --execute is given")
	f.BoolVar(&o.execute, "execute", false, "do it")
	return c
}

func (o *resetOptions) place() (place, error) {
	switch {
	case o.to == "":
		return place{}, errors.New("where to? say --to earliest, latest, an offset or a time")
	case o.dryRun && o.execute:
		return place{}, errors.New("--dry-run and --execute contradict each other")
	}
	return parsePlace(o.to, time.Now())
}

// moved is what a reset does in one partition, as programs get it.
type moved struct {
	Group     string `json:"group"`
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	Lag       int64  `json:"lag"`
	Executed  bool   `json:"executed"`
}

func (s *session) resetGroup(ctx context.Context, out io.Writer, name string, at place, o resetOptions) error {
	if err := s.mustBeIdle(ctx, name, len(o.topics) > 0); err != nil {
		return err
	}
	committed, err := s.admin.FetchOffsets(ctx, name)
	if err != nil {
		return err
	}
	partitions, err := s.resetWhat(ctx, committed, o.topics)
	switch {
	case err != nil:
		return err
	case len(partitions) == 0:
		return fmt.Errorf("group %s has committed nothing: name the topics with --topic", name)
	}
	all, err := s.boundsOf(ctx, false, partitions)
	if err != nil {
		return err
	}
	to, err := s.resolve(ctx, at, all)
	if err != nil {
		return err
	}
	if o.execute {
		if err := s.commit(ctx, name, to); err != nil {
			return err
		}
	}
	var moves []moved
	for _, p := range sortedPartitions(to) {
		m := moved{Group: name, Topic: p.topic, Partition: p.id, From: -1, To: to[p], Lag: all[p].end - to[p],
			Executed: o.execute}
		if c, ok := committed.Lookup(p.topic, p.id); ok {
			m.From = c.At
		}
		moves = append(moves, m)
	}
	return s.showMoves(out, moves, o.execute)
}

// mustBeIdle refuses a group that has members, or one that does not exist if no topics are named.
func (s *session) mustBeIdle(ctx context.Context, name string, mayBeNew bool) error {
	g, err := s.group(ctx, name)
	switch {
	case err != nil && mayBeNew && strings.HasPrefix(err.Error(), "there is no group"):
		return nil
	case err != nil:
		return err
	case len(g.Members) > 0:
		return fmt.Errorf("group %s is %s with %s, which would write over it: stop them first", name, g.State,
			terminal.Count(len(g.Members), "member"))
	}
	return nil
}

// resetWhat lists the partitions to move: the ones named, or all that the group has committed in.
func (s *session) resetWhat(ctx context.Context, committed kadm.OffsetResponses, named []string) ([]partition, error) {
	var list []partition
	if len(named) == 0 {
		for _, o := range committed.Sorted() {
			list = append(list, partition{o.Topic, o.Partition})
		}
		return list, nil
	}
	for _, text := range named {
		topic, only, some := strings.Cut(text, ":")
		all, err := s.partitionsOf(ctx, []string{topic})
		if err != nil {
			return nil, err
		}
		if some {
			if all, err = choose(all, topic, only); err != nil {
				return nil, err
			}
		}
		list = append(list, all...)
	}
	return list, nil
}

// choose picks the partitions that a list like 0,2 names.
func choose(all []partition, topic, only string) ([]partition, error) {
	var list []partition
	for field := range strings.SplitSeq(only, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(field), 10, 32)
		p := partition{topic, int32(n)}
		if err != nil || !slices.Contains(all, p) {
			return nil, fmt.Errorf("topic %q has no partition %q, but 0 to %d", topic, field, len(all)-1)
		}
		list = append(list, p)
	}
	return list, nil
}

func (s *session) commit(ctx context.Context, group string, to map[partition]int64) error {
	offsets := kadm.Offsets{}
	for p, at := range to {
		offsets.AddOffset(p.topic, p.id, at, -1)
	}
	return s.admin.CommitAllOffsets(ctx, group, offsets)
}

func (s *session) showMoves(out io.Writer, moves []moved, executed bool) error {
	t := terminal.Table{Head: []string{"TOPIC", "PARTITION", "FROM", "TO", "LAG THEN"}}
	for _, m := range moves {
		if s.json {
			if err := terminal.JSON(out, m); err != nil {
				return err
			}
			continue
		}
		t.Add(m.Topic, m.Partition, terminal.Number(m.From), m.To, m.Lag)
	}
	if s.json {
		return nil
	}
	t.Write(out)
	if !executed {
		fmt.Fprintln(out, "nothing has been done yet: --execute does it")
	}
	return nil
}
