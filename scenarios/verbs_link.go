package scenarios

import (
	"fmt"
	"strings"
)

// linkVerbs are about connections, links and the network.
var linkVerbs = []verb{
	{
		name: "reset", takes: "NODES", on: onNodes,
		text: "all its connections are reset",
		each: func(r *run, n string, _ Action) func() {
			r.w.Reset(n)
			return nil
		},
		idle: unlessUp,
	},
	{
		name: "partition", takes: "NODES | NODES [one-way]", on: onSides, oneWay: true, lasts: true, healable: true,
		text: "nothing passes between the two sides; one-way: nothing from the first to the second",
		link: func(r *run, from, to string, now []Action) {
			if len(now) > 0 {
				r.w.CutLink(from, to)
			} else {
				r.w.MendLink(from, to)
			}
		},
		away: smallerSide,
		story: narration{ends: true, reconnects: true,
			keeps: func(nodes, others []string) string { return aFew(nodes) + " cut off from " + aFew(others) }},
	},
	{
		name: "hold", takes: "NODES | NODES", on: onSides, lasts: true, healable: true,
		text:      "what is sent from the first side to the second on connections of that moment arrives only afterwards",
		simulated: "a proxy does not distinguish old connections from new ones",
		link: func(r *run, from, to string, now []Action) {
			if len(now) > 0 {
				r.sim.Hold(from, to)
			} else {
				r.sim.Release(from, to)
			}
		},
		story: narration{ends: true,
			keeps: func(nodes, others []string) string {
				return "what " + aFew(nodes) + " sends to " + aFew(others) + " is held back"
			}},
	},
	{
		name: "heal", on: onCluster,
		text:    "every partition and hold ends",
		cluster: func(r *run, _ Step) { r.forces.end(func(v *verb) bool { return v.healable }) },
		story:   narration{mends: true},
	},
	{
		name: "slow-link", takes: "NODES | NODES [one-way] SETTINGS", on: onSides, oneWay: true, lasts: true,
		text: "transmissions between the two sides are that slow (" + strings.Join(settingNames(linkTable), ", ") +
			" of network)",
		simulated: "loopback has no latency to change",
		set:       func(p *parser) []Setting { return faultSettings(p, linkTable, true) },
		link: func(r *run, from, to string, now []Action) {
			if len(now) == 0 {
				r.sim.NormalLink(from, to)
				return
			}
			r.sim.SlowLink(from, to, with(r.sim.Network().Options().Link, linkTable, allSet(now, linkTable)))
		},
		story: narration{ends: true,
			keeps: func(nodes, others []string) string {
				return "the link between " + aFew(nodes) + " and " + aFew(others) + " is slow"
			}},
	},
	{
		name: "slow-reader", takes: "NODES SIZE/s", on: onNodes, lasts: true, amount: readRate,
		text:      "the node reads at most that much a second from all its connections",
		simulated: "a process reads when it is ready to",
		node: func(r *run, n string, now []Action) {
			var rate int64
			_ = bandwidth(newest(now, "0"), &rate) // was tried when it was parsed
			r.sim.SlowReader(n, rate)
		},
		story: narration{ends: true, keeps: func(nodes, _ []string) string { return aFew(nodes) + " reads slowly" }},
	},
	{
		name: "network", takes: "SETTINGS", on: onCluster, lasts: true,
		text:      "the network behaves like that (settings of the network statement)",
		simulated: "loopback has no latency and no faults to change",
		set:       func(p *parser) []Setting { return faultSettings(p, networkTable, true) },
		network:   func(r *run, now []Action) { r.setNetwork(now) },
		story:     narration{ends: true},
	},
}

// smallerSide are the servers on the smaller side of a partition that has servers on both.
func smallerSide(nodes, others []string) []string {
	mine, theirs := serversOf(nodes), serversOf(others)
	switch {
	case len(mine) == 0 || len(theirs) == 0:
		return nil
	case len(theirs) < len(mine):
		return theirs
	}
	return mine
}

// readRate checks how fast a slow reader reads.
func readRate(text string) error {
	var n int64
	if err := bandwidth(text, &n); err != nil || n < 1 {
		return fmt.Errorf("is not a number of bytes a second; write 10KiB/s")
	}
	return nil
}
