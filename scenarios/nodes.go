package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// words name one node or several by what they are: every broker, the active controller, every controller, every client,
// and all that are not on the other side.
var words = []string{"broker", "controller", "controllers", "client", "rest"}

// nodesKnown checks what an action names: it exists, and the action can change something about it.
func (p *parser) nodesKnown(a Action) {
	v := verbOf(a.Verb)
	if v.known != nil {
		v.known(p, a)
	}
	for _, n := range slices.Concat(a.Nodes, a.Others) {
		p.nodeKnown(n)
	}
	for i, n := range a.Nodes {
		switch {
		case v.on != onSides && n == "rest":
			p.fail(n, "stands for the nodes on the other side of |, and there is none",
				"write the names, or: broker, controllers, client")
		case v.on == onServers && p.isClient(n):
			p.fail(n, "a client has no disk", a.Verb+" changes brokers and controllers")
		case slices.Contains(a.Nodes[:i], n):
			p.fail(n, "named twice", "remove one")
		}
	}
	if v.on == onSides {
		p.sides(a)
	}
}

// sides checks the two sides of a partition: something passes between them otherwise.
func (p *parser) sides(a Action) {
	for _, n := range a.Nodes {
		if slices.Contains(a.Others, n) && (n == "rest" || !contains(words, n)) {
			p.fail(n, "on both sides", "write: partition b1 | rest")
		}
	}
	clients := func(n string) bool { return p.isClient(n) }
	if !slices.ContainsFunc(a.Nodes, func(n string) bool {
		return !clients(n)
	}) && !slices.ContainsFunc(a.Others, func(n string) bool { return !clients(n) }) {
		p.fail(a.Verb, "clients have no connections to each other", "write a broker on one side: partition "+a.Nodes[0]+
			" | broker")
	}
}

func (p *parser) isClient(n string) bool {
	return n == "client" || slices.ContainsFunc(p.s.Clients, func(c Client) bool { return c.Name == n })
}

// nodeKnown refuses the name of a node that the scenario does not have.
func (p *parser) nodeKnown(n string) {
	if role, of, ok := parseRole(n); ok {
		p.roleKnown(n, role, of)
		return
	}
	all := p.nodeNames()
	switch call, _, called := strings.Cut(n, "("); {
	case contains(all, n):
		if n == "client" && len(p.s.Clients) == 0 {
			p.fail(n, "the scenario has no client", "add a producer or consumer")
		}
	case called:
		p.fail(n, "unknown role", "write one of: leader(orders-0), follower(orders-0), isr(orders-0), coordinator(GROUP)")
	case isServerName(n) && n[0] == 'b':
		p.fail(n, fmt.Sprintf("the cluster has %s", plural(p.s.Cluster.Brokers, "broker")),
			"write a lower number, or: cluster brokers="+n[1:])
	case isServerName(n):
		p.fail(n, fmt.Sprintf("the cluster has %s without a broker role", plural(p.s.Cluster.Controllers, "controller")),
			"write a lower number, or: cluster controllers="+n[1:])
	default:
		p.fail(n, "unknown node "+call, nearest(n, all))
	}
}

// roleKnown refuses a role in a partition or group that the scenario does not have.
func (p *parser) roleKnown(n, role, of string) {
	if role == "coordinator" {
		if groups := p.groups(); !contains(groups, of) {
			p.fail(n, fmt.Sprintf("no consumer is in group %q", of), suggest(of, groups, "add a consumer with group="+of))
		}
		return
	}
	p.partitionNamed(n, of, func(partition string) string { return role + "(" + partition + ")" })
}

// partitionNamed refuses a partition that the scenario does not have, where n names it; write is how to name another.
func (p *parser) partitionNamed(n, of string, write func(partition string) string) {
	topic, partition, numbered := cutPartition(of)
	switch count, known := p.s.partitionsEver(topic); {
	case !numbered && known:
		p.fail(n, "the partition is missing", "write "+write(of+"-0"))
	case !known:
		p.fail(n, fmt.Sprintf("unknown topic %q", topic), suggest(topic, p.topicNames(), "add: topic "+topic))
	case partition >= count:
		p.fail(n, fmt.Sprintf("%s has %s", topic, plural(count, "partition")),
			fmt.Sprintf("write %s or lower", write(fmt.Sprintf("%s-%d", topic, count-1))))
	}
}

// cutPartition reads topic-partition.
func cutPartition(text string) (topic string, partition int, ok bool) {
	i := strings.LastIndexByte(text, '-')
	if i <= 0 {
		return text, 0, false
	}
	n, err := strconv.Atoi(text[i+1:])
	if err != nil || n < 0 {
		return text, 0, false
	}
	return text[:i], n, true
}

// plural is a count with its noun.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// nodeNames lists what an action may name: nodes, and words for some.
func (p *parser) nodeNames() []string {
	names := slices.Clone(words)
	for _, m := range p.s.Cluster.members() {
		names = append(names, m.name)
	}
	for _, c := range p.s.Clients {
		names = append(names, c.Name)
	}
	return names
}
