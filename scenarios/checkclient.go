package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/client"
	"gregor/core/kafka"
)

// own are reserved names.
var own = append([]string{auditor, setup}, words...)

// clientNameMax bounds a client's name: a world of processes gives each client a directory of that name.
const clientNameMax = 64

// clientName refuses an invalid name of a client.
func (p *parser) clientName(name string) {
	odd := func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_')
	}
	switch {
	case isServerName(name), contains(own, name), strings.HasPrefix(name, prober):
		p.fail(name, "reserved name", "b1, b2 … are the brokers, k1, k2 … the controllers; choose another name")
	case strings.ContainsFunc(name, odd), len(name) > clientNameMax:
		p.fail(name, fmt.Sprintf("invalid client name: at most %d of a-z, A-Z, 0-9, dash and underscore", clientNameMax),
			"choose another name")
	}
}

// wholeClient checks a client against the rest of the scenario.
func (p *parser) wholeClient(c *Client) {
	p.line = c.Line
	if at, ok := c.start(); ok {
		p.within("start=", at)
	}
	switch c.Kind {
	case "producer":
		p.wholeProducer(c)
	case "consumer":
		p.wholeConsumer(c)
	default:
		p.wholeAdmin(c)
	}
}

func (p *parser) wholeProducer(c *Client) {
	cfg, _ := c.producer() // was checked when it was read
	w := cfg.Workload
	p.topicKnown("topic", w.Topic)
	for _, partition := range w.Partitions {
		p.partitionKnown(fmt.Sprintf("partition=%d", partition), w.Topic, int(partition))
	}
	for _, v := range p.valuesOf(c) {
		if line, taken := p.seen["value "+v]; taken {
			p.fail(v, fmt.Sprintf("the producer in line %d sends it as well", line),
				"records are identified by their values: choose another value or prefix")
		}
		p.seen["value "+v] = c.Line
	}
}

// valuesOf lists what a producer sends: its given values, or the prefix of all its values.
func (p *parser) valuesOf(c *Client) []string {
	cfg, _ := c.producer()
	if w := cfg.Workload; len(w.Values) > 0 {
		return w.Values
	}
	return []string{cfg.Workload.Prefix + "-"}
}

func (p *parser) wholeConsumer(c *Client) {
	cfg, _ := c.consumer()
	for _, topic := range cfg.Topics {
		p.topicKnown("topic", topic)
	}
	for _, a := range cfg.Assign {
		p.topicKnown("assign", a.Topic)
		if a.Partition >= 0 {
			p.partitionKnown("assign="+a.TopicPartition.String(), a.Topic, int(a.Partition))
		}
	}
	if cfg.Rack != "" && !contains(p.s.Cluster.Racks, cfg.Rack) {
		p.fail("client.rack="+cfg.Rack, "unknown rack", suggest(cfg.Rack, p.s.Cluster.Racks,
			"write: cluster racks="+cfg.Rack))
	}
}

// wholeAdmin checks an admin's command against the rest of the scenario.
func (p *parser) wholeAdmin(c *Client) {
	_, cmd, _ := c.command()
	p.within("at=", cmd.At)
	switch cmd.Op {
	case client.UpdateFeature:
		return
	case client.CreateTopic:
		p.creates(&cmd)
		return
	}
	p.topicKnown("topic", cmd.Topic)
	switch cmd.Op {
	case client.AlterConfigs:
		p.commandConfigs(&cmd)
	case client.Reassign:
		p.replicaNodes(cmd.Replicas)
	case client.CreatePartitions:
		p.grows(&cmd)
	}
	if cmd.Partition >= 0 && adminTable()[cmd.Op].takes("partition") {
		p.partitionKnown(fmt.Sprintf("partition=%d", cmd.Partition), cmd.Topic, int(cmd.Partition))
	}
}

func (p *parser) creates(cmd *client.Command) {
	p.topicName(cmd.Topic)
	deleted := slices.ContainsFunc(p.s.commands(), func(o client.Command) bool {
		return o.Op == client.DeleteTopic && o.Topic == cmd.Topic
	})
	if line, there := p.seen["topic "+cmd.Topic]; there && !deleted {
		p.fail("topic="+cmd.Topic, fmt.Sprintf("already created by line %d, and no statement deletes it", line),
			"choose another name")
	}
	if n := int(cmd.ReplicationFactor); n > p.s.Cluster.Brokers {
		p.replicas(Setting{Name: "replication.factor", Value: fmt.Sprint(n)})
	}
	p.commandConfigs(cmd)
}

func (p *parser) commandConfigs(cmd *client.Command) {
	for _, set := range cmd.Configs {
		p.topicConfig(Setting{Name: set.Name, Value: set.Value})
	}
}

func (p *parser) replicaNodes(all []kafka.NodeID) {
	for i, id := range all {
		switch text := fmt.Sprintf("replicas=…%d", id); {
		case int(id) > p.s.Cluster.Brokers:
			p.fail(text, fmt.Sprintf("the cluster has %s", plural(p.s.Cluster.Brokers, "broker")),
				fmt.Sprintf("write numbers from 1 to %d", p.s.Cluster.Brokers))
		case slices.Contains(all[:i], id):
			p.fail(text, "named twice", "remove one")
		}
	}
}

// grows refuses a total that is not above the topic's number of partitions.
func (p *parser) grows(cmd *client.Command) {
	for _, t := range p.s.Topics {
		if t.Name == cmd.Topic && int(cmd.Partitions) <= t.Partitions {
			p.fail(fmt.Sprintf("partitions=%d", cmd.Partitions),
				fmt.Sprintf("topic %s already has %s", t.Name, plural(t.Partitions, "partition")),
				"write the new total, a greater number")
		}
	}
}
