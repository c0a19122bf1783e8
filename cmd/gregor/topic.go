package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"gregor/cmd/internal/terminal"
)

func topicCommand() *cobra.Command {
	r := &remote{}
	c := family(&cobra.Command{
		Use:   "topic",
		Short: "List, make, look at, grow and delete topics; choose who leads and keeps their partitions",
		Long: `List, make, look at, grow and delete the topics of a Kafka cluster, Gregor's or any other.

A topic is a named log cut into partitions. Order is kept within a partition; each has one broker that leads it, and
replicas that follow. Those that keep up are its ISR: a record is safe when all of them have it.`,
		Example: `  gregor topic create orders --partitions 3
  gregor topic describe orders
  gregor topic list --json`,
	}, topicList(r), topicCreate(r), topicDescribe(r), topicDelete(r), topicAlter(r), topicElect(r), topicReassign(r))
	r.flags(c)
	return c
}

func topicList(r *remote) *cobra.Command {
	var internal, underReplicated bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the topics",
		Long:    "List the topics with the number of their partitions, their replication factor and their id.",
		Example: "  gregor topic list\n  gregor topic list --internal --json\n  gregor topic list --under-replicated",
		Args:    arguments(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.listTopics(ctx, c.OutOrStdout(), internal, underReplicated)
			})
		},
	}
	c.Flags().BoolVar(&internal, "internal", false, "Kafka's own topics too, such as __consumer_offsets")
	c.Flags().BoolVar(&underReplicated, "under-replicated", false,
		"only topics with a partition that lacks a replica or a leader")
	return c
}

// topicJSON is a topic as programs get it.
type topicJSON struct {
	Topic             string            `json:"topic"`
	ID                string            `json:"id"`
	Internal          bool              `json:"internal"`
	PartitionCount    int               `json:"partition_count"`
	ReplicationFactor int               `json:"replication_factor"`
	Partitions        []partitionJSON   `json:"partitions,omitempty"`
	Configs           map[string]string `json:"configs,omitempty"`
}

func (s *session) listTopics(ctx context.Context, out io.Writer, internal, underReplicated bool) error {
	all, err := s.topics(ctx, nil)
	if err != nil {
		return err
	}
	var moves map[partition]move
	if underReplicated {
		moves = s.movesIfKnown(ctx) // without them, a replica that is being added counts as one that lacks
	}
	t := terminal.Table{Head: []string{"TOPIC", "PARTITIONS", "REPLICATION", "ID"}}
	for _, d := range all {
		switch {
		case d.IsInternal && !internal, underReplicated && !topicLacks(d, moves):
		case s.json:
			if err := terminal.JSON(out, topicOf(d)); err != nil {
				return err
			}
		default:
			t.Add(d.Topic, len(d.Partitions), d.Partitions.NumReplicas(), topicID(d.ID))
		}
	}
	if !s.json {
		t.Write(out)
	}
	return nil
}

func topicOf(d kadm.TopicDetail) topicJSON {
	return topicJSON{Topic: d.Topic, ID: topicID(d.ID), Internal: d.IsInternal, PartitionCount: len(d.Partitions),
		ReplicationFactor: d.Partitions.NumReplicas()}
}

func topicID(id kadm.TopicID) string { return base64.RawURLEncoding.EncodeToString(id[:]) }

// topics asks for the named topics, or for all; sorted by name.
func (s *session) topics(ctx context.Context, names []string) ([]kadm.TopicDetail, error) {
	m, err := s.admin.Metadata(ctx, names...)
	if err != nil {
		return nil, err
	}
	var out []kadm.TopicDetail
	for _, d := range m.Topics.Sorted() {
		switch {
		case errors.Is(d.Err, kerr.UnknownTopicOrPartition):
			return nil, fmt.Errorf("there is no topic %q; see: gregor topic list", d.Topic)
		case d.Err != nil:
			return nil, fmt.Errorf("topic %q: %w", d.Topic, d.Err)
		}
		out = append(out, d)
	}
	return out, nil
}

// createOptions are the flags of gregor topic create.
type createOptions struct {
	partitions  int32
	replication int16
	configs     []string
	dryRun      bool
	ifNotExists bool
}

func topicCreate(r *remote) *cobra.Command {
	var o createOptions
	c := &cobra.Command{
		Use:   "create NAME...",
		Short: "Make topics",
		Long: `Make topics. What is not given is the broker's to decide: num.partitions and default.replication.factor.

Choose the number of partitions with care where keys matter: a key's partition is hash(key) modulo that number, so a
topic that grows later sends old keys to new places.`,
		Example: `  gregor topic create orders --partitions 3
  gregor topic create users --config cleanup.policy=compact --config min.cleanable.dirty.ratio=0.1
  gregor topic create orders --if-not-exists`,
		Args: arguments(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			configs, err := settings(o.configs)
			if err != nil {
				return usage(err)
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.createTopics(ctx, c.OutOrStdout(), o, configs, names)
			})
		},
	}
	f := c.Flags()
	f.VarP(countOrDefault(&o.partitions), "partitions", "p", "how many partitions; -1: the broker's num.partitions")
	f.VarP(countOrDefault(&o.replication), "replication-factor", "r",
		"how many brokers keep each; -1: the broker's default.replication.factor")
	f.StringArrayVarP(&o.configs, "config", "c", nil, "one setting of the topic, `name=value`; may be repeated")
	f.BoolVar(&o.dryRun, "dry-run", false, "only ask whether it could be done")
	f.BoolVar(&o.ifNotExists, "if-not-exists", false, "a topic that is there already is fine")
	return c
}

// settings reads name=value arguments.
func settings(args []string) (map[string]*string, error) {
	all := make(map[string]*string, len(args))
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not name=value", arg)
		}
		if before := all[name]; before != nil {
			return nil, fmt.Errorf("%s is given twice, as %q and as %q", name, *before, value)
		}
		all[name] = &value
	}
	return all, nil
}

func (s *session) createTopics(ctx context.Context, out io.Writer, o createOptions, configs map[string]*string,
	names []string) error {
	create := s.admin.CreateTopics
	if o.dryRun {
		create = s.admin.ValidateCreateTopics
	}
	answers, err := create(ctx, o.partitions, o.replication, configs, names...)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		a := answers[name]
		switch {
		case errors.Is(a.Err, kerr.TopicAlreadyExists) && o.ifNotExists:
			err = s.say(out, fmt.Sprintf("topic %s was there already", name), map[string]any{"topic": name, "created": false})
		case a.Err != nil:
			failed = append(failed, refused("topic "+name, a.Err, suggest(a.ErrMessage, "topic", keys(configs))))
		default:
			err = s.say(out, created(a, o.dryRun), map[string]any{"topic": name, "id": topicID(a.ID), "created": !o.dryRun,
				"partition_count": a.NumPartitions, "replication_factor": a.ReplicationFactor})
		}
	}
	return terminal.FirstOf(append(failed, err))
}

func created(a kadm.CreateTopicResponse, dryRun bool) string {
	verb := "made"
	if dryRun {
		verb = "could make"
	}
	return fmt.Sprintf("%s topic %s with %s, replication factor %d", verb, a.Topic,
		terminal.Count(a.NumPartitions, "partition"), a.ReplicationFactor)
}

// say answers a person or a program.
func (s *session) say(out io.Writer, text string, object any) error {
	if s.json {
		return terminal.JSON(out, object)
	}
	_, err := fmt.Fprintln(out, text)
	return err
}

func topicDelete(r *remote) *cobra.Command {
	var ifExists bool
	c := &cobra.Command{
		Use:     "delete NAME...",
		Short:   "Delete topics with all their records",
		Long:    "Delete topics with all their records. Nothing brings them back.",
		Example: "  gregor topic delete orders\n  gregor topic delete orders users --if-exists",
		Args:    arguments(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.deleteTopics(ctx, c.OutOrStdout(), ifExists, names)
			})
		},
	}
	c.Flags().BoolVar(&ifExists, "if-exists", false, "a topic that is not there is fine")
	return c
}

func (s *session) deleteTopics(ctx context.Context, out io.Writer, ifExists bool, names []string) error {
	answers, err := s.admin.DeleteTopics(ctx, names...)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		a := answers[name]
		missing := errors.Is(a.Err, kerr.UnknownTopicOrPartition)
		switch {
		case missing && ifExists:
			err = s.say(out, fmt.Sprintf("topic %s was not there", name), map[string]any{"topic": name, "deleted": false})
		case missing:
			err = fmt.Errorf("there is no topic %q; see: gregor topic list", name)
		case a.Err != nil:
			err = refused("topic "+name, a.Err, a.ErrMessage)
		default:
			err = s.say(out, "deleted topic "+name, map[string]any{"topic": name, "deleted": true})
		}
		failed = append(failed, err)
	}
	return terminal.FirstOf(failed)
}

func topicAlter(r *remote) *cobra.Command {
	var partitions int
	c := &cobra.Command{
		Use:   "alter NAME...",
		Short: "Give topics more partitions",
		Long: `Give topics more partitions. Their number can only grow.

Records stay where they are, but a key's partition is hash(key) modulo the number of partitions: after this, new
records of a key may go to another partition than the old ones, and the order between them is lost.

Settings are changed with gregor config set topic:NAME.`,
		Example: "  gregor topic alter orders --partitions 6",
		Args:    arguments(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			if partitions == 0 {
				return usage(errors.New("how many partitions shall it have? say --partitions N"))
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.growTopics(ctx, c.OutOrStdout(), partitions, names)
			})
		},
	}
	c.Flags().VarP(atLeast(&partitions, 0, 1), "partitions", "p", "how many partitions it shall have in the end")
	return c
}

func (s *session) growTopics(ctx context.Context, out io.Writer, partitions int, names []string) error {
	answers, err := s.admin.UpdatePartitions(ctx, partitions, names...)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names {
		a := answers[name]
		err = nil
		switch {
		case errors.Is(a.Err, kerr.UnknownTopicOrPartition):
			err = fmt.Errorf("there is no topic %q; see: gregor topic list", name)
		case a.Err != nil:
			err = refused("topic "+name, a.Err, a.ErrMessage)
		default:
			err = s.say(out, fmt.Sprintf("topic %s has %s now", name, terminal.Count(partitions, "partition")),
				map[string]any{"topic": name, "partition_count": partitions})
		}
		failed = append(failed, err)
	}
	return terminal.FirstOf(failed)
}
