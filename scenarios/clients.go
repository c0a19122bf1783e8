package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gregor/core/client"
	"gregor/core/env"
)

// auditor is the client that reads everything at the end.
const auditor = "auditor"

// check tries a client's settings.
func (c *Client) check() error {
	_, err := c.node([]string{"b1:9092"}, 0)
	return err
}

// node makes what starts an incarnation of the client. Each incarnation sends values of its own, so that none
// is sent twice.
func (c *Client) node(bootstrap []string, incarnation int) (func(env.World) env.Node, error) {
	switch c.Kind {
	case "producer":
		cfg := client.NewProducerConfig(c.Name)
		cfg.Bootstrap = bootstrap
		cfg.Workload.RatePerSecond = 100
		cfg.Workload.Prefix = c.Name
		if incarnation > 1 {
			cfg.Workload.Prefix = fmt.Sprintf("%s.%d", c.Name, incarnation)
		}
		if err := c.set(cfg.Set, cfg.Validate); err != nil {
			return nil, err
		}
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		return func(w env.World) env.Node { return client.NewProducer(w, cfg) }, nil
	case "consumer":
		cfg := client.NewConsumerConfig(c.Name)
		cfg.Bootstrap = bootstrap
		if err := c.set(cfg.Set, cfg.Validate); err != nil {
			return nil, err
		}
		if err := cfg.Validate(); err != nil {
			return nil, err
		}
		return func(w env.World) env.Node { return client.NewConsumer(w, cfg) }, nil
	}
	return c.admin(bootstrap)
}

func (c *Client) set(set func(name, value string) error, _ func() error) error {
	for _, s := range c.Settings {
		if err := set(s.Name, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// admin clients run one command each: do=delete-records topic=orders partition=0 before=100.
func (c *Client) admin(bootstrap []string) (func(env.World) env.Node, error) {
	cfg, cmd, err := c.command()
	if err != nil {
		return nil, err
	}
	cfg.Bootstrap, cfg.Commands = bootstrap, []client.Command{cmd}
	return func(w env.World) env.Node { return client.NewAdmin(w, cfg) }, nil
}

// command reads what an admin does.
func (c *Client) command() (cfg client.AdminConfig, cmd client.Command, err error) {
	cfg = client.NewAdminConfig(c.Name)
	cmd = client.Command{Partitions: -1, ReplicationFactor: -1, Before: -1}
	for _, s := range c.Settings {
		if err := adminSetting(&cfg, &cmd, s); err != nil {
			return cfg, cmd, err
		}
	}
	if cmd.Op == 0 || cmd.Topic == "" && cmd.Op != client.UpdateFeature {
		err = fmt.Errorf("an admin needs do=... and topic=...; do is one of %s", strings.Join(adminOps(), ", "))
	}
	return cfg, cmd, err
}

func adminSetting(cfg *client.AdminConfig, cmd *client.Command, s Setting) error {
	switch s.Name {
	case "do":
		i := slices.Index(adminOps(), s.Value)
		if i < 0 {
			return fmt.Errorf("do=%s: %s", s.Value, nearest(s.Value, adminOps()))
		}
		cmd.Op = client.CreateTopic + client.Op(i)
	case "topic":
		cmd.Topic = s.Value
	case "feature":
		cmd.Feature = s.Value
	case "election":
		cmd.Unclean = s.Value == "unclean"
		if !cmd.Unclean && s.Value != "preferred" {
			return fmt.Errorf("election=%s: write preferred or unclean", s.Value)
		}
	case "at":
		d, err := nanos(s.Value)
		cmd.At = timeOf(d)
		return err
	case "config":
		name, value, ok := strings.Cut(s.Value, ":")
		cmd.Configs = append(cmd.Configs, client.Setting{Name: name, Value: value})
		if !ok {
			return fmt.Errorf("config=%s: write config=retention.ms:1000", s.Value)
		}
	case "replicas":
		for _, text := range strings.Split(s.Value, ",") {
			n, err := count(text)
			cmd.Replicas = append(cmd.Replicas, env.NodeID(n))
			if err != nil {
				return fmt.Errorf("replicas=%s: write replicas=2,3,4", s.Value)
			}
		}
	default:
		if set := adminNumber(cmd, s.Name); set != nil {
			n, err := strconv.ParseInt(s.Value, 10, 32)
			set(n)
			return err
		}
		return cfg.Set(s.Name, s.Value)
	}
	return nil
}

// adminNumber finds the number that a setting sets; nil if it is none.
func adminNumber(cmd *client.Command, name string) func(n int64) {
	switch name {
	case "partition":
		return func(n int64) { cmd.Partition = env.PartitionID(n) }
	case "partitions":
		return func(n int64) { cmd.Partitions = int32(n) }
	case "replication.factor":
		return func(n int64) { cmd.ReplicationFactor = int16(n) }
	case "before":
		return func(n int64) { cmd.Before = env.Offset(n) }
	case "level":
		return func(n int64) { cmd.Level = int16(n) }
	}
	return nil
}

func adminOps() []string {
	var names []string
	for op := client.CreateTopic; op <= client.EndOffset; op++ {
		names = append(names, op.String())
	}
	return names
}
