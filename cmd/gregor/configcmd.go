package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/cmd/internal/terminal"
	"gregor/core/config"
)

func configCommand() *cobra.Command {
	r := &remote{}
	c := family(&cobra.Command{
		Use:   "config",
		Short: "Look at and change the settings of topics and brokers",
		Long: `Look at and change settings while the cluster runs. Names are Kafka's.

What a setting belongs to is written
  topic:NAME   one topic
  broker:ID    one broker
  broker:      all brokers, as their default

A value comes from the strongest place that has one: the topic, this broker, all brokers, the broker's
server.properties, Kafka's default.`,
		Example: `  gregor config get topic:orders
  gregor config set topic:orders retention.ms=3600000
  gregor config unset topic:orders retention.ms
  gregor config get broker:1 log.segment.bytes`,
	}, configGet(r), configSet(r), configUnset(r))
	r.flags(c)
	return c
}

// resource is what a setting belongs to.
type resource struct {
	kind string // "topic" or "broker"
	name string // "" of all brokers
	id   int32  // of a broker
}

func (o resource) String() string { return o.kind + ":" + o.name }

func parseResource(text string) (resource, error) {
	kind, name, ok := strings.Cut(text, ":")
	o := resource{kind: kind, name: name}
	switch {
	case ok && kind == "topic" && name != "":
		return o, nil
	case ok && kind == "broker" && name == "":
		return o, nil
	case ok && kind == "broker":
		id, err := strconv.ParseInt(name, 10, 32)
		if err == nil && id >= 0 {
			o.id = int32(id)
			return o, nil
		}
	}
	return o, usage(fmt.Errorf("%q is nothing that has settings; it takes topic:NAME, broker:ID, or broker: for all brokers", text))
}

// known is the table of the names that may be set there.
func (o resource) known() *config.Set {
	if o.kind == "topic" {
		return config.Topics
	}
	return config.Brokers
}

func configGet(r *remote) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:   "get topic:NAME | broker:ID | broker: [SETTING...]",
		Short: "Show settings, where each value comes from, and what it stands over",
		Long: `Show settings: those that are not Kafka's default, those that are named, or with --all every one.

SOURCE is where the value comes from, BEHIND IT what would be used without it, the strongest first.`,
		Example: `  gregor config get topic:orders
  gregor config get topic:orders retention.ms cleanup.policy
  gregor config get broker:1 --all --json`,
		Args: arguments(1, -1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := parseResource(args[0])
			if err != nil {
				return err
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.getConfigs(ctx, c.OutOrStdout(), o, args[1:], all)
			})
		},
	}
	c.Flags().BoolVarP(&all, "all", "a", false, "defaults too")
	return c
}

func (s *session) getConfigs(ctx context.Context, out io.Writer, o resource, names []string, all bool) error {
	configs, err := s.configs(ctx, o)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(configs, func(c kadm.Config) bool { return c.Key == name }) {
			return unknownSetting(o, name)
		}
	}
	t := terminal.Table{Head: []string{"SETTING", "VALUE", "SOURCE", "BEHIND IT"}}
	for _, c := range configs {
		switch {
		case len(names) > 0 && !slices.Contains(names, c.Key):
		case len(names) == 0 && !all && c.Source == kmsg.ConfigSourceDefaultConfig:
		case s.json:
			if err := terminal.JSON(out, configObject(o, c)); err != nil {
				return err
			}
		default:
			t.Add(c.Key, configText(c), sourceText(c.Source), behind(c))
		}
	}
	switch {
	case s.json:
	case t.Empty():
		fmt.Fprintf(out, "%s has no setting but defaults; gregor config get %s --all shows them\n", o, o)
	default:
		t.Write(out)
	}
	return nil
}

// configs asks for all settings, sorted by name. A broker leaves out names it does not know without a word, so we
// choose among them ourselves.
func (s *session) configs(ctx context.Context, o resource) ([]kadm.Config, error) {
	var answers kadm.ResourceConfigs
	var err error
	switch {
	case o.kind == "topic":
		answers, err = s.admin.DescribeTopicConfigs(ctx, o.name)
	case o.name == "":
		answers, err = s.admin.DescribeBrokerConfigs(ctx)
	default:
		answers, err = s.admin.DescribeBrokerConfigs(ctx, o.id)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded) && o.kind == "broker" && o.name != "":
		return nil, fmt.Errorf("no answer from broker %s: is there one? %w", o.name, err)
	case err != nil:
		return nil, err
	case len(answers) != 1:
		return nil, fmt.Errorf("the cluster described %d resources instead of %s", len(answers), o)
	case errors.Is(answers[0].Err, kerr.UnknownTopicOrPartition):
		return nil, fmt.Errorf("there is no topic %q; see: gregor topic list", o.name)
	case answers[0].Err != nil:
		return nil, refused(o.String(), answers[0].Err, answers[0].ErrMessage)
	}
	list := answers[0].Configs
	slices.SortFunc(list, func(a, b kadm.Config) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// unknownSetting says that a name is wrong, and which one was probably meant.
func unknownSetting(o resource, name string) error {
	near, why := o.known().Nearest(name)
	if near == "" || near == name {
		return fmt.Errorf("%s has no setting %q; see: gregor config get %s --all", o, name, o)
	}
	return fmt.Errorf("%s has no setting %q; did you mean %q?%s", o, name, near, why)
}

func configText(c kadm.Config) string {
	switch {
	case c.Sensitive:
		return "(secret)"
	case c.Value == nil:
		return "(none)"
	}
	return *c.Value
}

// sourceText is where a value comes from, in Kafka's words.
func sourceText(source kmsg.ConfigSource) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(source.String(), "_CONFIG")), "_", " ")
}

func behind(c kadm.Config) string {
	var list []string
	for i, y := range c.Synonyms {
		if i == 0 && y.Source == c.Source {
			continue // the value itself
		}
		list = append(list, fmt.Sprintf("%s=%s (%s)", y.Key, synonymText(y), sourceText(y.Source)))
	}
	return strings.Join(list, ", ")
}

func synonymText(y kadm.ConfigSynonym) string {
	if y.Value == nil {
		return "(none)"
	}
	return *y.Value
}

// configJSON is a setting as programs get it; a value that is null is secret or not set.
type configJSON struct {
	Resource  string        `json:"resource"`
	Name      string        `json:"name"`
	Value     *string       `json:"value"`
	Source    string        `json:"source"`
	Sensitive bool          `json:"sensitive"`
	Synonyms  []synonymJSON `json:"synonyms"`
}

type synonymJSON struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"`
	Source string  `json:"source"`
}

func configObject(o resource, c kadm.Config) configJSON {
	j := configJSON{Resource: o.String(), Name: c.Key, Value: c.Value, Source: sourceText(c.Source),
		Sensitive: c.Sensitive,
		Synonyms:  []synonymJSON{}}
	for _, y := range c.Synonyms {
		j.Synonyms = append(j.Synonyms, synonymJSON{y.Key, y.Value, sourceText(y.Source)})
	}
	return j
}

func configSet(r *remote) *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use:   "set topic:NAME | broker:ID | broker: NAME=VALUE...",
		Short: "Give settings a value",
		Long: `Give settings a value. It takes effect at once, outlives restarts, and leaves all other settings alone.

All settings of one command are taken, or none.`,
		Example: `  gregor config set topic:orders retention.ms=3600000 cleanup.policy=compact,delete
  gregor config set broker: log.retention.ms=86400000
  gregor config set topic:orders segment.bytes=1 --dry-run`,
		Args: arguments(2, -1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := parseResource(args[0])
			if err != nil {
				return err
			}
			values, err := settings(args[1:])
			if err != nil {
				return usage(err)
			}
			var changes []kadm.AlterConfig
			for _, name := range terminal.SortedKeys(values) {
				changes = append(changes, kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: values[name]})
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				return s.alterConfigs(ctx, c.OutOrStdout(), o, changes, dryRun)
			})
		},
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only ask whether it could be done")
	return c
}

func configUnset(r *remote) *cobra.Command {
	var dryRun bool
	c := &cobra.Command{
		Use:     "unset topic:NAME | broker:ID | broker: NAME...",
		Short:   "Take values away, so that what is behind them counts again",
		Long:    "Take values away, so that what is behind them counts again; gregor config get shows what that is.",
		Example: "  gregor config unset topic:orders retention.ms\n  gregor config unset broker: log.retention.ms",
		Args:    arguments(2, -1),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := parseResource(args[0])
			if err != nil {
				return err
			}
			var changes []kadm.AlterConfig
			for _, name := range args[1:] {
				changes = append(changes, kadm.AlterConfig{Op: kadm.DeleteConfig, Name: name})
			}
			return r.run(c.Context(), func(ctx context.Context, s *session) error {
				if err := s.mustKnow(ctx, o, args[1:]); err != nil {
					return err
				}
				return s.alterConfigs(ctx, c.OutOrStdout(), o, changes, dryRun)
			})
		},
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only ask whether it could be done")
	return c
}

// mustKnow refuses names that neither the broker nor we know: a broker takes away what does not exist without a
// word.
func (s *session) mustKnow(ctx context.Context, o resource, names []string) error {
	configs, err := s.configs(ctx, o)
	if err != nil {
		return err
	}
	for _, name := range names {
		_, ok := o.known().Lookup(name)
		if !ok && !slices.ContainsFunc(configs, func(c kadm.Config) bool { return c.Key == name }) {
			return unknownSetting(o, name)
		}
	}
	return nil
}

func (s *session) alterConfigs(ctx context.Context, out io.Writer, o resource, changes []kadm.AlterConfig,
	dryRun bool) error {
	answers, err := s.alter(ctx, o, changes, dryRun)
	switch {
	case err != nil:
		return err
	case len(answers) != 1:
		return fmt.Errorf("the cluster described %d resources instead of %s", len(answers), o)
	}
	var names []string
	for _, c := range changes {
		names = append(names, c.Name)
	}
	switch a := answers[0]; {
	case errors.Is(a.Err, kerr.UnknownTopicOrPartition):
		return fmt.Errorf("there is no topic %q; see: gregor topic list", o.name)
	case a.Err != nil:
		return refused(o.String(), a.Err, suggest(a.ErrMessage, o.kind, names))
	case s.json && dryRun:
		return terminal.JSON(out, map[string]any{"resource": o.String(), "changed": false})
	case s.json:
		return s.getConfigs(ctx, out, o, names, false)
	}
	for _, c := range changes {
		fmt.Fprintln(out, changeText(o, c, dryRun))
	}
	return nil
}

func (s *session) alter(ctx context.Context, o resource, changes []kadm.AlterConfig,
	dryRun bool) (kadm.AlterConfigsResponses, error) {
	topics, brokers := s.admin.AlterTopicConfigs, s.admin.AlterBrokerConfigs
	if dryRun {
		topics, brokers = s.admin.ValidateAlterTopicConfigs, s.admin.ValidateAlterBrokerConfigs
	}
	switch {
	case o.kind == "topic":
		return topics(ctx, changes, o.name)
	case o.name == "":
		return brokers(ctx, changes)
	}
	return brokers(ctx, changes, o.id)
}

func changeText(o resource, c kadm.AlterConfig, dryRun bool) string {
	would := ""
	if dryRun {
		would = "would be: "
	}
	if c.Op == kadm.DeleteConfig {
		return fmt.Sprintf("%s%s %s is not set any more", would, o, c.Name)
	}
	return fmt.Sprintf("%s%s %s=%s", would, o, c.Name, *c.Value)
}

// suggest adds to a broker's message the name that was probably meant by one it does not know. Gregor's own
// messages say it already.
func suggest(message, kind string, names []string) string {
	set := resource{kind: kind}.known()
	for _, name := range names {
		if _, ok := set.Lookup(name); ok {
			continue
		}
		near, why := set.Nearest(name)
		if near != "" && !strings.Contains(message, near) {
			return strings.TrimRight(message, ".") + fmt.Sprintf("; did you mean %q?%s", near, why)
		}
	}
	return message
}
