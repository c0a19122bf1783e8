package scenarios

import (
	"strconv"
	"strings"
	"time"
)

// action is something that can happen: its name, what stands after the name, and what it does.
type action struct {
	name, takes, text string
	nodes             bool // names of nodes
	sides             bool // nodes | nodes
	amount            bool // a signed amount
	servers           bool // only brokers and controllers: clients have no disk
	lasts             bool // until it is undone, after "for" or when everything is healed
	simulated         bool // no world of processes can do it
	moment            bool // it changes nothing, and stands at a time of its own
	set               func(p *parser) []Setting
}

// actionTable are all the actions: the parser, the help and the real world's refusals come from it.
var actionTable = []action{
	{name: "crash", takes: "NODES", nodes: true, lasts: true, text: "the process dies; what it wrote is kept"},
	{name: "power-cut", takes: "NODES", nodes: true, lasts: true, simulated: true, text: "the machine loses power, and what its disk had not synced"},
	{name: "wipe", takes: "SERVERS", nodes: true, servers: true, lasts: true, text: "the process dies and its disk is emptied"},
	{name: "shutdown", takes: "NODES", nodes: true, lasts: true, text: "the node leaves politely: a broker hands over its partitions, a consumer leaves its group, a producer sends what it has"},
	{name: "restart", takes: "NODES", nodes: true, text: "it leaves politely, and starts again at once"},
	{name: "pause", takes: "NODES", nodes: true, lasts: true, text: "the process stands still"},
	{name: "resume", takes: "NODES", nodes: true, text: "a paused process goes on"},
	{name: "reset", takes: "NODES", nodes: true, text: "all its connections are reset"},
	{name: "partition", takes: "NODES | NODES [one-way]", sides: true, lasts: true, text: "nothing passes between the two sides; one-way: nothing from the first to the second"},
	{name: "hold", takes: "NODES | NODES", sides: true, lasts: true, simulated: true, text: "what is sent from the first side to the second arrives only afterwards"},
	{name: "heal", text: "every partition and hold ends"},
	{name: "clock", takes: "NODES AMOUNT", nodes: true, amount: true, lasts: true, simulated: true, text: "the wall clock jumps by +2h or -500ms"},
	{name: "drift", takes: "NODES AMOUNT", nodes: true, amount: true, lasts: true, simulated: true, text: "the clocks run faster or slower, by +200ppm or -200ppm"},
	{name: "disk", takes: "SERVERS SETTINGS", nodes: true, servers: true, lasts: true, simulated: true, text: "the disk behaves like that (settings of the disk statement)",
		set: func(p *parser) []Setting { return faultSettings(p, diskTable, true) }},
	{name: "network", takes: "SETTINGS", lasts: true, simulated: true, text: "the network behaves like that (settings of the network statement)",
		set: func(p *parser) []Setting { return faultSettings(p, networkTable, true) }},
	{name: "say", takes: `"TEXT"`, moment: true, text: "nothing happens; the text stands in the timeline"},
	{name: "expect", takes: "CONDITION", moment: true, text: "nothing happens; the condition must hold at that moment"},
}

// actionOf finds an action, nil if there is none of that name.
func actionOf(name string) *action {
	for i := range actionTable {
		if actionTable[i].name == name {
			return &actionTable[i]
		}
	}
	return nil
}

func actionNames() (names []string) {
	for _, a := range actionTable {
		names = append(names, a.name)
	}
	return names
}

func (p *parser) action() Action {
	word := p.next("what happens")
	v := actionOf(word)
	if v == nil {
		p.fail(word, "unknown action", nearest(word, actionNames()))
	}
	a := Action{Verb: word}
	switch word {
	case "say":
		if a.Text = p.next("what it says"); a.Text == "" {
			p.fail("say", "the text is empty", `write: at 5s say "b1 is alone now"`)
		}
	case "expect":
		a.Condition = p.condition()
	}
	if v.nodes {
		a.Nodes = p.nodes()
	}
	if v.sides {
		a.Nodes = p.nodes()
		if !p.has("|") {
			p.fail("", `"|" is missing between the two sides`, "write: partition b1 | rest")
		}
		a.Others = p.nodes()
		a.OneWay = word == "partition" && p.has("one-way")
	}
	if v.amount {
		a.Amount = p.amount(word)
	}
	if v.set != nil {
		if a.Set = v.set(p); len(a.Set) == 0 {
			p.fail(word, "no setting follows", "write: "+word+" "+v.takes+"; gregor help scenario lists the settings")
		}
	}
	return a
}

// lasting reads how long an action lasts, where it can last.
func (p *parser) lasting(a Action) time.Duration {
	d := p.duration("how long")
	switch {
	case !actionOf(a.Verb).lasts:
		p.fail("for", a.Verb+" is over at once", `leave out "for"`)
	case d == 0:
		p.fail("for "+p.last(), "nothing lasts for 0s", `write a longer time, or leave out "for": it lasts until everything is healed`)
	}
	return d
}

// lastingSpan is lasting for faults that the seed draws.
func (p *parser) lastingSpan(a Action) Span {
	d := p.span("how long")
	switch {
	case !actionOf(a.Verb).lasts:
		p.fail("for", a.Verb+" is over at once", `leave out "for"`)
	case d.Hi < time.Millisecond:
		p.fail("for "+p.last(), "is too short", `1ms is the least; without "for" it lasts until everything is healed`)
	}
	return d
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
			p.fail(word, "is not a drift", "write +200ppm or -200ppm, at most 500000")
		}
		return word
	}
	switch d, err := time.ParseDuration(word); {
	case err != nil || d > 87_600*time.Hour || d < -87_600*time.Hour:
		p.fail(word, "is not a jump of a clock", "write +2h or -500ms, at most ten years")
	case -time.Millisecond < d && d < time.Millisecond:
		p.fail(word, "is too short a jump", "1ms is the least")
	}
	return word
}
