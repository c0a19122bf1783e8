package scenarios

import (
	"fmt"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Permits are the losses that the configuration permits in a world of processes, where no fact shows what servers
// decide. They are derived from the configuration, the steps carried out and the leaders observed:
//
//   - a record that only its leader had (acks=1) may be lost once another replica leads;
//   - a record with acks=all may be lost once min.insync.replicas servers were removed from the others and
//     unclean.leader.election.enable lets a replica outside of the ISR lead, or one of them has lost its disk.
//
// Without such a step no loss is permitted.

// removal is a step that took servers away from the others.
type removal struct {
	event   uint64
	text    string
	servers []string
}

// permits is what was done to the servers of such a world, and which leaders were observed.
type permits struct {
	s         *Scenario
	roles     *roles
	history   *history.History
	removals  []removal
	takeovers []takeover
}

// noteRemoval notes that a step took servers away from the others. A reset connection does not.
func (p *permits) noteRemoval(step FaultRecord) {
	if away := verbOf(step.Verb).away; away != nil {
		if servers := away(step.Nodes, step.Other); len(servers) > 0 {
			p.removals = append(p.removals, removal{step.Event, step.Text, servers})
		}
	}
}

func serversOf(names []string) (servers []string) {
	for _, n := range names {
		if isServerName(n) {
			servers = append(servers, n)
		}
	}
	return servers
}

// takeover is a new leader of a partition, as it was observed.
type takeover struct {
	event uint64
	env.PartitionChanged
}

func (p *permits) tookOver(event uint64, f env.PartitionChanged) {
	if old, known := p.roles.parts[f.TopicPartition]; known && f.Leader >= 0 && f.Epoch > old.Epoch {
		p.takeovers = append(p.takeovers, takeover{event, f})
	}
}

// explain returns why the configuration permits that what a partition held is gone, "" if it does not. It is the
// Explain of a history.
func (p *permits) explain(tp kafka.TopicPartition, _ kafka.Offset, written, gone uint64, promised bool) (why string,
	known bool) {
	if p.s.replicas(tp.Topic) == "1" {
		return "", false
	}
	led := p.newLeader(tp, written, gone)
	away, last := p.away(gone)
	switch need := p.s.minISR(tp.Topic); {
	case led == "" || last == "":
		return "", true
	case !promised:
		return "acks=1: " + led + ", after " + last, true
	case p.s.unclean(tp.Topic) && away >= need:
		return fmt.Sprintf("min.insync.replicas=%d and unclean.leader.election.enable=true: %s, after %s", need, led, last),
			true
	case p.killedBefore(gone) >= need:
		return fmt.Sprintf("min.insync.replicas=%d, and so many brokers were killed, one of them with an emptied disk: %s, after %s", need, led, last), true
	}
	return "", true
}

// newLeader describes the first new leader of a partition since an event, or the last one before it: a producer may
// write to an old leader for long.
func (p *permits) newLeader(tp kafka.TopicPartition, written, gone uint64) (text string) {
	for _, t := range p.takeovers {
		if t.TopicPartition != tp || t.event > gone {
			continue
		}
		if text = fmt.Sprintf("%s led in epoch %d", nodeName(t.Leader), t.Epoch); t.event >= written {
			break
		}
	}
	return text
}

// away counts the servers that steps removed before an event, and returns the last of these steps.
func (p *permits) away(gone uint64) (n int, last string) {
	removed := map[string]bool{}
	for _, s := range p.removals {
		if s.event > gone {
			break
		}
		for _, name := range s.servers {
			removed[name] = true
		}
		last = s.text
	}
	return len(removed), last
}

// killedBefore counts the servers that were killed before an event, if one of them lost its disk.
func (p *permits) killedBefore(gone uint64) int {
	killed, emptied := map[string]bool{}, false
	for _, m := range p.history.Faults {
		if m.Event <= gone && isServerName(m.Node) {
			killed[m.Node] = true
			emptied = emptied || m.Kind == history.Wiped || m.Kind == history.DiskDamage
		}
	}
	if !emptied {
		return 0
	}
	return len(killed)
}

// replicas is the replication factor that a scenario gives a topic.
func (s *Scenario) replicas(topic string) string {
	most := fmt.Sprint(min(s.Cluster.Brokers, replicasMost))
	return s.setting(topic, "replication.factor", s.setting("", "default.replication.factor", most))
}
