package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers"
	"gregor/core/env"
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
	Refused          Verdict = "refused"          // the scenario cannot run: it was built in Go, and says what no text may say
)

// Options say how a run is watched. They never change what happens in it.
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
	History  checkers.History
	Trace    *sim.Trace
	Begin    env.Instant // when faults and clients began
	Faults   []FaultRecord

	States      []State // how conditions stood
	Unavailable bool    // the cluster did not come to rest
	decisive    int     // the finding that the verdict is about, from 1 up; 0: none
}

// run is a run under way.
type run struct {
	s           *Scenario
	w           World
	sim         *sim.World // nil in any other world
	invariants  *checkers.Invariants
	h           checkers.History
	findings    []checkers.Finding
	begin       env.Instant
	lives       map[string]int    // incarnations of each client
	closed      map[string]bool   // clients that have ended by themselves
	faulty      bool              // faults are on
	groups      map[string]string // of each consumer that has one
	reads       map[string]map[env.TopicPartition]env.Offset
	servers     []string
	records     []FaultRecord
	removals    []removal // steps that hit servers
	takeovers   []takeover
	serving     map[string]bool  // servers that have told so since they started
	jumped      map[string]int64 // of wall clocks, in milliseconds
	roles       roles
	counts      counts
	states      []State
	sent        map[string]int64             // records that each client has handed to its producer
	probed      int                          // writes of probers that have ended
	refused     error                        // the first of them that did not end well
	looked      int                          // at the roles, when they had changed so often
	ailing      string                       // what was wrong then
	moved       map[env.TopicPartition]moves // by admins
	leaving     map[string]bool              // nodes asked to stop, and whether they come back then
	taken       int                          // counts steps that took a node down or paused it
	absent      map[string]int               // nodes that a step took down or asked to stop: which one
	rotten      map[string]string            // partitions of which a bit has flipped, and where
	forces      []*inForce                   // in the order in which they began
	calmNetwork netsim.Options               // the simulated network, and disks, without the faults of the scenario
	calmDisks   map[string]disksim.Options
	damaged     map[string]damage    // of servers
	full        map[string]*fullDisk // of servers whose disks have run full

	progress func(env.Instant) // Options.Progress, or nil
	reported env.Instant       // when it was called last
}

// The bounds of a run's phases, in virtual time, and of its events. A consumer whose broker lost power while it
// waited to join hears nothing until its JoinGroup times out, max.poll.interval.ms later: five minutes.
const (
	setupTime  = 60 * time.Second
	drainTime  = 200 * time.Second // a producer's delivery.timeout.ms is 120 s
	settleTime = 400 * time.Second
	restTime   = 120 * time.Second // a half-open connection is noticed after 60 s
	probeTime  = 60 * time.Second
	stopTime   = 60 * time.Second
	eventsMax  = 200_000_000
)

// Do runs a token.
func Do(t Token, o Options) Result {
	t, err := t.complete()
	if err != nil {
		return Result{Token: t, Scenario: t.Scenario, Verdict: Refused, Sentence: err.Error()}
	}
	r := newRun(t)
	r.progress = o.Progress
	rnd := env.NewRand(t.Seed)
	network := calm(r.s.networkOptions(rnd.Fork("network")), networkTable)
	r.sim = sim.New(sim.Options{Seed: t.Seed, Network: network, MaxEvents: eventsMax, Trace: o.Trace, DropFacts: true})
	r.sim.Observe(r)
	r.w = simulated{r.sim}
	r.invariants.Configure(r.s.promises())
	r.h.Explain = r.invariants.Explain
	why, err := r.play(rnd)
	res := r.judge(t, why, err)
	res.compareHash()
	return res
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
	r := &run{s: s, invariants: checkers.NewInvariants(), lives: map[string]int{}, closed: map[string]bool{},
		groups: map[string]string{}, reads: map[string]map[env.TopicPartition]env.Offset{}, roles: newRoles(), counts: newCounts(), sent: map[string]int64{}, looked: -1, serving: map[string]bool{}, jumped: map[string]int64{},
		moved: map[env.TopicPartition]moves{}, leaving: map[string]bool{}, absent: map[string]int{}, damaged: map[string]damage{}, full: map[string]*fullDisk{}, rotten: map[string]string{}, calmDisks: map[string]disksim.Options{}}
	for i := range s.Clients {
		if group := s.Clients[i].group(); group != "" {
			r.groups[s.Clients[i].Name] = group
		}
	}
	return r
}

// stuckError says what did not come about in time.
type stuckError struct{ what string }

func (e *stuckError) Error() string { return e.what }

// play goes through the phases: set up, run with faults, heal, drain, write and read everywhere, stop.
func (r *run) play(rnd env.Rand) (why string, err error) {
	if err := r.addServers(rnd); err != nil {
		return "", err
	}
	for _, phase := range []func() error{r.setUp, r.faults, r.heal, r.drain, r.probe, r.audit, r.settle, r.judgeEnd, r.stop} {
		if err := phase(); err != nil {
			return err.Error(), err
		}
	}
	return "", nil
}

// until runs until the condition holds; what names it if it does not come about.
func (r *run) until(condition func() bool, within time.Duration, what string) error {
	held, err := r.w.RunUntil(condition, r.w.Now().Add(within))
	switch {
	case err != nil:
		return err
	case !held:
		return &stuckError{fmt.Sprintf("%s did not happen within %s, with no fault on", what, short(within))}
	}
	return nil
}

// faults starts the clients, schedules every step, and runs.
func (r *run) faults() error {
	r.begin, r.faulty = r.w.Now(), true
	for i := range r.s.Clients {
		r.addClient(&r.s.Clients[i])
	}
	if _, err := r.w.RunUntil(r.clientsUp, r.w.Now()); err != nil {
		return err
	}
	r.unsettle()
	for _, moment := range []bool{false, true} { // what changes nothing comes last, so that it moves no other step
		for _, st := range r.s.Steps {
			if verbOf(st.Action.Verb).moment == moment {
				r.schedule(st)
			}
		}
	}
	return r.w.Run(r.begin.Add(r.s.Run))
}

// clientsUp reports whether every client has started that is there from the beginning: a step at 0s finds them there.
func (r *run) clientsUp() bool {
	return !slices.ContainsFunc(r.s.Clients, func(c Client) bool {
		_, late := c.start()
		return !late && !r.w.Up(c.Name)
	})
}

// addClient adds a client, which starts now or at its time.
func (r *run) addClient(c *Client) {
	at, late := c.start()
	r.w.AddClient(c.Name, late, func(w env.World) env.Node {
		r.lives[c.Name]++
		r.closed[c.Name] = false
		start, err := c.node(r.bootstrap(), r.lives[c.Name], r.sent[c.Name], r.w.Now().Sub(r.begin))
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
	if r.faulty && !r.w.Up(name) && r.lives[name] == 0 {
		r.record("%s starts", name)
		r.w.Restart(name)
	}
}

// Observe takes every fact as the simulator stamps it.
func (r *run) Observe(s sim.Stamped) {
	r.observe(checkers.Stamped{Event: s.Event, At: s.At, Node: s.Node, Fact: s.Fact})
}

// observe takes every fact as it is told. What servers are seen to do from outside is no matter for the invariants.
func (r *run) observe(c checkers.Stamped) {
	if len(r.h.Facts) == cap(r.h.Facts) {
		r.h.Facts = slices.Grow(r.h.Facts, max(len(r.h.Facts), 4096)) // twice as many, where append adds a quarter
	}
	r.h.Facts = append(r.h.Facts, c)
	if r.progress != nil && c.At.Sub(r.reported) >= time.Second {
		r.reported = c.At
		r.progress(c.At)
	}
	if r.sim != nil || !isServerName(c.Node) {
		r.findings = append(r.findings, r.invariants.Observe(c)...)
	}
	r.roles.observe(c)
	r.counts.observe(c, r.groups[c.Node])
	switch f := c.Fact.(type) {
	case env.Stopped:
		r.left(c.Node)
	case env.ProduceCalled:
		r.sent[f.Client]++
	case env.ProduceReturned:
		if strings.HasPrefix(f.Client, prober) {
			r.probes(f)
		}
	case env.AdminReturned:
		r.moves(f)
	case env.ClientClosed:
		r.clientClosed(c, f)
	case env.Polled:
		if n := len(f.Records); n > 0 {
			r.read(f.Client, f.TopicPartition, f.Records[n-1].Offset+1)
		}
	case env.PositionSet:
		r.read(f.Client, f.TopicPartition, f.Offset)
	case env.Started:
		r.serving[c.Node] = true
	case env.GaveUp:
		_, asked := r.leaving[c.Node]
		early := asked && !r.serving[c.Node] // it was asked to stop before it had started
		r.left(c.Node)
		r.noteDamage(c.Node, checkers.Killed)
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

// diskDamaged names the disk damage that befell a node, "" if none did.
func (r *run) diskDamaged(node string) string {
	for _, m := range r.h.Mishaps {
		if m.Node == node && m.Kind == checkers.DiskDamage {
			return "its disk was damaged"
		}
	}
	return ""
}

// read notes how far a client's group has come.
func (r *run) read(name string, tp env.TopicPartition, to env.Offset) {
	group := r.groups[name]
	if group == "" {
		return
	}
	if r.reads[group] == nil {
		r.reads[group] = map[env.TopicPartition]env.Offset{}
	}
	r.reads[group][tp] = max(r.reads[group][tp], to)
}

// judge puts the verdict together.
func (r *run) judge(t Token, why string, err error) Result {
	r.findings = append(r.findings, r.invariants.Finish()...)
	res := Result{Token: t, Scenario: r.s, Verdict: Holds, History: r.h, Begin: r.begin, Findings: r.findings, Faults: r.records, States: r.states}
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
		res.Verdict, res.Sentence = Stuck, why
	case err != nil:
		res.Verdict, res.Sentence = Crashed, err.Error()
	}
	return res
}
