package scenarios

import (
	"strings"
	"testing"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// watched is a run of which was observed, from outside, what the story lists: one thing after the other, as
// event 1, 2, 3 ...
func watched(t *testing.T, topic string, story ...string) *run {
	t.Helper()
	r := newRun(Token{Scenario: parsed(t, "cluster brokers=3 controllers=1\ntopic orders "+topic+
		"\nproducer p1 topic=orders"), Seed: 1})
	tp := kafka.TopicPartition{Topic: "orders"}
	r.roles.parts[tp] = env.PartitionChanged{TopicPartition: tp, Leader: 1}
	for i, what := range story {
		event := uint64(i + 1)
		verb, nodes, _ := strings.Cut(what, " ")
		switch verb {
		case "leads":
			f := env.PartitionChanged{TopicPartition: tp, Leader: kafka.NodeID(nodes[1] - '0'), Epoch: kafka.LeaderEpoch(event)}
			r.permits.tookOver(event, f)
			r.roles.parts[tp] = f
		case "write":
		default:
			mine, others, _ := strings.Cut(nodes, "|")
			r.permits.noteRemoval(FaultRecord{Event: event, Text: what, Verb: verb, Nodes: strings.Split(mine, ","),
				Other: strings.Split(others, ",")})
			for _, n := range strings.Split(mine, ",") {
				if kind, ok := map[string]history.FaultKind{"crash": history.Killed, "wipe": history.Wiped}[verb]; ok {
					r.h.Faults = append(r.h.Faults, history.Fault{Event: event, Node: n, Kind: kind})
				}
			}
		}
	}
	return r
}

// TestWhatIsPermittedFromOutside: the loss of what was written at event 1, with acks=1 (lone) and acks=all.
func TestWhatIsPermittedFromOutside(t *testing.T) {
	for _, c := range []struct {
		topic, story string
		lone, all    bool // permitted
	}{
		{"min.insync.replicas=2", "write", false, false},
		{"min.insync.replicas=2", "write; crash b1", false, false},           // no other leader: nothing can be gone
		{"min.insync.replicas=2", "write; leads b2", false, false},           // for no reason
		{"min.insync.replicas=2", "write; reset b1; leads b2", false, false}, // that is no reason
		{"min.insync.replicas=2", "write; crash p1; leads b2", false, false}, // nor that
		{"min.insync.replicas=2", "write; partition b1|p1; leads b2", false, false},
		{"min.insync.replicas=2", "write; crash b1; leads b2", true, false},
		{"min.insync.replicas=1", "write; crash b1; leads b2", true, false},
		{"min.insync.replicas=1 unclean.leader.election.enable=true", "write; partition b1|b2,b3; leads b2", true, true},
		{"min.insync.replicas=2 unclean.leader.election.enable=true", "write; partition b1|b2,b3; leads b2", true, false},
		{"min.insync.replicas=2 unclean.leader.election.enable=true", "write; crash b1,b2; leads b3", true, true},
		{"min.insync.replicas=2", "write; wipe b1; leads b2", true, false},
		{"min.insync.replicas=2", "write; wipe b1; crash b2; leads b2", true, true},
		{"min.insync.replicas=2", "write; crash b1; crash b2; leads b2", true, false},
	} {
		r := watched(t, c.topic, strings.Split(c.story, "; ")...)
		for promised, want := range map[bool]bool{false: c.lone, true: c.all} {
			why, known := r.permits.explain(kafka.TopicPartition{Topic: "orders"}, 0, 1, 1<<60, promised)
			if (why != "") != want || !known {
				t.Errorf("%s: %s, promised %v: permitted because %q, known %v", c.topic, c.story, promised, why, known)
			}
		}
	}
	r := watched(t, "replication.factor=1", "write", "crash b1", "leads b1")
	if why, known := r.permits.explain(kafka.TopicPartition{Topic: "orders"}, 0, 1, 1<<60, true); known {
		t.Errorf("one replica is judged by its own faults, and not here: %q", why)
	}
	r = watched(t, "min.insync.replicas=2", "write", "crash b1", "leads b2")
	if why, _ := r.permits.explain(kafka.TopicPartition{Topic: "orders"}, 0, 1, 2, false); why != "" {
		t.Errorf("gone before another replica led, and permitted: %s", why)
	}
}
