package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gregor/checkers/history"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
)

func parsed(t *testing.T, text string) *Scenario {
	t.Helper()
	s, err := Parse("x", text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhoIsInACluster(t *testing.T) {
	for _, c := range []struct{ cluster, want string }{
		{"brokers=1", "b1(1 broker,controller)"},
		{"brokers=2", "b1(1 broker,controller) b2(2 broker)"},
		{"brokers=4", "b1(1 broker,controller) b2(2 broker,controller) b3(3 broker,controller) b4(4 broker)"},
		{"brokers=6", "b1(1 broker,controller) b2(2 broker,controller) b3(3 broker,controller) b4(4 broker,controller) b5(5 broker,controller) b6(6 broker)"},
		{"brokers=3 controllers=3 racks=r1,r2", "b1(1 broker r1) b2(2 broker r2) b3(3 broker r1) k1(101 controller) k2(102 controller) k3(103 controller)"},
	} {
		s := parsed(t, "cluster "+c.cluster)
		var got []string
		for _, m := range s.Cluster.members() {
			got = append(got, fmt.Sprintf("%s(%s)", m.name, strings.TrimSpace(fmt.Sprint(m.id, " ", m.roles(), " ", m.rack))))
			if nodeName(m.id) != m.name {
				t.Errorf("node %d is %s, and is called %s", m.id, m.name, nodeName(m.id))
			}
			cfg, err := config.NewBroker(s.config(m, env.NewRand(1)))
			if err != nil {
				t.Errorf("%s of %s: %v", m.name, c.cluster, err)
			} else if r := cfg.Roles(); r.Broker != m.broker || r.Controller != m.controller {
				t.Errorf("%s of %s is configured as %+v", m.name, c.cluster, r)
			}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: got %s, want %s", c.cluster, text, c.want)
		}
	}
}

// told makes a run that has received facts and nothing else.
func told(s *Scenario, facts ...env.Fact) *run {
	r := &run{s: s, roles: newRoles()}
	r.atlas = atlas{s: s, roles: &r.roles, damaged: map[string]damage{}}
	r.hears(facts...)
	return r
}

func (r *run) hears(facts ...env.Fact) {
	for _, f := range facts {
		r.roles.observe(history.Stamped{Fact: f})
	}
}

// state is what the metadata log says of partition orders-0 at an offset.
func state(at int, leader kafka.NodeID, isr, elr []kafka.NodeID) env.PartitionChanged {
	return env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: "orders"}, At: kafka.Offset(at),
		Leader:   leader,
		Replicas: []kafka.NodeID{1, 2, 3}, ISR: isr, ELR: elr, MinISR: 2}
}

func ids(all ...kafka.NodeID) []kafka.NodeID { return all }

func TestRolesAreWhoPlaysThemNow(t *testing.T) {
	s := parsed(t, "cluster brokers=3 controllers=3\ntopic orders")
	offsets := func(p kafka.PartitionID, leader kafka.NodeID) env.PartitionChanged {
		return env.PartitionChanged{TopicPartition: kafka.TopicPartition{Topic: kafka.OffsetsTopic, Partition: p},
			Leader: leader,
			ISR:    ids(1, 2, 3)}
	}
	r := told(s)
	say := func(what, want string) {
		t.Helper()
		a := parsed(t, "cluster brokers=3 controllers=3\ntopic orders\nproducer p1 topic=orders\nconsumer c1 group=billing topic=orders\nconsumer c2 group=a-long-name-of-a-group topic=orders\nat 1s crash "+what).Steps[0].Action
		if got := strings.Join(r.nodes(a.Nodes, nil), ","); got != want {
			t.Errorf("%s is %q, want %q", what, got, want)
		}
	}
	say("leader(orders-0)", "")
	say("controller", "")
	r.hears(state(10, 2, ids(2, 1, 3), nil), env.ActiveController{Node: 102, Epoch: 4}, offsets(0, 3), offsets(1, 1))
	say("leader(orders-0)", "b2")
	say("follower(orders-0)", "b1")
	say("isr(orders-0)", "b2,b1,b3")
	say("controller", "k2")
	say("controllers", "k1,k2,k3")
	say("broker", "b1,b2,b3")
	say("coordinator(billing)", "b1") // whose hash is odd
	say("coordinator(a-long-name-of-a-group)", "b3")
	r.hears(state(12, -1, ids(3), ids(1)), state(11, 1, ids(1, 3), nil), env.ActiveController{Node: 101, Epoch: 3},
		env.ControllerResigned{Node: 102, Epoch: 4})
	say("leader(orders-0)", "") // what is older came later, and does not count
	say("follower(orders-0)", "b3")
	say("controller", "k2") // no other node has emitted it
	r.s.Clients = []Client{{Kind: "producer", Name: "p1"}}
	if got := strings.Join(r.nodes([]string{"rest"}, []string{"b2", "k2", "p1"}), ","); got != "b1,b3,k1,k3" {
		t.Errorf("the rest of b2,k2,p1 is %s", got)
	}
}

func TestJavaHash(t *testing.T) {
	for name, want := range map[string]int{"billing": 109829509, "a-long-name-of-a-group": 979259706,
		"polygenelubricants": 0, "": 0} {
		if got := javaHash(name); got != want {
			t.Errorf("hash of %q is %d, want %d", name, got, want)
		}
	}
}

// TestAtlas says of each fault whether the configuration promises to survive it, as things stand.
func TestAtlas(t *testing.T) {
	const cluster = "cluster brokers=3 controllers=3"
	do := func(text string) Action {
		return parsed(t, cluster+"\ntopic orders\nat 1s "+text).Steps[0].Action
	}
	for _, c := range []struct {
		scenario, fault, node string
		isr, elr              []kafka.NodeID
		lost                  string // have lost something before
		want                  bool
	}{
		{cluster, "crash b1", "b1", ids(1), nil, "", true},
		{cluster, "crash b1", "b1", ids(1, 2), nil, "b2", false}, // it would be taken for one that has lost something, too
		{cluster, "crash b1", "b1", ids(1, 2, 3), nil, "b2", false},
		{cluster, "crash b3", "b3", ids(1, 2), nil, "b2", true},
		{cluster + " log.flush.interval.messages=1", "crash b1", "b1", ids(1, 2), nil, "b2", true},
		{cluster, "power-cut b1", "b1", ids(1, 2, 3), nil, "", true},
		{cluster, "restart b1", "b1", ids(1, 2), nil, "b2", false}, // it has not started yet, and cannot stop cleanly
		{cluster, "power-cut b1", "b1", ids(1), nil, "", false},
		{cluster, "power-cut b1", "b1", ids(1), ids(2), "", true},
		{cluster, "power-cut b1", "b1", ids(1), ids(2), "b2", false},
		{cluster, "power-cut b1", "b1", ids(1, 2), nil, "b2", false},
		{cluster, "power-cut b1", "b1", ids(1, 2, 3), nil, "b2", false}, // b3 may leave
		{cluster, "power-cut b3", "b3", ids(1, 2), nil, "b2", true},     // it has nothing that is needed
		{cluster, "power-cut b3", "b3", nil, nil, "", false},            // it may be the last one that has everything
		{cluster, "crash b3", "b3", nil, nil, "", true},
		{cluster, "power-cut k1", "k1", ids(1, 2, 3), nil, "", true},
		{cluster + " log.flush.interval.messages=1", "power-cut b1", "b1", ids(1), nil, "", true},
		{cluster + " log.flush.interval.messages=1\ntopic orders flush.messages=5", "power-cut b1", "b1", ids(1), nil, "",
			false},
		{cluster + " log.flush.interval.messages=1", "wipe b1", "b1", ids(1), nil, "", false},
		{cluster + " log.flush.interval.messages=1", "wipe b1", "b1", ids(1, 3), nil, "", true},
		{cluster, "wipe k1", "k1", ids(1, 2, 3), nil, "", false},
		{"cluster brokers=3", "wipe b1", "b1", ids(1, 2, 3), nil, "", false}, // votes too
		{cluster, "disk b1 stall=1s", "b1", ids(1), nil, "", true},
		{cluster, "disk b1 fail-syncs=1", "b1", ids(1), nil, "", false},
		{cluster, "disk b1 fail-syncs=1", "b1", ids(1, 2), nil, "", true},
		{cluster, "disk b1 bit-rot=1ppm", "b1", ids(1, 2, 3), nil, "", false},
		{cluster, "disk b1 capacity=1", "b1", ids(1), nil, "", true},
		{cluster, "disk b1 capacity=1", "b1", ids(1, 2), nil, "b2", false}, // its process may end
	} {
		r := told(parsed(t, c.scenario), state(10, 1, c.isr, c.elr))
		if c.lost != "" {
			r.atlas.noteDamage(c.lost, history.PowerCut)
		}
		if got := r.survivable(c.node, do(c.fault)); got != c.want {
			t.Errorf("%s with ISR %v, ELR %v, and %q having lost something: survivable %v, want %v", c.fault, c.isr, c.elr,
				c.lost, got, c.want)
		}
	}
}

// TestAtlasForgives: a broker that has lost something counts again when it has registered again and is in sync.
func TestAtlasForgives(t *testing.T) {
	r := told(parsed(t, "cluster brokers=3 controllers=3"), state(10, 1, ids(1, 2), nil),
		env.BrokerStanding{Broker: 2, Epoch: 7, At: 7})
	cut := Action{Verb: "power-cut"}
	r.atlas.noteDamage("b2", history.PowerCut)
	for _, c := range []struct {
		after env.Fact
		want  bool
	}{
		{env.BrokerStanding{Broker: 2, Epoch: 7, At: 11, Fenced: true}, false},
		{state(12, 1, ids(1), nil), false},
		{env.BrokerStanding{Broker: 2, Epoch: 13, At: 13, Fenced: true}, false},
		{env.BrokerStanding{Broker: 2, Epoch: 13, At: 14}, false},
		{state(15, 1, ids(1, 2), nil), true},
	} {
		if r.hears(c.after); r.survivable("b1", cut) != c.want {
			t.Errorf("after %s a power cut of b1 is survivable: %v, want %v", env.Describe(c.after), !c.want, c.want)
		}
	}
}

// TestAtlasOfAFullDisk: a broker whose disk ran full counts again once it has survived that, unless it has another
// fault.
func TestAtlasOfAFullDisk(t *testing.T) {
	for _, c := range []struct {
		before, after []history.FaultKind
		want          bool
	}{
		{want: true},
		{before: []history.FaultKind{history.PowerCut}, want: false},
		{after: []history.FaultKind{history.PowerCut}, want: false},
		{after: []history.FaultKind{history.Killed}, want: false},
	} {
		r := told(parsed(t, "cluster brokers=3 controllers=3"), state(10, 1, ids(1, 2), nil))
		for _, kind := range c.before {
			r.atlas.noteDamage("b2", kind)
		}
		r.atlas.mayEnd("b2")
		if r.survivable("b1", Action{Verb: "power-cut"}) {
			t.Errorf("b2 may end for lack of space, and a power cut of b1 is survivable")
		}
		for _, kind := range c.after {
			r.atlas.noteDamage("b2", kind)
		}
		if r.atlas.survived("b2"); r.survivable("b1", Action{Verb: "power-cut"}) != c.want {
			t.Errorf("before the lack of space: %d, after it %d: a power cut of b1 is survivable: %v, want %v", c.before,
				c.after, !c.want, c.want)
		}
	}
}

func TestRollingTakesTurns(t *testing.T) {
	s := parsed(t, "cluster brokers=3\nrolling restart broker every 2s from 1s till 10s\nrolling crash b3,b1 every 4s for 100ms\nrun 10s")
	var got []string
	for _, st := range s.Expand(1).Steps {
		got = append(got, st.String())
	}
	want := []string{"at 3s restart b1", "at 4s crash b3 for 100ms", "at 5s restart b2", "at 7s restart b3",
		"at 8s crash b1 for 100ms", "at 9s restart b1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
