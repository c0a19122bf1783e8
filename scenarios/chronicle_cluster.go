package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/quorum"
)

// nodeStates are the nodes that are down or paused, and the faults that last.
type nodeStates struct {
	down   map[string]env.Instant // since when
	paused map[string]env.Instant
	// powerless is when a node last lost its power: it closed no connection.
	powerless map[string]env.Instant
	up        map[string]comeback
	lasting   []FaultRecord
}

// comeback is the line that a broker is up or unfenced again.
type comeback struct {
	line *storyLine
	went env.Instant // when it went down; 0: it did not
}

func newNodeStates() nodeStates {
	return nodeStates{down: map[string]env.Instant{}, paused: map[string]env.Instant{},
		powerless: map[string]env.Instant{}, up: map[string]comeback{}}
}

// state is "down" or "paused", "" for a node that runs.
func (n *nodeStates) state(node string) string {
	if _, down := n.down[node]; down {
		return "down"
	}
	if _, paused := n.paused[node]; paused {
		return "paused"
	}
	return ""
}

// fault notes what was done to nodes.
func (n *nodeStates) fault(d FaultRecord) {
	v := verbOf(d.Verb)
	if v == nil {
		n.over(d)
		return
	}
	for _, node := range d.Nodes {
		n.enter(node, v.story, d.At)
	}
	if v.story.ends {
		n.lasting = append(n.lasting, d)
	}
	if v.story.mends {
		n.end(func(d FaultRecord) bool { return verbOf(d.Verb).healable })
	}
}

// enter notes the state that a step leaves a node in.
func (n *nodeStates) enter(node string, s narration, at env.Instant) {
	switch s.state {
	case down:
		n.down[node] = at
		delete(n.paused, node)
	case paused:
		n.paused[node] = at
	case running:
		delete(n.paused, node)
	}
	if s.powerless {
		n.powerless[node] = at
	}
}

// over ends a fault that lasts, or all of them when everything is healed.
func (n *nodeStates) over(d FaultRecord) {
	switch {
	case strings.HasPrefix(d.Text, healed):
		n.end(func(FaultRecord) bool { return true })
	case d.Ends > 0:
		n.end(func(o FaultRecord) bool { return o.ID == d.Ends })
	}
}

// end takes faults away. A node that another one pauses stays paused.
func (n *nodeStates) end(which func(d FaultRecord) bool) {
	var ended []FaultRecord
	n.lasting = slices.DeleteFunc(n.lasting, func(d FaultRecord) bool {
		if which(d) {
			ended = append(ended, d)
		}
		return which(d)
	})
	for _, d := range ended {
		for _, node := range d.Nodes {
			if verbOf(d.Verb).story.state == paused && !n.pausedBy(node) {
				delete(n.paused, node)
			}
		}
	}
}

// pausedBy reports whether a fault that lasts pauses a node.
func (n *nodeStates) pausedBy(node string) bool {
	return slices.ContainsFunc(n.lasting, func(d FaultRecord) bool {
		return verbOf(d.Verb).story.state == paused && contains(d.Nodes, node)
	})
}

// observe notes what a fact shows of its node. A client is up again with the first fact that it emits.
func (n *nodeStates) observe(s history.Stamped) {
	switch s.Fact.(type) {
	case env.Stopped, env.GaveUp:
		n.down[s.Node] = s.At
	case env.ClientCrashed, env.ClientClosed:
	default:
		if !isServerName(s.Node) {
			delete(n.down, s.Node)
		}
	}
}

// life adds that a server has come up or ended.
func (c *chronicle) life(s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.Started:
		gone, down := c.nodes.down[s.Node]
		delete(c.nodes.down, s.Node)
		if down {
			c.nodes.up[s.Node] = comeback{c.line(s, "is up again"+ago(s.At, gone, "it went down")), gone}
		}
	case env.Stopped:
		c.line(s, "has shut down cleanly")
		c.quorum.check(c, s)
	case env.GaveUp:
		c.line(s, f.Line(names))
		c.quorum.check(c, s)
	}
}

// quorumState is who decides.
type quorumState struct {
	voters  []string
	epoch   kafka.LeaderEpoch
	decider kafka.NodeID
	lost    env.Instant // when the decider went down or resigned; 0: it has not
	why     string
	broken  bool // fewer than a majority of the voters are up
}

// check notes that the active controller or the majority of the voters is gone.
func (q *quorumState) check(c *chronicle, s history.Stamped) {
	if at, down := c.nodes.down[nodeName(q.decider)]; q.decider >= 0 && down && q.lost == 0 {
		q.lost, q.why = at, nodeName(q.decider)+" went down"
	}
	up := 0
	for _, v := range q.voters {
		if c.nodes.state(v) == "" {
			up++
		}
	}
	need := quorum.Majority(len(q.voters))
	if up < need && !q.broken && len(q.voters) > 1 {
		c.say(s, fmt.Sprintf("the metadata quorum has no majority: %d of %d controllers run, %d are needed to elect leaders or change metadata", up, len(q.voters), need))
	}
	q.broken = up < need
}

func (q *quorumState) observe(c *chronicle, s history.Stamped) {
	switch f := s.Fact.(type) {
	case env.ActiveController:
		if f.Epoch <= q.epoch {
			return
		}
		text := f.Line(names)
		switch {
		case q.lost > 0:
			text += ago(s.At, q.lost, q.why)
		case q.decider >= 0 && q.decider != f.Node:
			text += "; " + nodeName(q.decider) + " has not resigned"
		}
		c.line(s, text)
		q.epoch, q.decider, q.lost = f.Epoch, f.Node, 0
	case env.ControllerResigned:
		q.resigned(c, s, f.Node, f)
	case env.QuorumResigned:
		q.resigned(c, s, f.Node, f)
	}
}

// resigned adds that a controller has resigned, by the first fact that shows it.
func (q *quorumState) resigned(c *chronicle, s history.Stamped, node kafka.NodeID, f env.Fact) {
	if node == q.decider && q.lost == 0 {
		q.lost, q.why = s.At, nodeName(node)+" resigned"
		c.line(s, f.Line(names))
	}
}

// broker adds what the metadata log has new of a broker.
func (c *chronicle) broker(s history.Stamped, f env.BrokerStanding) {
	old, known := c.standing[f.Broker]
	if known && f.At <= old.At {
		return
	}
	c.standing[f.Broker] = f
	name := nodeName(f.Broker)
	state := c.nodes.state(name)
	switch {
	case f.Gone:
		c.say(s, name+" is unregistered")
	case !known:
		c.say(s, fmt.Sprintf("%s is registered (broker epoch %d)", name, f.Epoch))
	case f.Epoch != old.Epoch: // a restart: the line that the broker is up follows
	case f.Fenced && !old.Fenced && state == "" && !old.Stopping:
		// one that is down, paused or stopping shows in the ISRs that it leaves
		l := c.say(s, name+" is "+noHeartbeat)
		l.dropped = slices.ContainsFunc(c.lines, func(o *storyLine) bool {
			return o.at == l.at && strings.Contains(o.text, name+" left ("+noHeartbeat)
		})
	case !f.Fenced && old.Fenced && state != "down":
		c.nodes.up[name] = comeback{line: c.say(s, name+" is unfenced")}
	}
}
