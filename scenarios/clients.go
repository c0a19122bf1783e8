package scenarios

import (
	"fmt"
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
	cfg := client.NewAdminConfig(c.Name)
	cfg.Bootstrap = bootstrap
	cmd := client.Command{Partitions: -1, ReplicationFactor: -1, Before: -1}
	for _, s := range c.Settings {
		if err := c.adminSetting(&cfg, &cmd, s); err != nil {
			return nil, err
		}
	}
	if cmd.Op == 0 || cmd.Topic == "" {
		return nil, fmt.Errorf("an admin needs do=... and topic=...; do is one of %s", strings.Join(adminOps(), ", "))
	}
	cfg.Commands = []client.Command{cmd}
	return func(w env.World) env.Node { return client.NewAdmin(w, cfg) }, nil
}

func (c *Client) adminSetting(cfg *client.AdminConfig, cmd *client.Command, s Setting) error {
	var n int
	_, err := fmt.Sscanf(s.Value, "%d", &n)
	switch s.Name {
	case "do":
		for op := client.CreateTopic; op <= client.EndOffset; op++ {
			if op.String() == s.Value {
				cmd.Op = op
				return nil
			}
		}
		return fmt.Errorf("do=%s: %s", s.Value, nearest(s.Value, adminOps()))
	case "topic":
		cmd.Topic = s.Value
		return nil
	case "at":
		d, err := nanos(s.Value)
		cmd.At = timeOf(d)
		return err
	case "partition":
		cmd.Partition = env.PartitionID(n)
		return err
	case "partitions":
		cmd.Partitions = int32(n)
		return err
	case "before":
		cmd.Before = env.Offset(n)
		return err
	case "config":
		name, value, ok := strings.Cut(s.Value, ":")
		cmd.Configs = append(cmd.Configs, client.Setting{Name: name, Value: value})
		if !ok {
			return fmt.Errorf("config=%s: write config=retention.ms:1000", s.Value)
		}
		return nil
	}
	return cfg.Set(s.Name, s.Value)
}

func adminOps() []string {
	var names []string
	for op := client.CreateTopic; op <= client.EndOffset; op++ {
		names = append(names, op.String())
	}
	return names
}
