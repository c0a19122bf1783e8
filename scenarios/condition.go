package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Condition is a state that a scenario expects: isr(orders-0) = b2 b3, or lag(billing) <= 10.
type Condition struct {
	Subject string // a name of conditionTable
	Of      string // what it is about; "" where it is about the cluster
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

// none is what a role is where no node has it.
const noNode = "none"

// subject is something that can be expected: what it is about, what it means, and how it stands in a run.
type subject struct {
	name, of, text string
	nodes          func(r *run, of string) []string // which nodes; nil: a number
	number         func(r *run, of string) int
	simulated      bool // no world of processes shows it
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
		{name: "leader", of: ofPartition, text: "the leader", nodes: func(r *run, of string) []string { return r.roles.role("leader", of) }},
		{name: "isr", of: ofPartition, text: "the in-sync replicas", nodes: func(r *run, of string) []string { return r.roles.inSyncOf(of) }},
		{name: "replicas", of: ofPartition, text: "its replicas", nodes: func(r *run, of string) []string { return r.roles.replicasOf(of) }},
		{name: "epoch", of: ofPartition, text: "the leader epoch", number: func(r *run, of string) int { return int(r.roles.named(of).Epoch) }},
		{name: "controller", text: "the active controller", nodes: func(r *run, _ string) []string { return r.roles.deciding() }},
		{name: "coordinator", of: ofGroup, text: "the group's coordinator", nodes: func(r *run, of string) []string { return r.roles.role("coordinator", of) }},
		{name: "members", of: ofGroup, text: "members of the group's present generation", simulated: true, number: func(r *run, of string) int { return len(r.counts.members[of]) }},
		{name: "lag", of: ofGroup, text: "records acknowledged to producers and not yet committed by the group", number: func(r *run, of string) int { return r.counts.lag(of, r.s.topicsOf(of)) }},
		{name: "acked", of: ofSender, text: "records acknowledged; of an admin: commands carried out", number: func(r *run, of string) int { return r.counts.acked[of] }},
		{name: "failed", of: ofSender, text: "records not acknowledged, or unknown; of an admin: commands refused, or unknown", number: func(r *run, of string) int { return r.counts.failed[of] }},
		{name: "read", of: ofReader, text: "records read", number: func(r *run, of string) int { return r.counts.read[of] }},
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
		p.fail(text, "is not a condition", "write: expect isr(orders-0) = b2 b3, or: expect lag(billing) <= 10")
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

// cutOperator splits a condition at its operator, which stands behind the brackets.
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
		p.fail(c.Op, c.Subject+" names nodes", "compare with = or !=")
	case len(c.Want) == 0:
		p.fail(c.subject()+" "+c.Op, "the nodes are missing", "write names of nodes with blanks between them, or: none")
	}
}

func (p *parser) numberWanted(c *Condition) {
	if len(c.Want) != 1 {
		p.fail(c.subject()+" "+c.Op, "is compared with one number", "write: expect "+c.subject()+" >= 10")
	}
	if _, err := wholeNumber(c.Want[0], 0, 1<<53); err != nil {
		p.fail(c.Want[0], err.Error(), "")
	}
}

// conditionKnown refuses a condition about what the scenario does not have.
func (p *parser) conditionKnown(c *Condition) {
	row := c.row()
	switch {
	case row.of == "" && c.Of != "":
		p.fail(c.subject(), c.Subject+" is about the cluster", "write: expect "+c.Subject+" "+c.Op+" "+strings.Join(c.Want, " "))
	case row.of != "" && c.Of == "":
		p.fail(c.subject(), "what it is about is missing", "write: "+c.Subject+"("+row.of+")")
	case row.of == ofPartition:
		p.roleKnown(c.subject(), c.Subject, c.Of)
	case row.of == ofGroup:
		p.roleKnown(c.subject(), "coordinator", c.Of)
	case row.of != "":
		p.countedKnown(c, row)
	}
	for _, n := range c.Want {
		if row.nodes != nil && n != noNode && !slices.ContainsFunc(p.s.Cluster.members(), func(m member) bool { return m.name == n }) {
			p.fail(n, "is not a server of this scenario", suggest(n, p.serverNames(), "one of: "+strings.Join(p.serverNames(), ", ")+", none"))
		}
	}
}

// countedKnown refuses a count of what the scenario does not have, or has twice under one name.
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
		p.fail(c.subject(), "is about an unknown name", suggest(c.Of, known, "write a "+row.of))
	case n > 1:
		p.fail(c.subject(), c.Of+" is the name of several things", "give them different names")
	}
}

func (p *parser) serverNames() (names []string) {
	for _, m := range p.s.Cluster.members() {
		names = append(names, m.name)
	}
	return names
}

// holds reports whether a condition holds now, and how what it is about stands.
func (r *run) holds(c *Condition) (held bool, is string) {
	row := c.row()
	if row.nodes == nil {
		n := row.number(r, c.Of)
		want, _ := strconv.Atoi(c.Want[0]) // was checked when it was read
		return compare(n, c.Op, want), strconv.Itoa(n)
	}
	nodes := slices.Sorted(slices.Values(row.nodes(r, c.Of)))
	want := slices.DeleteFunc(slices.Sorted(slices.Values(c.Want)), func(n string) bool { return n == noNode })
	if is = strings.Join(nodes, " "); is == "" {
		is = noNode
	}
	return slices.Equal(nodes, slices.Compact(want)) == (c.Op == "="), is
}

func compare(n int, op string, want int) bool {
	switch op {
	case "=":
		return n == want
	case "!=":
		return n != want
	case "<":
		return n < want
	case "<=":
		return n <= want
	case ">":
		return n > want
	}
	return n >= want
}

// State is how a condition stood when a run came to it.
type State struct {
	Condition string // as it is written, with its time if it has one
	Held      bool
	Is        string
}

// disappointment is the sentence about a condition that did not hold.
func (s State) disappointment() string {
	return fmt.Sprintf("expected %s, but it was %s", s.Condition, s.Is)
}

// judgeStep judges a condition at its moment.
func (r *run) judgeStep(st Step) {
	held, is := r.holds(st.Action.Condition)
	r.states = append(r.states, State{"at " + short(st.At) + " " + st.Action.Condition.String(), held, is})
	how := "as expected"
	if !held {
		how = "which is not expected"
	}
	r.record("%s: it is %s, %s", st.Action, is, how)
}

// endTime is how long conditions without a time may take to come true, when all is healed and read: a group commits now and then.
const endTime = 10 * time.Second

// comeTrue runs until every condition without a time holds, if they come to hold in time.
func (r *run) comeTrue() error {
	_, err := r.w.RunUntil(func() bool {
		return !slices.ContainsFunc(r.s.Expect, func(e Expectation) bool {
			if e.Condition == nil || e.Some > 0 {
				return false
			}
			held, _ := r.holds(e.Condition)
			return !held
		})
	}, r.w.Now().Add(endTime))
	return err
}

// judgeEnd judges the conditions without a time, when all is healed and read.
func (r *run) judgeEnd() error {
	if err := r.comeTrue(); err != nil {
		return err
	}
	for _, e := range r.s.Expect {
		if e.Condition != nil {
			held, is := r.holds(e.Condition)
			r.states = append(r.states, State{e.Condition.String(), held, is})
		}
	}
	return nil
}
