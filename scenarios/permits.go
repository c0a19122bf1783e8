package scenarios

import (
	"fmt"

	"gregor/checkers"
	"gregor/core/env"
)

// Where nobody has seen into the servers, what may be gone goes by the configuration, by what was done to the cluster,
// and by who was seen to lead: a record that only its leader promised, once another one has taken over; one that more
// promised, once so many of them were out of the way as had to be in sync, and somebody who was not may lead, or one of
// them has lost its disk. Without a fault nothing is permitted.

// strike is a step that hit servers.
type strike struct {
	event   uint64
	text    string
	servers []string
}

// strike notes a step that takes servers away from others. A broken connection alone excuses nothing.
func (r *run) strike(verb string, nodes, others []string) {
	done := &r.deeds[len(r.deeds)-1]
	done.Verb, done.Nodes, done.Other = verb, nodes, others
	if away := verbOf(verb).away; away != nil {
		if servers := away(nodes, others); len(servers) > 0 {
			r.strikes = append(r.strikes, strike{done.Event, done.Text, servers})
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

// takeover is a new leader of a partition, as it was seen.
type takeover struct {
	event uint64
	env.PartitionChanged
}

func (r *run) tookOver(event uint64, f env.PartitionChanged) {
	if old, known := r.cast.parts[f.TopicPartition]; known && f.Leader >= 0 && f.Epoch > old.Epoch {
		r.takeovers = append(r.takeovers, takeover{event, f})
	}
}

// permits says why the configuration permits that what a partition held is gone. It is made for [checkers.History].
func (r *run) permits(tp env.TopicPartition, _ env.Offset, written, gone uint64, promised bool) (why string, known bool) {
	if r.s.replicas(tp.Topic) == "1" {
		return "", false
	}
	led := r.ledAnew(tp, written, gone)
	away, last := r.away(gone)
	switch need := r.s.minISR(tp.Topic); {
	case led == "" || last == "":
		return "", true
	case !promised:
		return "acks=1: " + led + ", after " + last, true
	case r.s.unclean(tp.Topic) && away >= need:
		return fmt.Sprintf("min.insync.replicas=%d and unclean.leader.election.enable=true: %s, after %s", need, led, last), true
	case r.hurtBefore(gone) >= need:
		return fmt.Sprintf("min.insync.replicas=%d, and so many brokers were killed, one of them with an emptied disk: %s, after %s", need, led, last), true
	}
	return "", true
}

// ledAnew is the first new leader of a partition since an event, or the last one before it: somebody may write to an old
// leader for long.
func (r *run) ledAnew(tp env.TopicPartition, written, gone uint64) (text string) {
	for _, t := range r.takeovers {
		if t.TopicPartition != tp || t.event > gone {
			continue
		}
		if text = fmt.Sprintf("%s led in epoch %d", nodeName(t.Leader), t.Epoch); t.event >= written {
			break
		}
	}
	return text
}

// away counts the servers that were hit before an event, and tells the last step that did.
func (r *run) away(gone uint64) (n int, last string) {
	hit := map[string]bool{}
	for _, s := range r.strikes {
		if s.event > gone {
			break
		}
		for _, name := range s.servers {
			hit[name] = true
		}
		last = s.text
	}
	return len(hit), last
}

// hurtBefore counts the servers that were killed before an event, if one of them lost its disk.
func (r *run) hurtBefore(gone uint64) int {
	hurt, emptied := map[string]bool{}, false
	for _, m := range r.h.Mishaps {
		if m.Event <= gone && isServerName(m.Node) {
			hurt[m.Node] = true
			emptied = emptied || m.Kind == checkers.Wiped || m.Kind == checkers.DiskDamage
		}
	}
	if !emptied {
		return 0
	}
	return len(hurt)
}

// replicas is how many replicas a scenario says a topic has.
func (s *Scenario) replicas(topic string) string {
	most := fmt.Sprint(min(s.Cluster.Brokers, replicasMost))
	return s.setting(topic, "replication.factor", s.setting("", "default.replication.factor", most))
}
