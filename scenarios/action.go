package scenarios

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// verbs are the actions, and what each one takes after its name.
var verbs = map[string]struct {
	nodes  bool // names of nodes
	sides  bool // nodes | nodes
	amount bool // a signed amount
	set    []string
}{
	"crash":     {nodes: true},
	"power-cut": {nodes: true},
	"restart":   {nodes: true},
	"shutdown":  {nodes: true},
	"wipe":      {nodes: true},
	"pause":     {nodes: true},
	"resume":    {nodes: true},
	"reset":     {nodes: true},
	"partition": {sides: true},
	"hold":      {sides: true},
	"heal":      {},
	"clock":     {nodes: true, amount: true},
	"drift":     {nodes: true, amount: true},
	"disk":      {nodes: true, set: diskSettings},
	"network":   {set: networkSettings},
}

func verbNames() []string {
	names := make([]string, 0, len(verbs))
	for name := range verbs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p *parser) action() Action {
	word := p.next("what happens")
	v, ok := verbs[word]
	if !ok {
		p.fail(word, "is no action", nearest(word, verbNames()))
	}
	a := Action{Verb: word}
	if v.nodes {
		a.Nodes = p.nodes()
	}
	if v.sides {
		a.Nodes = p.nodes()
		if !p.has("|") {
			p.fail("", `"|" is missing between the two sides`, "write: partition b1 | rest")
		}
		a.Others = p.nodes()
		a.OneWay = p.has("one-way")
	}
	if v.amount {
		a.Amount = p.amount(word)
	}
	if v.set != nil {
		if a.Set = p.faultSettings(v.set); len(a.Set) == 0 {
			p.fail(word, "has no setting", "write one of: "+strings.Join(v.set, ", "))
		}
	}
	return a
}

// nodes reads names or roles, separated by commas.
func (p *parser) nodes() []string {
	word := p.next("the name of a node")
	if word == "|" {
		p.fail(word, "stands where a node's name should", "write: partition b1 | rest")
	}
	names := strings.Split(word, ",")
	for _, n := range names {
		if n == "" {
			p.fail(word, "has an empty name", "write b1,b2 without blanks")
		}
	}
	return names
}

func (p *parser) amount(verb string) string {
	word := p.next("how much")
	if verb == "drift" {
		n, err := strconv.Atoi(strings.TrimSuffix(word, "ppm"))
		if err != nil || !strings.HasSuffix(word, "ppm") || n < -500_000 || n > 500_000 {
			p.fail(word, "is no drift", "write +200ppm or -200ppm, at most 500000")
		}
		return word
	}
	if d, err := time.ParseDuration(word); err != nil || d > 87_600*time.Hour || d < -87_600*time.Hour {
		p.fail(word, "is no jump of a clock", "write +2h or -500ms, at most ten years")
	}
	return word
}

// nodesKnown checks that the nodes of an action exist.
func (p *parser) nodesKnown(a Action) {
	for _, n := range append(slices.Clone(a.Nodes), a.Others...) {
		if !p.nodeKnown(n) {
			p.fail(n, "is no node of this scenario", nearest(n, p.nodeNames()))
		}
	}
}

func (p *parser) nodeKnown(n string) bool {
	if role, of, ok := parseRole(n); ok {
		return role == "coordinator" || strings.HasPrefix(of, offsetsTopic+"-") || slices.ContainsFunc(p.s.Topics, func(t Topic) bool {
			i := strings.LastIndexByte(of, '-')
			return i > 0 && of[:i] == t.Name
		})
	}
	return contains(p.nodeNames(), n)
}

// words name one node or several by what they are: every broker, the active controller, every controller, every client,
// and everybody who is not on the other side.
var words = []string{"broker", "controller", "controllers", "client", "rest"}

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
