package scenarios

import (
	"fmt"
	"time"

	"gregor/checkers/history"
)

// processVerbs are about the processes of nodes.
var processVerbs = []verb{
	{
		name: "crash", takes: "NODES", on: onNodes, lasts: true,
		text: "the process dies; what it wrote is kept",
		each: func(r *run, n string, _ Action) func() { return r.takeDown(n, history.Killed, r.w.Crash) },
		idle: unlessUp, costs: always(processLost), away: allNodes, story: narration{state: down},
	},
	{
		name: "power-cut", takes: "NODES", on: onNodes, lasts: true,
		text:      "the machine loses power, and what its disk had not synced",
		simulated: "the operating system keeps what a killed process has written",
		each:      func(r *run, n string, _ Action) func() { return r.takeDown(n, history.PowerCut, r.sim.PowerCut) },
		idle:      unlessUp, away: allNodes, story: narration{state: down, powerless: true},
		costs: func(r *run, _ string, _ Action) severity {
			if r.s.flushed() {
				return processLost
			}
			return unflushedLost
		},
	},
	{
		name: "wipe", takes: "SERVERS", on: onServers, lasts: true,
		text: "the process dies and its disk is emptied",
		each: func(r *run, n string, _ Action) func() { return r.takeDown(n, history.Wiped, r.w.Wipe) },
		idle: unlessUp, costs: always(diskLost), away: allNodes, story: narration{state: down},
	},
	{
		name: "shutdown", takes: "NODES", on: onNodes, lasts: true,
		text: "the node stops gracefully: a broker hands over its partitions, a consumer leaves its group, a producer sends what it has",
		each: func(r *run, n string, _ Action) func() {
			r.leave(n)
			return r.comingBack(n)
		},
		idle: func(r *run, n string) string {
			if comesBack, leaves := r.procs.leaving[n]; leaves && !comesBack {
				return stopping
			}
			return unlessUp(r, n)
		},
		costs: unlessStarted, away: allNodes,
	},
	{
		name: "restart", takes: "NODES", on: onNodes,
		text: "it stops gracefully, and starts again at once",
		each: func(r *run, n string, _ Action) func() {
			r.leave(n)
			r.bringUp(n)
			return nil
		},
		idle: func(r *run, n string) string {
			switch comesBack := r.procs.leaving[n]; {
			case r.procs.closed[n]:
				return hasEnded
			case comesBack:
				return stopping
			}
			return ""
		},
		costs: unlessStarted, away: allNodes,
	},
	{
		name: "pause", takes: "NODES", on: onNodes, lasts: true,
		text: "the process is stopped and keeps its memory and connections",
		node: func(r *run, n string, now []Action) {
			if len(now) > 0 {
				r.w.Pause(n)
			} else {
				r.w.Resume(n)
			}
		},
		idle: unlessUp, away: allNodes, story: narration{state: paused, ends: true},
	},
	{
		name: "resume", takes: "NODES", on: onNodes,
		text: "a paused process goes on, whatever pauses of it are under way",
		each: func(r *run, n string, _ Action) func() {
			r.forces.drop("pause", n)
			r.w.Resume(n)
			return nil
		},
		idle: func(r *run, n string) string {
			if why := unlessUp(r, n); why != "" || r.forces.under("pause", n) {
				return why
			}
			return "is not paused"
		},
		story: narration{state: running},
	},
	{
		name: "slow-cpu", takes: "NODES TIME", on: onNodes, lasts: true, amount: stepTime,
		text:      "the node takes that long to handle each event",
		simulated: "processes share the machine's CPUs",
		node: func(r *run, n string, now []Action) {
			d, _ := time.ParseDuration(newest(now, "0s"))
			r.sim.SlowCPU(n, int64(d))
		},
		story: narration{ends: true, keeps: func(nodes, _ []string) string { return aFew(nodes) + " on a slow CPU" }},
	},
}

// Why an action would change nothing about a node.
const (
	isDown   = "is down"
	stopping = "is stopping already"
	hasEnded = "has ended by itself"
)

// unlessUp is why an action on a running process would change nothing about a node.
func unlessUp(r *run, n string) string {
	switch {
	case r.procs.closed[n]:
		return hasEnded
	case !r.w.Up(n):
		return isDown
	}
	return ""
}

// unlessStarted is what a graceful stop may take: a server that has not started yet cannot stop cleanly.
func unlessStarted(r *run, n string, _ Action) severity {
	if !r.procs.serving[n] {
		return processLost
	}
	return timeLost
}

// allNodes are the servers that an action on nodes takes away.
func allNodes(nodes, _ []string) []string { return serversOf(nodes) }

// stepTime checks how long a slow CPU takes for one event.
func stepTime(text string) error {
	if d, err := time.ParseDuration(text); err != nil || d < time.Microsecond || d > 100*time.Millisecond {
		return fmt.Errorf("is not the time that an event takes; write 200us or 1ms, from 1us to 100ms")
	}
	return nil
}
