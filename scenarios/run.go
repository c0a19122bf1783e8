package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers"
	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/disksim"
	"gregor/netsim"
	"gregor/sim"
)

// Verdict is what a run comes to.
type Verdict string

// The verdicts.
const (
	Holds            Verdict = "holds"
	Broken           Verdict = "broken"           // a guarantee, or an expectation
	Stuck            Verdict = "stuck"            // healed, and still no progress
	Crashed          Verdict = "crashed"          // a panic or an assertion
	Nondeterministic Verdict = "nondeterministic" // two runs of one token differ
	Differs          Verdict = "differs"          // the token carries the hash of another run: another build made it
	// the scenario cannot run: it was built in Go, with what no text may hold
	Refused Verdict = "refused"
)

// Options are how a run is watched. They never change what happens in it.
type Options struct {
	Trace    int               // events to remember: see sim.Options
	Progress func(env.Instant) // called about once a virtual second with how far the run is; nil: not
}

// Result is a run and what came of it.
type Result struct {
	Token    Token
	Scenario *Scenario // with what the seed drew written out
	Verdict  Verdict
	Hash     uint64
	Stats    sim.Stats
	Findings []checkers.Finding
	Sentence string // why the verdict is not holds
	History  history.History
	Trace    *sim.Trace
	Begin    env.Instant // when faults and clients began
	Faults   []FaultRecord

	States      []State // how conditions stood
	Unavailable bool    // the cluster did not come to rest
	decisive    int     // the finding that the verdict is about, from 1 up; 0: none
}

// run is a run under way.
//
//tidy:size a run, what was seen of it and what was done to it; the parts that could go have gone
type run struct {
	s      *Scenario
	seed   uint64
	w      World
	sim    *sim.World  // nil in any other world
	begin  env.Instant // when the clients started
	faulty bool        // faults are on

	// What is observed.
	h          history.History
	invariants *checkers.Invariants
	findings   []checkers.Finding
	roles      roles
	view       view
	health     health
	reading    reading
	progress   progress

	// What is done.
	procs   processes
	pushes  []Step // that wait for their event, in its order
	records []FaultRecord
	forces  inForces
	calm    calmOptions
	jumped  map[string]int64     // by how much clocks are off, in milliseconds
	full    map[string]*fullDisk // by server
	rotten  map[string]string    // partitions of which a bit has flipped, and where
	atlas   atlas
	permits permits

	// How it ends.
	awaited []string // the nodes that the present phase waits for to be down
	probes  probes
	audited int // facts before the auditor began
}

// calmOptions are those of the simulated network and disks without the faults of the scenario.
type calmOptions struct {
	network netsim.Options
	disks   map[string]disksim.Options
}

// progress reports how far a run is, about once a virtual second.
type progress struct {
	report func(env.Instant) // Options.Progress, or nil
	last   env.Instant
}

func (p *progress) at(now env.Instant) {
	if p.report != nil && now.Sub(p.last) >= time.Second {
		p.last = now
		p.report(now)
	}
}

// compareHash ends a run otherwise whose token carries the hash of another one.
func (r *Result) compareHash() {
	if r.Token.Hash == 0 || r.Token.Hash == r.Hash {
		return
	}
	r.Sentence = fmt.Sprintf("the token carries hash %016x, but this run has hash %016x (and would count as %s): another build of Gregor made the token, or the scenario has changed since; without its hash the token names this build's run",
		r.Token.Hash, r.Hash, r.Verdict)
	r.Verdict = Differs
}

// newRun prepares a run that has no world yet.
func newRun(t Token) *run {
	s := t.Scenario.Expand(t.Seed)
	r := &run{s: s, seed: t.Seed, invariants: checkers.NewInvariants(), roles: newRoles(), reading: newReading(s),
		procs:  newProcesses(),
		jumped: map[string]int64{}, full: map[string]*fullDisk{}, rotten: map[string]string{},
		calm: calmOptions{disks: map[string]disksim.Options{}}}
	r.view = view{s: s, roles: &r.roles, counts: newCounts()}
	r.health = health{s: s, roles: &r.roles, up: func(n string) bool {
		return r.w.Up(n)
	}, serving: r.procs.serving, leaving: r.procs.leaving, moved: map[kafka.TopicPartition]moves{}, looked: -1}
	r.atlas = atlas{s: s, roles: &r.roles, damaged: map[string]damage{}}
	r.permits = permits{s: s, roles: &r.roles, history: &r.h}
	r.probes = probes{invariants: r.invariants, compared: -1}
	return r
}

// startClients starts the clients: faults are on from here.
func (r *run) startClients() error {
	r.begin, r.faulty = r.w.Now(), true
	for i := range r.s.Clients {
		r.addClient(&r.s.Clients[i])
	}
	return nil
}

// clientsUp reports whether every client has started that is there from the beginning: a step at 0s finds them there.
func (r *run) clientsUp() bool {
	return !slices.ContainsFunc(r.s.Clients, func(c Client) bool {
		_, late := c.start()
		return !late && !r.w.Up(c.Name)
	})
}

// beginFaults schedules every step that has a time. Those that have an event wait for it in pushed.
func (r *run) beginFaults() error {
	r.unsettle()
	for _, st := range r.s.Steps {
		if st.After > 0 {
			r.pushes = append(r.pushes, st)
		}
	}
	slices.SortStableFunc(r.pushes, func(a, b Step) int { return cmp.Compare(a.After, b.After) })
	for _, moment := range []bool{false, true} { // what changes nothing comes last, so that it moves no other step
		for _, st := range r.s.Steps {
			if st.After == 0 && verbOf(st.Action.Verb).moment == moment {
				r.schedule(st)
			}
		}
	}
	return nil
}

// addClient adds a client, which starts now or at its time.
func (r *run) addClient(c *Client) {
	at, late := c.start()
	r.w.AddClient(c.Name, late, func(w env.World) env.Node {
		r.procs.begun[c.Name]++
		r.procs.closed[c.Name] = false
		start, err := c.node(r.bootstrap(), r.procs.begun[c.Name], r.procs.sent[c.Name], r.w.Now().Sub(r.begin))
		if err != nil {
			panic(fmt.Sprintf("scenarios: client %s: %v", c.Name, err)) // checked when it was parsed
		}
		return start(w)
	})
	if late {
		r.w.At(r.begin.Add(at), func() { r.comesLate(c.Name) })
	}
}

// comesLate starts a client at its time, unless a step has done so before.
func (r *run) comesLate(name string) {
	if r.faulty && !r.w.Up(name) && r.procs.begun[name] == 0 {
		r.record("%s starts", name)
		r.w.Restart(name)
	}
}

// Observe takes every fact as the simulator stamps it.
func (r *run) Observe(s sim.Stamped) {
	r.observe(history.Stamped{Event: s.Event, At: s.At, Node: s.Node, Fact: s.Fact})
}

// observe handles every fact as it is emitted. Invariants do not judge what servers are seen to do from outside.
func (r *run) observe(c history.Stamped) {
	if len(r.h.Facts) == cap(r.h.Facts) {
		r.h.Facts = slices.Grow(r.h.Facts, max(len(r.h.Facts), 4096)) // twice as many, where append adds a quarter
	}
	r.h.Facts = append(r.h.Facts, c)
	r.progress.at(c.At)
	if r.sim != nil || !isServerName(c.Node) {
		r.findings = append(r.findings, r.invariants.Observe(c)...)
	}
	r.roles.observe(c)
	r.view.counts.observe(c, r.reading.groups)
	switch f := c.Fact.(type) {
	case env.Stopped:
		r.left(c.Node)
	case env.ProduceCalled:
		r.procs.sent[f.Client]++
	case env.ProduceReturned:
		if strings.HasPrefix(f.Client, prober) {
			r.probes.returned(f)
		}
	case env.AdminReturned:
		r.health.move(f)
	case env.ClientClosed:
		r.clientClosed(c, f)
	case env.Polled:
		r.reading.polled(f)
	case env.PositionSet:
		r.reading.upTo(f.Client, f.TopicPartition, f.Offset)
	case env.Started:
		r.procs.serving[c.Node] = true
	case env.GaveUp:
		_, asked := r.procs.leaving[c.Node]
		early := asked && !r.procs.serving[c.Node] // it was asked to stop before it had started
		r.left(c.Node)
		r.atlas.noteDamage(c.Node, history.Killed)
		switch full := r.lackedSpace(c.Node, f.Reason); {
		case full && !asked:
			r.awaitSpace(c.Node)
		case !full && !early:
			r.findings = append(r.findings, checkers.Finding{Check: gaveUp, Sentence: f.Reason, Offset: -1, Event: c.Event,
				Attributed: r.diskDamaged(c.Node)})
		}
	}
}

// gaveUp is the outcome of a broker that will not start or go on.
const gaveUp = "gave-up"

// diskDamaged names the disk damage of a node, "" if none did.
func (r *run) diskDamaged(node string) string {
	for _, m := range r.h.Faults {
		if m.Node == node && m.Kind == history.DiskDamage {
			return "its disk was damaged"
		}
	}
	return ""
}

// judge puts the verdict together.
func (r *run) judge(t Token, err error) Result {
	r.findings = append(r.findings, r.invariants.Finish()...)
	res := Result{Token: t, Scenario: r.s, Verdict: Holds, History: r.h, Begin: r.begin, Findings: r.findings,
		Faults: r.records, States: r.view.states}
	res.Stats.Events, res.Stats.VirtualNanos = r.w.Event(), int64(r.w.Now())
	if r.sim != nil {
		res.Hash, res.Stats, res.Trace = r.sim.Hash(), r.sim.Stats(), r.sim.Trace()
		if res.Trace != nil {
			res.Trace.Zero = r.begin
		}
	}
	var crash *sim.CrashError
	var livelock *sim.LivelockError
	var stuck *stuckError
	switch {
	case errors.As(err, &crash):
		res.Verdict, res.Sentence = Crashed, crash.Error()+"\n"+crash.Stack
		return res
	case errors.As(err, &livelock):
		res.Verdict, res.Sentence = Stuck, livelock.Error()
		return res
	}
	res.Findings = r.excused(append(res.Findings, r.s.judged(r.h)...))
	res.Unavailable = errors.As(err, &stuck)
	if sentence := r.s.disappointed(&res); sentence != "" {
		res.Verdict, res.Sentence = Broken, res.clock().in(sentence)
	}
	switch {
	case res.Verdict == Broken:
	case res.Unavailable && r.s.names(unavailable):
	case res.Unavailable:
		res.Verdict, res.Sentence = Stuck, stuck.Error()
	case err != nil:
		res.Verdict, res.Sentence = Crashed, err.Error()
	}
	return res
}
