package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/core/client"
	"gregor/core/kafka"
)

// commandInfo is a command of an admin: the settings it takes, those it needs, and what it does.
type commandInfo struct {
	settings, needs, text string
}

func (i commandInfo) takes(setting string) bool {
	return slices.Contains(strings.Fields(i.settings), setting)
}

// adminTable are the commands of an admin, by what they do.
func adminTable() map[client.Op]commandInfo {
	return map[client.Op]commandInfo{
		client.CreateTopic:      {"topic partitions replication.factor config", "topic", "create a topic"},
		client.DeleteTopic:      {"topic", "topic", "delete a topic"},
		client.CreatePartitions: {"topic partitions", "topic partitions", "add partitions: partitions is the new total"},
		client.DeleteRecords: {"topic partition before", "topic",
			"delete the records of a partition before an offset; -1, the default: all"},
		client.AlterConfigs: {"topic config", "topic config", "set configs of a topic"},
		client.Reassign: {"topic partition replicas", "topic",
			"reassign a partition to these brokers, the preferred leader first; without replicas: cancel the reassignment"},
		client.ElectLeaders: {"topic partition election", "topic",
			"elect the leader of a partition, or with partition=-1 of every partition, by a preferred or an unclean election"},
		client.UpdateFeature: {"feature level", "feature level",
			"set the level of a feature of the cluster; 0 switches it off"},
		client.EndOffset: {"topic partition", "topic", "list the end offset of a partition"},
	}
}

// adminSettings are what an admin's commands take.
var adminSettings = []client.SettingInfo{
	{Name: "do", Takes: "COMMAND", Text: "the command, which it sends once"},
	{Name: "at", Takes: "TIME", Default: "0s", Text: "when it sends the command, from the start of the clients"},
	{Name: "topic", Takes: "TOPIC", Text: "the topic"},
	{Name: "partition", Takes: "N", Default: "0", Text: "the partition; of elect-leaders -1: all"},
	{Name: "partitions", Takes: "N", Text: "how many; for create-topic num.partitions by default"},
	{Name: "replication.factor", Takes: "N", Text: "default.replication.factor by default"},
	{Name: "config", Takes: "NAME:VALUE", Text: "a topic config; may be repeated"},
	{Name: "replicas", Takes: "N[,N...]", Text: "numbers of brokers"},
	{Name: "before", Takes: "OFFSET", Default: "-1", Text: "the first offset that is kept; -1: none"},
	{Name: "election", Takes: "preferred|unclean", Default: "preferred", Text: "which election"},
	{Name: "feature", Takes: "NAME", Text: "the feature's name: " + elrVersion},
	{Name: "level", Takes: "N", Text: "its level"},
}

// features are those that update-feature can set, with the highest level of each.
var features = map[string]int{elrVersion: 1}

// command parses an admin's command: do=delete-records topic=orders partition=0 before=100.
func (c *Client) command() (cfg client.AdminConfig, cmd client.Command, err error) {
	cfg = client.NewAdminConfig(c.Name)
	cfg.Bootstrap = someBroker
	do, op, err := c.does()
	if err != nil {
		return cfg, cmd, err
	}
	cmd = usualCommand(op)
	info := adminTable()[op]
	var names []string
	for _, s := range adminSettings {
		names = append(names, s.Name)
	}
	for _, s := range c.Settings {
		switch {
		case s.Name == startSetting.Name || s.Name == "do":
		case s.Name != "at" && contains(names, s.Name) && !info.takes(s.Name):
			return cfg, cmd, fmt.Errorf("%s takes no %s; it takes: at %s", do, s.Name, info.settings)
		case contains(names, s.Name):
			err = adminSetting(&cmd, s)
		default:
			err = otherSetting(&cfg, s, names)
		}
		if err != nil {
			return cfg, cmd, err
		}
	}
	return cfg, cmd, c.complete(do, info, &cmd)
}

// usualCommand is a command with every setting at its default.
func usualCommand(op client.Op) client.Command {
	cmd := client.Command{Op: op, Partitions: -1, ReplicationFactor: -1}
	for _, s := range adminSettings {
		if s.Default == "" {
			continue
		}
		if err := adminSetting(&cmd, Setting{Name: s.Name, Value: s.Default}); err != nil {
			panic(fmt.Sprintf("scenarios: the usual %s=%s of an admin is refused: %v", s.Name, s.Default, err))
		}
	}
	return cmd
}

// does is the command that an admin's do names.
func (c *Client) does() (do string, op client.Op, err error) {
	do = valueOf(c.Settings, "do", "")
	i := slices.Index(adminOps(), do)
	switch {
	case do == "":
		return do, 0, fmt.Errorf("an admin needs do=...: one of %s", strings.Join(adminOps(), ", "))
	case i < 0:
		return do, 0, fmt.Errorf("do=%s: unknown command; %s", do, nearest(do, adminOps()))
	}
	return do, client.CreateTopic + client.Op(i), nil
}

// otherSetting sets a setting that clients of every kind have.
func otherSetting(cfg *client.AdminConfig, s Setting, own []string) error {
	err := cfg.Set(s.Name, s.Value)
	if meant := suggest(s.Name, own, ""); err != nil && meant != "" {
		return fmt.Errorf("unknown admin setting %q; %s", s.Name, meant)
	}
	return err
}

// complete refuses a command without a setting that it needs.
func (c *Client) complete(do string, info commandInfo, cmd *client.Command) error {
	for _, name := range strings.Fields(info.needs) {
		if valueOf(c.Settings, name, "") == "" {
			return fmt.Errorf("%s needs %s=...", do, name)
		}
	}
	if cmd.Op != client.UpdateFeature {
		return nil
	}
	most, known := features[cmd.Feature]
	switch {
	case !known:
		return fmt.Errorf("feature=%s: unknown feature; write feature=%s", cmd.Feature, elrVersion)
	case int(cmd.Level) > most:
		return fmt.Errorf("level=%d: the highest level of %s is %d", cmd.Level, cmd.Feature, most)
	}
	return nil
}

func adminSetting(cmd *client.Command, s Setting) error {
	switch s.Name {
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
		d, err := time.ParseDuration(s.Value)
		if err != nil || d < 0 {
			return fmt.Errorf("at=%s is not a time from 0s up; write at=4s", s.Value)
		}
		cmd.At = d
	case "config":
		name, value, ok := strings.Cut(s.Value, ":")
		if !ok {
			return fmt.Errorf("config=%s: write config=retention.ms:1000", s.Value)
		}
		cmd.Configs = append(cmd.Configs, client.Setting{Name: name, Value: value})
	case "replicas":
		for _, text := range strings.Split(s.Value, ",") {
			n, err := count(text)
			if err != nil {
				return fmt.Errorf("replicas=%s: write numbers of brokers, as in replicas=2,3,4", s.Value)
			}
			cmd.Replicas = append(cmd.Replicas, kafka.NodeID(n))
		}
	default:
		return adminNumber(cmd, s)
	}
	return nil
}

// adminNumber sets a number.
func adminNumber(cmd *client.Command, s Setting) error {
	lo, hi, set := int64(1), int64(partitionsMax), (func(n int64))(nil)
	switch s.Name {
	case "partition":
		if lo, hi = 0, partitionsMax-1; cmd.Op == client.ElectLeaders {
			lo = -1
		}
		set = func(n int64) { cmd.Partition = kafka.PartitionID(n) }
	case "partitions":
		set = func(n int64) { cmd.Partitions = int32(n) }
	case "replication.factor":
		hi, set = brokersMax, func(n int64) { cmd.ReplicationFactor = int16(n) }
	case "before":
		lo, hi, set = -1, 1<<62, func(n int64) { cmd.Before = kafka.Offset(n) }
	case "level":
		lo, hi, set = 0, 1<<15-1, func(n int64) { cmd.Level = int16(n) }
	}
	n, err := wholeNumber(s.Value, lo, hi)
	if err != nil {
		return fmt.Errorf("%s=%s: %w", s.Name, s.Value, err)
	}
	set(n)
	return nil
}

func adminOps() []string {
	var names []string
	for op := client.CreateTopic; op <= client.EndOffset; op++ {
		names = append(names, op.String())
	}
	return names
}
