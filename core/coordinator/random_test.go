package coordinator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gregor/core/coordinator"
	"gregor/core/kafka"
)

// TestRandom lets two brokers serve requests while partitions change their leaders, appends are refused and lost, and
// the disk is slow. After every step the numbers are compared with the log, and what was answered NONE has to be
// committed. In the end every request has been answered.
func TestRandom(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := &random{world: newWorld(rt), added: map[string]string{}}
		rt.Repeat(map[string]func(*rapid.T){
			"ask": r.ask, "ask2": r.ask, "ask3": r.ask, "commit": r.commit, "elect": r.elect, "notice": r.notice, "pass": r.pass,
			"obstruct": r.obstruct, "": func(*rapid.T) { r.look() },
		})
		r.calm()
	})
}

// random is a world in which anything happens.
type random struct {
	*world
	value int
	added map[string]string // the record of each Add, by its request as a response names it
}

func (r *random) node(rt *rapid.T) *node {
	return r.nodes[rapid.IntRange(0, len(r.nodes)-1).Draw(rt, "broker")]
}

func (r *random) partition(rt *rapid.T) int {
	return rapid.IntRange(0, partitions-1).Draw(rt, "partition")
}

func (r *random) ask(rt *rapid.T) {
	n, key := r.node(rt), rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "key")
	r.value++
	switch what := rapid.IntRange(0, 9).Draw(rt, "what"); {
	case what < 3:
		n.counters.Get(n.ask(fmt.Sprintf("get %s #%d", key, r.value)), key)
	case what == 3:
		n.counters.Reset(r.now, n.ask(fmt.Sprintf("reset %s #%d", key, r.value)), key)
	default:
		request := fmt.Sprintf("add %s %d", key, r.value)
		r.added[n.name+": "+request] = fmt.Sprintf("%s=%d", key, r.value)
		n.counters.Add(r.now, n.ask(request), key, r.value)
	}
	n.settle()
}

func (r *random) commit(rt *rapid.T) {
	p := r.partition(rt)
	code := rapid.SampledFrom([]kafka.ErrorCode{kafka.None, kafka.NotEnoughReplicasAfterAppend}).Draw(rt, "code")
	r.world.commit(p, kafka.Offset(rapid.IntRange(0, int(r.logs[p].end())).Draw(rt, "high watermark")), code)
	r.settleAll()
}

// elect changes the leader or its epoch behind the coordinators' backs. A new leader may lack what is not committed;
// one that leads already has all of it.
func (r *random) elect(rt *rapid.T) {
	p, leader := r.partition(rt), r.node(rt)
	if rapid.Bool().Draw(rt, "truncated") && !leader.replicas[p].leads {
		r.logs[p].truncate(r.logs[p].hw)
	}
	r.world.elect(p, leader.name)
	r.noticeAll(p)
}

// noticeAll has a broker see at once that it leads no longer: its replica ends the appends with that. What it sees late
// is the epoch of a partition that it leads.
func (r *random) noticeAll(p int) {
	for _, n := range r.nodes {
		if !n.replicas[p].leads {
			n.update()
		}
	}
}

func (r *random) notice(rt *rapid.T) { r.node(rt).update() }

func (r *random) settleAll() {
	for _, n := range r.nodes {
		n.settle()
	}
}

func (r *random) pass(rt *rapid.T) {
	r.world.pass(rapid.SampledFrom([]time.Duration{time.Second, 3 * time.Second, 6 * time.Second}).Draw(rt, "time"))
}

func (r *random) obstruct(rt *rapid.T) {
	l := r.logs[r.partition(rt)]
	l.slow = rapid.Bool().Draw(rt, "slow")
	l.refusal = rapid.SampledFrom([]kafka.ErrorCode{kafka.None, kafka.NotEnoughReplicas, kafka.MessageTooLarge}).Draw(rt,
		"refusal")
}

// look compares the numbers with the log, and the answers that were given with what is committed.
func (r *random) look() {
	r.check()
	for _, line := range r.said {
		request, ok := strings.CutSuffix(line, ": NONE")
		if record, isAdd := r.added[request]; ok && isAdd && !r.committed(record) {
			r.t.Fatalf("%s is answered NONE, and is not committed", request)
		}
	}
	r.said = nil
}

func (r *random) committed(record string) bool {
	return slices.ContainsFunc(r.logs, func(l *log) bool {
		return slices.ContainsFunc(l.records(l.hw), func(c coordinator.Record) bool {
			return fmt.Sprintf("%s=%s", c.Key, c.Value) == record
		})
	})
}

// calm has a lead everything and everything committed.
func (r *random) calm() {
	for p, l := range r.logs {
		l.slow, l.refusal = false, kafka.None
		r.world.elect(p, r.nodes[0].name)
		r.world.commit(p, l.end(), kafka.None)
	}
	for range 3 {
		for _, n := range r.nodes {
			n.update()
		}
	}
	r.look()
	for _, n := range r.nodes {
		if len(n.requests) > 0 {
			r.t.Fatalf("%s: %v are never answered", n.name, n.requests)
		}
	}
	for p := range r.logs {
		if state := r.nodes[0].counters.runtime.State(kafka.PartitionID(p)); state != coordinator.Active {
			r.t.Fatalf("partition %d is %v in the end", p, state)
		}
	}
}
