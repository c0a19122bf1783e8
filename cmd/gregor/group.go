package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"gregor/cmd/internal/terminal"
)

func groupCommand() *cobra.Command {
	r := &remote{}
	c := family(&cobra.Command{
		Use:   "group",
		Short: "Look at consumer groups, their members and their lag; move them; delete them",
		Long: `Look at consumer groups, and move them.

A group shares the partitions of its topics out among its members. For each partition it commits the offset from which
it would go on. What lies between that and the end of the partition is its lag.`,
		Example: `  gregor group list
  gregor group describe billing
  gregor group reset billing --topic orders --to earliest --execute`,
	}, groupList(r), groupDescribe(r), groupDelete(r), groupReset(r))
	r.flags(c)
	return c
}

func groupList(r *remote) *cobra.Command {
	var states []string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the groups",
		Long: `List the groups with their state, the number of their members and the broker that coordinates them.

  Stable               every member has its share
  PreparingRebalance   members are asked to join again
  CompletingRebalance  the leader of the members is handing out shares
  Empty                it has no members, but offsets are kept
  Dead                 it is being forgotten`,
		Example: "  gregor group list\n  gregor group list --state Stable,Empty --json",
		Args:    arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.listGroups(ctx, c.OutOrStdout(), states)
			})
		},
	}
	c.Flags().StringSliceVar(&states, "state", nil, "only groups in these states")
	return c
}

func (s *session) listGroups(ctx context.Context, out io.Writer, states []string) error {
	all, err := s.admin.ListGroups(ctx, states...)
	if err != nil {
		return err
	}
	described, err := s.describeAll(ctx, all.Groups())
	if err != nil {
		return err
	}
	t := terminal.Table{Head: []string{"GROUP", "STATE", "PROTOCOL", "MEMBERS", "COORDINATOR"}}
	for _, g := range all.Sorted() {
		members := -1
		if d, ok := described[g.Group]; ok && d.Err == nil {
			members = len(d.Members)
		}
		if s.json {
			if err := terminal.JSON(out, map[string]any{"group": g.Group, "state": g.State, "protocol_type": g.ProtocolType,
				"members": members, "coordinator": g.Coordinator}); err != nil {
				return err
			}
			continue
		}
		t.Add(g.Group, g.State, orDash(g.ProtocolType), terminal.Number(int32(members)), g.Coordinator)
	}
	if !s.json {
		t.Write(out)
	}
	return nil
}

func (s *session) describeAll(ctx context.Context, names []string) (kadm.DescribedGroups, error) {
	if len(names) == 0 {
		return nil, nil
	}
	return s.admin.DescribeGroups(ctx, names...)
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func groupDescribe(r *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "describe GROUP...",
		Short: "Show state, members, offsets and lag",
		Long: `Show a group's members and what each of them reads, and for every partition

  COMMITTED  where the group would go on
  END        the offset the next record gets
  LAG        how many offsets lie between

Where nothing is committed, the lag counts from the beginning of the partition. A group of the newer kind (KIP-848)
also shows its epoch; Kafka does not report the generation of the older kind.`,
		Example: "  gregor group describe billing\n  gregor group describe billing --json | jq .lag",
		Args:    arguments(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.describeGroups(ctx, c.OutOrStdout(), names)
			})
		},
	}
}

// groupJSON is a group as programs get it.
type groupJSON struct {
	Group        string        `json:"group"`
	Kind         string        `json:"type"` // classic, or consumer (KIP-848)
	State        string        `json:"state"`
	ProtocolType string        `json:"protocol_type"`
	Assignor     string        `json:"assignor"`
	Coordinator  int32         `json:"coordinator"`
	Epoch        *int32        `json:"epoch,omitempty"`
	Lag          int64         `json:"lag"`
	Members      []memberJSON  `json:"members"`
	Partitions   []groupOffset `json:"partitions"`
}

type memberJSON struct {
	ID         string           `json:"id"`
	Instance   *string          `json:"instance,omitempty"`
	Client     string           `json:"client"`
	Host       string           `json:"host"`
	Epoch      *int32           `json:"epoch,omitempty"`
	Subscribed []string         `json:"subscribed"`
	Assigned   []assignmentJSON `json:"assigned"`
}

type assignmentJSON struct {
	Topic      string  `json:"topic"`
	Partitions []int32 `json:"partitions"`
}

// groupOffset is a group's place in one partition; committed is -1 if nothing is.
type groupOffset struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Committed int64  `json:"committed"`
	Metadata  string `json:"metadata,omitempty"`
	Start     int64  `json:"start"`
	End       int64  `json:"end"`
	Lag       int64  `json:"lag"`
	Member    string `json:"member,omitempty"`
	Client    string `json:"client,omitempty"`
	Host      string `json:"host,omitempty"`
	Error     string `json:"error,omitempty"`
}

func (s *session) describeGroups(ctx context.Context, out io.Writer, names []string) error {
	for i, name := range names {
		g, err := s.group(ctx, name)
		if err != nil {
			return err
		}
		if err := s.addOffsets(ctx, &g); err != nil {
			return err
		}
		if s.json {
			err = terminal.JSON(out, g)
		} else {
			g.write(out, i > 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// group asks for a group of either kind.
func (s *session) group(ctx context.Context, name string) (groupJSON, error) {
	all, err := s.admin.DescribeGroups(ctx, name)
	if err != nil {
		return groupJSON{}, err
	}
	d := all[name]
	missing := errors.Is(d.Err, kerr.GroupIDNotFound) || d.State == "Dead" && len(d.Members) == 0
	if missing {
		newer, err := s.admin.DescribeConsumerGroups(ctx, name)
		if g := newer[name]; err == nil && g.Err == nil && g.Group == name {
			return newGroup(g), nil
		}
		return groupJSON{}, fmt.Errorf("there is no group %q; see: gregor group list", name)
	}
	if d.Err != nil {
		return groupJSON{}, refused("group "+name, d.Err, d.ErrMessage)
	}
	return classicGroup(d), nil
}

func classicGroup(d kadm.DescribedGroup) groupJSON {
	g := groupJSON{Group: d.Group, Kind: "classic", State: d.State, ProtocolType: d.ProtocolType, Assignor: d.Protocol,
		Coordinator: d.Coordinator.NodeID, Members: []memberJSON{}, Partitions: []groupOffset{}}
	for _, m := range d.Members {
		j := memberJSON{ID: m.MemberID, Instance: m.InstanceID, Client: m.ClientID, Host: m.ClientHost,
			Subscribed: []string{}, Assigned: []assignmentJSON{}}
		if join, ok := m.Join.AsConsumer(); ok && join.Topics != nil {
			j.Subscribed = join.Topics
		}
		if share, ok := m.Assigned.AsConsumer(); ok {
			for _, t := range share.Topics {
				j.Assigned = append(j.Assigned, assignmentJSON{t.Topic, slices.Sorted(slices.Values(t.Partitions))})
			}
		}
		g.Members = append(g.Members, j)
	}
	return g
}

func newGroup(d kadm.DescribedConsumerGroup) groupJSON {
	g := groupJSON{Group: d.Group, Kind: "consumer", State: d.State, ProtocolType: "consumer", Assignor: d.AssignorName,
		Coordinator: d.Coordinator.NodeID, Epoch: &d.Epoch, Members: []memberJSON{}, Partitions: []groupOffset{}}
	for _, m := range d.Members {
		j := memberJSON{ID: m.MemberID, Instance: m.InstanceID, Client: m.ClientID, Host: m.ClientHost,
			Epoch: &m.MemberEpoch, Subscribed: m.SubscribedTopics, Assigned: []assignmentJSON{}}
		for _, t := range m.Assignment.Sorted() {
			j.Assigned = append(j.Assigned, assignmentJSON{t.Topic, t.Partitions})
		}
		g.Members = append(g.Members, j)
	}
	return g
}

// addOffsets fills in every partition of the topics the group has committed in or reads.
func (s *session) addOffsets(ctx context.Context, g *groupJSON) error {
	committed, err := s.admin.FetchOffsets(ctx, g.Group)
	if err != nil && !errors.Is(err, kerr.GroupIDNotFound) {
		return err
	}
	rows := map[partition]*groupOffset{}
	row := func(p partition) *groupOffset {
		if rows[p] == nil {
			rows[p] = &groupOffset{Topic: p.topic, Partition: p.id, Committed: -1, Start: -1, End: -1, Lag: -1}
		}
		return rows[p]
	}
	committed.Each(func(o kadm.OffsetResponse) {
		r := row(partition{o.Topic, o.Partition})
		r.Committed, r.Metadata = o.At, o.Metadata
		if o.Err != nil {
			r.Error = o.Err.Error()
		}
	})
	for _, m := range g.Members {
		for _, a := range m.Assigned {
			for _, p := range a.Partitions {
				r := row(partition{a.Topic, p})
				r.Member, r.Client, r.Host = m.ID, m.Client, m.Host
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	m, err := s.admin.Metadata(ctx, topicsOf(sortedPartitions(rows))...)
	if err != nil {
		return err
	}
	ask := []partition{}
	for _, t := range m.Topics.Sorted() {
		for _, p := range t.Partitions.Sorted() {
			r := row(partition{t.Topic, p.Partition})
			switch {
			case p.Leader < 0:
				r.Error = "no leader"
			default:
				ask = append(ask, partition{t.Topic, p.Partition})
			}
		}
	}
	g.addLag(rows, s.listOffsets(ctx, startOfPartition, false, ask), s.listOffsets(ctx, endOfPartition, false, ask))
	return nil
}

func (g *groupJSON) addLag(rows map[partition]*groupOffset, starts, ends map[partition]offsetOf) {
	for _, p := range sortedPartitions(rows) {
		r := rows[p]
		start, asked := starts[p]
		end := ends[p]
		switch err := cmp.Or(start.err, end.err); {
		case !asked && r.Error == "":
			r.Error = "the partition is gone"
		case !asked:
		case err != nil:
			r.Error = shortError(err)
		default:
			r.Start, r.End, r.Lag = start.offset, end.offset, max(end.offset-r.Committed, 0)
			if r.Committed < 0 {
				r.Lag = r.End - r.Start
			}
			g.Lag += r.Lag
		}
		g.Partitions = append(g.Partitions, *r)
	}
}

func (g *groupJSON) write(out io.Writer, another bool) {
	if another {
		fmt.Fprintln(out)
	}
	fmt.Fprintf(out, "%s  %s, %s group, assignor %s, coordinator %d, %s, lag %d\n",
		terminal.Bold.Paint(terminal.Printable(g.Group), terminal.Coloured(out)),
		g.State, g.Kind, orDash(g.Assignor), g.Coordinator, terminal.Count(len(g.Members), "member"), g.Lag)
	if g.Epoch != nil {
		fmt.Fprintf(out, "epoch %d\n", *g.Epoch)
	}
	if len(g.Members) > 0 {
		fmt.Fprintln(out)
		g.memberTable().Write(out)
	}
	if len(g.Partitions) > 0 {
		fmt.Fprintln(out)
		g.offsetTable().Write(out)
	}
}

func (g *groupJSON) memberTable() *terminal.Table {
	t := &terminal.Table{Head: []string{"MEMBER", "INSTANCE", "CLIENT", "HOST", "ASSIGNED"}}
	for _, m := range g.Members {
		instance := "-"
		if m.Instance != nil {
			instance = *m.Instance
		}
		var share []string
		for _, a := range m.Assigned {
			share = append(share, a.Topic+":"+terminal.IDs(a.Partitions))
		}
		t.Add(m.ID, instance, orDash(m.Client), orDash(m.Host), orDash(strings.Join(share, " ")))
	}
	return t
}

func (g *groupJSON) offsetTable() *terminal.Table {
	t := &terminal.Table{Head: []string{"TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "CLIENT", ""}}
	for _, p := range g.Partitions {
		lag := terminal.Cell{Text: terminal.Number(p.Lag), Style: terminal.Plain}
		if p.Lag > 0 {
			lag.Style = terminal.Yellow
		}
		t.Add(p.Topic, p.Partition, terminal.Number(p.Committed), terminal.Number(p.End), lag, orDash(p.Client),
			terminal.Cell{Text: p.Error, Style: terminal.Red})
	}
	return t
}

func groupDelete(r *remote) *cobra.Command {
	return &cobra.Command{
		Use:   "delete GROUP...",
		Short: "Forget groups and their committed offsets",
		Long: `Forget groups and their committed offsets. A group that still has members is refused.

A consumer that comes back under the name begins where its auto.offset.reset says.`,
		Example: "  gregor group delete billing",
		Args:    arguments(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.deleteGroups(ctx, c.OutOrStdout(), names)
			})
		},
	}
}

func (s *session) deleteGroups(ctx context.Context, out io.Writer, names []string) error {
	answers, err := s.admin.DeleteGroups(ctx, names...)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		a := answers[name]
		switch {
		case errors.Is(a.Err, kerr.GroupIDNotFound):
			err = fmt.Errorf("there is no group %q; see: gregor group list", name)
		case errors.Is(a.Err, kerr.NonEmptyGroup):
			err = fmt.Errorf("group %s has members: stop them first; see: gregor group describe %s", name, name)
		case a.Err != nil:
			err = refused("group "+name, a.Err, a.ErrMessage)
		default:
			err = s.say(out, "deleted group "+name, map[string]any{"group": name, "deleted": true})
		}
		failed = append(failed, err)
	}
	return terminal.FirstOf(failed)
}
