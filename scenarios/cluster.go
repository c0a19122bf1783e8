package scenarios

import (
	"fmt"
	"strings"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Cluster is the servers and their configuration.
type Cluster struct {
	Brokers     int
	Controllers int      // nodes that are nothing else; 0: some of the brokers are controllers as well
	Racks       []string // of the brokers, in turn; none: brokers have no rack
	// DirectoryIDs is set if the disks were formatted as by kafka-storage and controller.quorum.voters names the voters'
	// directories: a controller that restarts with an emptied disk is no longer that voter (KIP-853).
	DirectoryIDs bool
	Settings     []Setting
}

// member is a server: a broker, a controller, or both.
type member struct {
	name               string
	id                 kafka.NodeID
	broker, controller bool
	rack               string
}

// firstController is the node id of the first node that is a controller only.
const firstController = 101

// members lists the servers: the brokers, then the controllers.
func (c *Cluster) members() []member {
	var all []member
	for i := range c.Brokers {
		m := member{name: brokerName(i), id: kafka.NodeID(i + 1), broker: true, controller: c.Controllers == 0 &&
			i < voters(c.Brokers)}
		if len(c.Racks) > 0 {
			m.rack = c.Racks[i%len(c.Racks)]
		}
		all = append(all, m)
	}
	for i := range c.Controllers {
		all = append(all, member{name: controllerName(i), id: kafka.NodeID(firstController + i), controller: true})
	}
	return all
}

// voters is how many of the brokers are controllers as well, where no node is a controller only: an odd number.
func voters(brokers int) int {
	switch {
	case brokers >= 5:
		return 5
	case brokers >= 3:
		return 3
	}
	return 1
}

func (m member) addr() string { return m.name + ":9092" }

func (m member) roles() string {
	switch {
	case !m.controller:
		return "broker"
	case !m.broker:
		return "controller"
	}
	return "broker,controller"
}

func brokerName(i int) string     { return fmt.Sprintf("b%d", i+1) }
func controllerName(i int) string { return fmt.Sprintf("k%d", i+1) }

// isServerName reports whether a name is a broker's or a controller's, in this scenario or another.
func isServerName(n string) bool {
	return len(n) == 2 && (n[0] == 'b' || n[0] == 'k') && n[1] >= '1' && n[1] <= '9'
}

// nodeName is the name of the server with this id.
func nodeName(id kafka.NodeID) string {
	if id >= firstController {
		return controllerName(int(id) - firstController)
	}
	return brokerName(int(id) - 1)
}

// brokerSettings are the simulator's own choices, which a scenario may change: small internal topics, and no
// wait for more members at the first rebalance.
var brokerSettings = []config.Entry{
	{Name: "offsets.topic.num.partitions", Value: offsetsPartitions},
	{Name: "group.initial.rebalance.delay.ms", Value: "100"},
}

const offsetsPartitions = "2"

// replicasMost is the default replication factor, if there are that many brokers.
const replicasMost = 3

// config is a server's configuration: the simulator's choices, what the seed draws, the scenario's settings.
func (s *Scenario) config(m member, rnd env.Rand) []config.Entry {
	replicas := fmt.Sprint(min(s.Cluster.Brokers, replicasMost))
	entries := append([]config.Entry{{Name: "node.id", Value: fmt.Sprint(m.id)},
		{Name: "default.replication.factor", Value: replicas}, {Name: "offsets.topic.replication.factor", Value: replicas}},
		brokerSettings...)
	entries = append(entries, s.placing(m)...)
	if s.Swarm {
		entries = append(entries, drawKnobs(rnd)...)
	}
	for _, set := range s.Cluster.Settings {
		entries = append(entries, config.Entry{Name: set.Name, Value: set.Value,
			Origin: fmt.Sprintf("%s:%d", s.Name, set.Line)})
	}
	return entries
}

// placing is a server's roles, rack and quorum.
func (s *Scenario) placing(m member) []config.Entry {
	var quorum []string
	all := s.Cluster.members()
	for _, o := range all {
		if o.controller {
			quorum = append(quorum, s.voter(o))
		}
	}
	entries := []config.Entry{{Name: "process.roles", Value: m.roles()}}
	if s.Cluster.DirectoryIDs {
		entries = append(entries, config.Entry{Name: "cluster.id", Value: formattedCluster})
	}
	if m.rack != "" {
		entries = append(entries, config.Entry{Name: "broker.rack", Value: m.rack})
	}
	if len(all) > 1 {
		entries = append(entries, config.Entry{Name: "controller.quorum.voters", Value: strings.Join(quorum, ",")})
	}
	return entries
}

// voter is a controller as controller.quorum.voters names it.
func (s *Scenario) voter(m member) string {
	if !s.Cluster.DirectoryIDs {
		return fmt.Sprintf("%d@%s", m.id, m.addr())
	}
	return fmt.Sprintf("%d@%s:%s", m.id, m.addr(), m.directory())
}

// formattedCluster is the cluster id of formatted disks.
const formattedCluster = "Z3JlZ29yLXNjZW5hcmlvcw"

// directory is the directory.id of a server's formatted disk.
func (m member) directory() (id kafka.UUID) {
	copy(id[:], "directory of "+m.name)
	return id
}

// metaProperties is the meta.properties of a formatted disk.
func (m member) metaProperties() string {
	return fmt.Sprintf("#\nversion=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", formattedCluster, m.id, m.directory())
}

// drawKnobs draws the brokers' own sizes and intervals: small ones bring rolls, cleaning and retention into a
// short run.
func drawKnobs(rnd env.Rand) []config.Entry {
	number := func(lo, hi int64) string { return fmt.Sprint(rnd.Between(lo, hi)) }
	return []config.Entry{
		{Name: "log.index.interval.bytes", Value: number(64, 8192)},
		{Name: "log.segment.bytes", Value: number(1<<20, 8<<20)},
		{Name: "log.segment.delete.delay.ms", Value: number(0, 5000)},
		{Name: "log.retention.check.interval.ms", Value: number(500, 20_000)},
		{Name: "log.cleaner.backoff.ms", Value: number(500, 20_000)},
	}
}
