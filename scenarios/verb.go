package scenarios

import (
	"slices"
	"strings"
	"time"

	"gregor/core/env"
)

// verb is something that a step does, in one row: parser, atlas, permits, timeline, help and the refusals of the real
// world all come from it. The rows stand in the files verbs_*.go. What a step does is what each, node, link, network
// and cluster do; what node, link and network put into force nests where steps overlap (see [inForce]).
type verb struct {
	name, takes, text string // its name, what stands after it, and what happens

	// What stands after the name.
	on     target
	oneWay bool                                      // the word one-way may follow the two sides
	amount func(text string) error                   // checks the word that follows the nodes; nil: none does
	draw   func(amount string, rnd *env.Rand) string // the amount of one step of a random statement; nil: as it is written
	set    func(p *parser) []Setting                 // settings follow; nil: none do
	reads  func(p *parser, a *Action)                // reads anything else
	known  func(p *parser, a Action)                 // refuses what the scenario, read to its end, does not have

	// What it does.
	lasts  bool                                    // until it is undone, after "for" or when everything is healed
	moment bool                                    // it changes nothing, and stands at a time of its own
	each   func(r *run, n string, a Action) func() // to each node, and returns what undoes that, if anything does
	// puts into force what the steps under way want of a node, the newest last
	node     func(r *run, n string, now []Action)
	link     func(r *run, from, to string, now []Action) // likewise of one direction between two nodes
	network  func(r *run, now []Action)                  // likewise of the whole network
	cluster  func(r *run, st Step)                       // acts on no node
	healable bool                                        // the verb heal ends it
	// why no world of processes can do it; "": the methods of [World] can
	simulated string

	// why it would change nothing about a node now, "" if it would; nil: it always does
	idle  func(r *run, n string) string
	costs func(r *run, n string, a Action) severity // the most it may take from a server; nil: time only
	away  func(nodes, others []string) []string     // the servers that it takes away from the others; nil: none
	story narration
}

// target is what a verb acts on.
type target uint8

const (
	onCluster target = iota // no node is named
	onNodes
	onServers // clients have no disk
	onSides   // nodes | nodes
)

// narration is what the timeline makes of a verb.
type narration struct {
	state      nodeState                           // that it leaves its nodes in
	powerless  bool                                // its nodes close no connection
	keeps      func(nodes, others []string) string // what keeps its nodes from others while it lasts; nil: nothing does
	reconnects bool                                // its nodes are reconnected when everything is healed
	mends      bool                                // it ends what is healable
	ends       bool                                // its end is a line of its own: no fact of the nodes shows it
}

// nodeState is what a node is in.
type nodeState uint8

const (
	asBefore nodeState = iota
	running
	down
	paused
)

// verbs are all of them. Rows refer to functions that look verbs up, so the rows are put together when the package
// starts.
var verbs []verb

func init() {
	verbs = slices.Concat(processVerbs, linkVerbs, clockVerbs, diskVerbs, storyVerbs)
}

// verbOf finds a verb, nil if there is none of that name.
func verbOf(name string) *verb {
	for i := range verbs {
		if verbs[i].name == name {
			return &verbs[i]
		}
	}
	return nil
}

func verbNames() (names []string) {
	for _, v := range verbs {
		names = append(names, v.name)
	}
	return names
}

func (p *parser) action() Action {
	word := p.next("what happens")
	v := verbOf(word)
	if v == nil {
		p.fail(word, "unknown action", nearest(word, verbNames()))
	}
	a := Action{Verb: word}
	if v.on != onCluster {
		a.Nodes = p.nodes()
	}
	if v.on == onSides {
		if !p.has("|") {
			p.fail("", `"|" is missing between the two sides`, "write: "+word+" b1 | rest")
		}
		a.Others = p.nodes()
		a.OneWay = v.oneWay && p.has("one-way")
	}
	if v.amount != nil {
		a.Amount = p.next("how much")
		if err := v.amount(a.Amount); err != nil {
			p.fail(a.Amount, err.Error(), "")
		}
	}
	if v.set != nil {
		if a.Set = v.set(p); len(a.Set) == 0 {
			p.fail(word, "no setting follows", "write: "+word+" "+v.takes+"; gregor help scenario lists the settings")
		}
	}
	if v.reads != nil {
		v.reads(p, &a)
	}
	return a
}

// lasting reads how long an action lasts, where it can last.
func (p *parser) lasting(a Action) time.Duration {
	d := p.duration("how long")
	switch {
	case !verbOf(a.Verb).lasts:
		p.fail("for", a.Verb+" has no duration", `leave out "for"`)
	case d == 0:
		p.fail("for "+p.last(), "too short", `write a longer time, or leave out "for": it lasts until the end of the run`)
	}
	return d
}

// lastingSpan is lasting for faults that the seed draws.
func (p *parser) lastingSpan(a Action) Span {
	d := p.span("how long")
	switch {
	case !verbOf(a.Verb).lasts:
		p.fail("for", a.Verb+" has no duration", `leave out "for"`)
	case d.Hi < time.Millisecond:
		p.fail("for "+p.last(), "too short", `the minimum is 1ms; without "for" it lasts until the end of the run`)
	}
	return d
}

// nodes reads names or roles, separated by commas.
func (p *parser) nodes() []string {
	word := p.next("the name of a node")
	if word == "|" {
		p.fail(word, "the name of a node is missing before it", "write: partition b1 | rest")
	}
	names := strings.Split(word, ",")
	for _, n := range names {
		if n == "" {
			p.fail(word, "has an empty name", "write b1,b2 without blanks")
		}
	}
	return names
}
