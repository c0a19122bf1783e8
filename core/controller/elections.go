package controller

import (
	"slices"
	"strconv"

	"gregor/core/insync"
	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/core/mutants"
)

// change begins a change of a partition that wants what there is.
func (c *clusterView) change(t *metadata.Topic, p *metadata.Partition) *partitionChange {
	b := &partitionChange{topic: t.ID, old: p, minISR: c.minISR(t.Name), elr: c.elr(), lost: kafka.NoNode,
		isr: p.ISR, replicas: p.Replicas, removing: p.RemovingReplicas, adding: p.AddingReplicas,
		eligible: p.EligibleLeaderReplicas, recovery: p.LeaderRecovery, directories: p.Directories, directory: c.directory}
	b.acceptable = func(id kafka.NodeID) bool { return c.active(id) && c.holds(p, id) }
	if c.uncleanAllowed(t.Name) {
		b.election = unclean
	}
	return b
}

// elr reports whether eligible leader replicas are kept. I6, the last replica standing: without them the only
// member left in an ISR is the only leader ever after, whatever a power cut took from it.
func (c *clusterView) elr() bool {
	return c.image.Feature(elrVersion) >= 1 && !(mutants.Enabled && mutants.On().NoELR)
}

// active reports whether a broker is unfenced and not shutting down.
func (c *clusterView) active(id kafka.NodeID) bool {
	b, ok := c.image.Broker(id)
	return ok && !b.Fenced && !b.InControlledShutdown
}

// holds reports whether the directory of a replica is not known to have failed.
func (c *clusterView) holds(p *metadata.Partition, id kafka.NodeID) bool {
	i := slices.Index(p.Replicas, id)
	if i < 0 || i >= len(p.Directories) {
		return true
	}
	b, ok := c.image.Broker(id)
	return ok && inService(b, p.Directories[i])
}

// Ids of directories that name none: Kafka reserves those below 100, of which these three mean something.
var (
	lostDirectory     = kafka.UUID{15: 1}
	unassigned        = kafka.UUID{}
	migratedDirectory = kafka.UUID{15: 100}
)

func inService(b *metadata.Broker, dir kafka.UUID) bool {
	switch dir {
	case unassigned, migratedDirectory:
		return true
	case lostDirectory:
		return false
	}
	return slices.Contains(b.LogDirs, dir)
}

// directory is where a new replica goes on a broker: its directory if it has one only, else the broker decides.
func (c *clusterView) directory(id kafka.NodeID) kafka.UUID {
	if b, ok := c.image.Broker(id); ok && len(b.LogDirs) == 1 {
		return b.LogDirs[0]
	}
	return unassigned
}

// setting is a config of a topic where a record sets it: the topic's own, or that of all brokers.
func (c *clusterView) setting(topic, name string) (string, bool) {
	if v, ok := c.own(metadata.Resource{Type: metadata.ResourceTopic, Name: topic}, name); ok {
		return v, true
	}
	return c.own(metadata.Resource{Type: metadata.ResourceBroker}, name)
}

// own is a resource's own config.
func (c *clusterView) own(r metadata.Resource, name string) (string, bool) {
	for _, e := range c.image.Configs(r) {
		if e.Name == name {
			return e.Value, true
		}
	}
	return "", false
}

const (
	minISRConfig  = "min.insync.replicas"
	uncleanConfig = "unclean.leader.election.enable"
)

func (c *clusterView) minISR(topic string) int {
	if text, ok := c.setting(topic, minISRConfig); ok {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return c.cfg.Defaults.Int(minISRConfig)
}

func (c *clusterView) uncleanAllowed(topic string) bool {
	if text, ok := c.setting(topic, uncleanConfig); ok {
		return text == "true"
	}
	return c.cfg.Defaults.Bool(uncleanConfig)
}

// turn is what happens to a broker's part in partitions; NoLeader where nothing does.
type turn struct {
	goes  kafka.NodeID // leaves every ISR and leads no more
	loses kafka.NodeID // goes, and may have lost what it had: it is not eligible either
	comes kafka.NodeID // may lead from now on
}

var noTurn = turn{goes: kafka.NoNode, loses: kafka.NoNode, comes: kafka.NoNode}

// concerns reports whether a partition has to be looked at.
func (w turn) concerns(p *metadata.Partition) bool {
	return w.goes >= 0 && slices.Contains(p.ISR, w.goes) ||
		w.loses >= 0 && (slices.Contains(p.ISR, w.loses) || slices.Contains(p.EligibleLeaderReplicas, w.loses)) ||
		w.comes >= 0 && p.Leader == kafka.NoNode
}

// turned lists what becomes of all partitions.
func (c *clusterView) turned(w turn, concerns func(p *metadata.Partition) bool) []metadata.Record {
	var records []metadata.Record
	for _, t := range c.image.Topics() {
		for _, p := range t.Partitions() {
			if !concerns(p) {
				continue
			}
			if r := c.turnedPartition(w, t, p).build(); r != nil {
				records = append(records, r)
			}
		}
	}
	return records
}

func (c *clusterView) turnedPartition(w turn, t *metadata.Topic, p *metadata.Partition) *partitionChange {
	b := c.change(t, p)
	before := b.acceptable
	b.acceptable = func(id kafka.NodeID) bool {
		return id != w.goes && id != w.loses && (id == w.comes && c.holds(p, id) || before(id))
	}
	b.isr, b.lost = insync.Without(p.ISR, w.goes, w.loses), w.loses
	return b
}
