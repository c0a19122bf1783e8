package scenarios

import (
	"slices"
	"strings"
)

// Condition is a state that a scenario expects: isr(orders-0) = b2 b3, or lag(billing) <= 10.
type Condition struct {
	Subject string // a name of conditionTable
	Of      string // a partition, group, client or topic; "" for the cluster
	Op      string
	Want    []string // names of nodes, or one number
}

func (c *Condition) String() string {
	return quote(c.subject()) + " " + c.Op + " " + strings.Join(c.Want, " ")
}

func (c *Condition) subject() string {
	if c.Of == "" {
		return c.Subject
	}
	return c.Subject + "(" + c.Of + ")"
}

// noNode stands for a role that no node has.
const noNode = "none"

// subject is what a condition compares: what it is about, what it means, and its value in a run.
type subject struct {
	name, of, text string
	nodes          func(v *view, of string) []string // which nodes; nil: a number
	number         func(v *view, of string) int
	simulated      bool // not observed in a world of processes
}

// What subjects are about.
const (
	ofPartition = "TOPIC-N"
	ofGroup     = "GROUP"
	ofSender    = "CLIENT or TOPIC"
	ofReader    = "CONSUMER, GROUP or TOPIC"
)

// conditionTable are all the subjects of conditions: the parser and the help come from it.
func conditionTable() []subject {
	return []subject{
		{name: "leader", of: ofPartition, text: "the leader", nodes: func(v *view, of string) []string {
			return v.roles.role("leader", of)
		}},
		{name: "isr", of: ofPartition, text: "the in-sync replicas", nodes: func(v *view, of string) []string {
			return v.roles.inSyncOf(of)
		}},
		{name: "replicas", of: ofPartition, text: "the replicas", nodes: func(v *view, of string) []string {
			return v.roles.replicasOf(of)
		}},
		{name: "epoch", of: ofPartition, text: "the leader epoch", number: func(v *view, of string) int {
			return int(v.roles.named(of).Epoch)
		}},
		{name: "controller", text: "the active controller", nodes: func(v *view, _ string) []string {
			return v.roles.deciding()
		}},
		{name: "coordinator", of: ofGroup, text: "the group's coordinator", nodes: func(v *view, of string) []string {
			return v.roles.role("coordinator", of)
		}},
		{name: "members", of: ofGroup, text: "the members of the group's current generation", simulated: true,
			number: func(v *view, of string) int {
				return len(v.counts.members[of])
			}},
		{name: "lag", of: ofGroup, text: "records acknowledged to producers and not yet committed by the group",
			number: func(v *view, of string) int {
				return v.counts.lag(of, v.s.topicsOf(of))
			}},
		{name: "acked", of: ofSender, text: "records acknowledged; of an admin: commands that succeeded",
			number: func(v *view, of string) int {
				return v.counts.acked[of]
			}},
		{name: "failed", of: ofSender, text: "records that failed or whose outcome is unknown; likewise of an admin's commands", number: func(v *view, of string) int {
			return v.counts.failed[of]
		}},
		{name: "read", of: ofReader, text: "records read", number: func(v *view, of string) int { return v.counts.read[of] }},
	}
}

func subjectNames() (names []string) {
	for _, s := range conditionTable() {
		names = append(names, s.name)
	}
	return names
}

func (c *Condition) row() subject {
	all := conditionTable()
	return all[slices.IndexFunc(all, func(s subject) bool { return s.name == c.Subject })]
}

// operators of conditions; those of two characters are looked for first.
var operators = []string{"!=", "<=", ">=", "=", "<", ">"}

// condition reads what is left of a statement as SUBJECT(OF) OP VALUES.
func (p *parser) condition() *Condition {
	text := strings.Join(p.words[p.at:], " ")
	p.at = len(p.words)
	left, op, right := cutOperator(text)
	left = strings.TrimSpace(left)
	if op == "" {
		p.fail(text, "not a condition", "write: expect isr(orders-0) = b2 b3, or: expect lag(billing) <= 10")
	}
	c := &Condition{Op: op, Want: strings.FieldsFunc(right, func(r rune) bool { return r == ' ' || r == ',' })}
	c.Subject, c.Of, _ = strings.Cut(left, "(")
	c.Of = strings.TrimSuffix(c.Of, ")")
	if !contains(subjectNames(), c.Subject) {
		p.fail(left, "unknown subject", nearest(c.Subject, subjectNames()))
	}
	if row := c.row(); row.nodes != nil {
		p.nodesWanted(c)
	} else {
		p.numberWanted(c)
	}
	return c
}

// cutOperator splits a condition at its operator, which follows the closing bracket.
func cutOperator(text string) (left, op, right string) {
	from := strings.IndexByte(text, ')') + 1
	at := len(text)
	for _, o := range operators {
		if i := strings.Index(text[from:], o); i >= 0 && from+i < at {
			at, op = from+i, o
		}
	}
	return text[:at], op, strings.TrimPrefix(text[at:], op)
}

func (p *parser) nodesWanted(c *Condition) {
	switch {
	case c.Op != "=" && c.Op != "!=":
		p.fail(c.Op, c.Subject+" is a set of nodes", "compare with = or !=")
	case len(c.Want) == 0:
		p.fail(c.subject()+" "+c.Op, "no node follows", "write names of nodes separated by blanks, or: none")
	}
}

func (p *parser) numberWanted(c *Condition) {
	if len(c.Want) != 1 {
		p.fail(c.subject()+" "+c.Op, "needs one number", "write: expect "+c.subject()+" >= 10")
	}
	if _, err := wholeNumber(c.Want[0], 0, 1<<53); err != nil {
		p.fail(c.Want[0], err.Error(), "")
	}
}

// conditionKnown refuses a condition about a partition, group, client or topic that the scenario does not have.
func (p *parser) conditionKnown(c *Condition) {
	row := c.row()
	switch {
	case row.of == "" && c.Of != "":
		p.fail(c.subject(), c.Subject+" takes no argument", "write: expect "+c.Subject+" "+c.Op+" "+strings.Join(c.Want, " "))
	case row.of != "" && c.Of == "":
		p.fail(c.subject(), "the argument is missing", "write: "+c.Subject+"("+row.of+")")
	case row.of == ofPartition:
		p.roleKnown(c.subject(), c.Subject, c.Of)
	case row.of == ofGroup:
		p.roleKnown(c.subject(), "coordinator", c.Of)
	case row.of != "":
		p.countedKnown(c, row)
	}
	for _, n := range c.Want {
		if row.nodes != nil && n != noNode && !slices.ContainsFunc(p.s.Cluster.members(), func(m member) bool {
			return m.name == n
		}) {
			p.fail(n, "unknown server", suggest(n, p.serverNames(), "one of: "+strings.Join(p.serverNames(), ", ")+", none"))
		}
	}
}

// countedKnown refuses a count whose name is unknown or ambiguous.
func (p *parser) countedKnown(c *Condition, row subject) {
	var known []string
	for _, o := range p.s.Clients {
		if reads := o.Kind == "consumer"; reads == (row.of == ofReader) {
			known = append(known, o.Name)
		}
	}
	known = append(known, p.topicNames()...)
	if row.of == ofReader {
		known = append(known, p.groups()...)
	}
	switch n := len(slices.DeleteFunc(slices.Clone(known), func(s string) bool { return s != c.Of })); {
	case n == 0:
		p.fail(c.subject(), "unknown name", suggest(c.Of, known, "write a "+row.of))
	case n > 1:
		p.fail(c.subject(), c.Of+" is ambiguous: several things have this name", "give them different names")
	}
}

func (p *parser) serverNames() (names []string) {
	for _, m := range p.s.Cluster.members() {
		names = append(names, m.name)
	}
	return names
}
