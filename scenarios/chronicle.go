package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
)

// chronicle turns the facts and the fault records of a run into the lines of its story: who leads, who is in sync and
// why not, what is truncated, who reads and writes again after how long, and what kept them from it. Every node emits
// what it applies of the metadata log; the story has it once, when the first node does. What happens to internal topics
// is left out, but for the coordinators of the scenario's groups.
type chronicle struct {
	lines []*storyLine
	begin env.Instant // of faults and clients; what comes before is summed up there
	begun bool

	members    []member
	producers  []string
	nodes      nodeStates
	quorum     quorumState
	standing   map[kafka.NodeID]env.BrokerStanding
	partitions map[kafka.TopicPartition]*partitionState
	order      []kafka.TopicPartition // as they became known
	ends       map[replicaKey]kafka.Offset
	topics     map[replicaKey]kafka.UUID // of the logs in ends
	follows    map[replicaKey]env.BecameFollower
	groups     []*groupState
	owned      map[string][]kafka.TopicPartition // by client
	failures   map[string]bool                   // of writes, reported since the last fault
	looked     env.Instant                       // for silence
}

type replicaKey struct {
	node string
	tp   kafka.TopicPartition
}

// storyLine is a line of the story. In its text {} stands for the partitions it is about.
type storyLine struct {
	event   uint64
	at      env.Instant
	text    string
	about   []string
	fault   bool
	topic   string // that it reports created or deleted, and the number of partitions so far
	count   int
	dropped bool // what came next has made it pointless
}

func newChronicle(r Result) *chronicle {
	c := &chronicle{begin: r.Begin, begun: r.Begin == 0, nodes: newNodeStates(),
		standing:   map[kafka.NodeID]env.BrokerStanding{},
		partitions: map[kafka.TopicPartition]*partitionState{}, ends: map[replicaKey]kafka.Offset{},
		topics: map[replicaKey]kafka.UUID{}, follows: map[replicaKey]env.BecameFollower{},
		owned: map[string][]kafka.TopicPartition{}, failures: map[string]bool{}}
	c.quorum.decider = -1
	c.members = r.Scenario.Cluster.members()
	for _, m := range c.members {
		if m.controller {
			c.quorum.voters = append(c.quorum.voters, m.name)
		}
	}
	for i := range r.Scenario.Clients {
		c.member(&r.Scenario.Clients[i])
		if client := r.Scenario.Clients[i]; client.Kind == "producer" {
			c.producers = append(c.producers, client.Name)
		}
	}
	return c
}

// narrate returns the story of a run up to the event that its token names, or to its end.
func narrate(r Result) []*storyLine {
	c := newChronicle(r)
	records := r.Faults
	for _, s := range r.History.Facts {
		for len(records) > 0 && records[0].Event < s.Event {
			if records[0].Text == theEnd && r.Verdict != Stuck {
				return c.lines
			}
			c.fault(records[0])
			records = records[1:]
		}
		c.observe(s)
	}
	for _, d := range records {
		c.fault(d)
	}
	return c.lines
}

// say adds a line; about are the partitions that {} stands for.
func (c *chronicle) say(s history.Stamped, text string, about ...kafka.TopicPartition) *storyLine {
	l := &storyLine{event: s.Event, at: s.At, text: text}
	for _, tp := range about {
		l.about = append(l.about, tp.String())
	}
	if !c.begun || strings.HasPrefix(s.Node, prober) {
		return l
	}
	c.lines = append(c.lines, l)
	return l
}

// line adds what a node does.
func (c *chronicle) line(s history.Stamped, text string) *storyLine {
	return c.say(s, s.Node+" "+text)
}

// fault adds what was done to the cluster.
func (c *chronicle) fault(d FaultRecord) {
	s := history.Stamped{Event: d.Event, At: d.At}
	c.start(s)
	text := d.Text
	if text == healed {
		text += c.comingBack()
	}
	if last := len(c.lines) - 1; d.Verb == "" && last >= 0 && c.lines[last].fault && c.lines[last].at == d.At &&
		!strings.HasPrefix(d.Text, overPrefix) {
		c.lines[last].text += "; " + text
	} else {
		c.lines = append(c.lines, &storyLine{event: d.Event, at: d.At, text: text, fault: true})
	}
	clear(c.failures)
	c.nodes.fault(d)
	c.quorum.check(c, s)
}

// comingBack lists the nodes that start again, go on and are reconnected when everything is healed.
func (c *chronicle) comingBack() string {
	var parts []string
	var down, paused, cut []string
	for _, n := range append(c.servers(), c.consumers()...) {
		switch c.nodes.state(n) {
		case "down":
			down = append(down, n)
		case "paused":
			paused = append(paused, n)
		}
	}
	for _, d := range c.nodes.lasting {
		for _, n := range d.Nodes {
			if verbOf(d.Verb).story.reconnects && !contains(cut, n) {
				cut = append(cut, n)
			}
		}
	}
	for _, p := range []struct {
		nodes []string
		what  string
	}{{down, "restarted"}, {paused, "resumed"}, {cut, "reconnected"}} {
		if len(p.nodes) > 0 {
			parts = append(parts, strings.Join(p.nodes, " ")+" "+p.what)
		}
	}
	return colon(strings.Join(parts, ", "))
}

// servers are the names of brokers and controllers.
func (c *chronicle) servers() (all []string) {
	for _, m := range c.members {
		all = append(all, m.name)
	}
	return all
}

// consumers are the members of all groups.
func (c *chronicle) consumers() (all []string) {
	for _, g := range c.groups {
		all = append(all, g.members...)
	}
	return all
}

// observe adds what a fact is worth.
func (c *chronicle) observe(s history.Stamped) {
	if s.Node == auditor || s.Node == setup {
		return
	}
	if s.At >= c.begin {
		c.start(s)
	}
	c.silence(s)
	c.nodes.observe(s)
	switch f := s.Fact.(type) {
	case env.ActiveController, env.ControllerResigned, env.QuorumResigned:
		c.quorum.observe(c, s)
	case env.BrokerStanding:
		c.broker(s, f)
	case env.Started, env.Stopped, env.GaveUp:
		c.life(s)
	case env.PartitionChanged, env.IsrProposed, env.HighWatermarkAdvanced, env.BecameFollower, env.LogRecovered,
		env.Appended, env.LogTruncated,
		env.PartitionFenced, env.LogStartAdvanced, env.Cleaned:
		c.replica(s)
	default:
		c.client(s)
	}
}

// start sums up what the cluster is when the clients begin, in place of all that led there.
func (c *chronicle) start(s history.Stamped) {
	if c.begun {
		return
	}
	c.begun = true
	s.At = c.begin
	var brokers []string
	for _, m := range c.members {
		if b, known := c.standing[m.id]; known && !b.Fenced && !b.Gone {
			brokers = append(brokers, m.name)
		}
	}
	c.say(s, fmt.Sprintf("the cluster is up: brokers %s, active controller %s", strings.Join(brokers, " "),
		nodeName(c.quorum.decider)))
	for _, tp := range c.order {
		if p := c.partitions[tp]; !internal(tp) && !p.Gone {
			c.say(s, "{}: "+p.summary(), tp)
		}
	}
}

// internal reports whether a topic is Kafka's own.
func internal(tp kafka.TopicPartition) bool { return strings.HasPrefix(tp.Topic, "__") }

// names are the nodes' names in a scenario.
var names env.Names = nodeName

// without lists those of a that are not in b.
func without(a, b []kafka.NodeID) []kafka.NodeID {
	return slices.DeleteFunc(slices.Clone(a), func(id kafka.NodeID) bool { return slices.Contains(b, id) })
}

// ago is ", 1.2 s after what", or nothing where there is no such moment.
func ago(now, then env.Instant, what string) string {
	if then == 0 {
		return ""
	}
	return fmt.Sprintf(", %s after %s", after(now.Sub(then)), what)
}

// silent is how long nothing may be read or written before the story has a line about it.
const silent = 3 * time.Second
