package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/checkers"
	"gregor/core/broker"
	"gregor/core/client"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/wire"
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
)

// Options say how a run is watched. They never change what happens in it.
type Options struct {
	Trace int // events to remember: see sim.Options
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
}

// run is a run under way.
type run struct {
	s          *Scenario
	w          *sim.World
	invariants *checkers.Invariants
	h          checkers.History
	findings   []checkers.Finding
	begin      env.Instant
	lives      map[string]int    // incarnations of each client
	closed     map[string]bool   // clients that have ended by themselves
	faulty     bool              // faults are on
	groups     map[string]string // of each consumer that has one
	reads      map[string]map[env.TopicPartition]env.Offset
}

// The bounds of a run's phases, in virtual time, and of its events. A consumer whose broker lost power while it
// waited to join hears nothing until its JoinGroup times out, max.poll.interval.ms later: five minutes.
const (
	setupTime  = 60 * time.Second
	drainTime  = 200 * time.Second // a producer's delivery.timeout.ms is 120 s
	settleTime = 400 * time.Second
	stopTime   = 60 * time.Second
	eventsMax  = 200_000_000
)

// Do runs a token.
func Do(t Token, o Options) Result {
	s := t.Scenario.Expand(t.Seed)
	r := &run{s: s, invariants: checkers.NewInvariants(), lives: map[string]int{}, closed: map[string]bool{},
		groups: map[string]string{}, reads: map[string]map[env.TopicPartition]env.Offset{}}
	for i := range s.Clients {
		if group, _ := s.Clients[i].reads(); group != "" {
			r.groups[s.Clients[i].Name] = group
		}
	}
	rnd := env.NewRand(t.Seed)
	r.w = sim.New(sim.Options{Seed: t.Seed, Network: calmNetwork(s.networkOptions(rnd.Fork("network"))), MaxEvents: eventsMax, Trace: o.Trace, DropFacts: true})
	r.w.Observe(r)
	why, err := r.play(rnd)
	return r.judge(t, why, err)
}

// stuckError says what did not come about in time.
type stuckError struct{ what string }

func (e *stuckError) Error() string { return e.what }

// play goes through the phases: set up, run with faults, heal, drain, audit, stop.
func (r *run) play(rnd env.Rand) (why string, err error) {
	if err := r.addBrokers(rnd); err != nil {
		return "", err
	}
	for _, phase := range []func() error{r.setUp, r.faults, r.heal, r.drain, r.audit, r.settle, r.stop} {
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
		return &stuckError{fmt.Sprintf("%s did not happen within %s after everything was healed", what, short(within))}
	}
	return nil
}

// brokerSettings are the simulator's own choices, which a scenario may change: small internal topics, and no
// wait for more members at the first rebalance.
var brokerSettings = []config.Entry{
	{Name: "offsets.topic.num.partitions", Value: "2"},
	{Name: "offsets.topic.replication.factor", Value: "1"},
	{Name: "group.initial.rebalance.delay.ms", Value: "100"},
}

func (s *Scenario) brokerConfig(node int, rnd env.Rand) (*config.Broker, error) {
	entries := append([]config.Entry{{Name: "node.id", Value: fmt.Sprint(node)}}, brokerSettings...)
	if s.Swarm {
		entries = append(entries, drawKnobs(rnd)...)
	}
	for _, set := range s.Cluster.Settings {
		entries = append(entries, config.Entry{Name: set.Name, Value: set.Value, Origin: fmt.Sprintf("%s:%d", s.Name, set.Line)})
	}
	return config.NewBroker(entries)
}

// drawKnobs draws the brokers' own sizes and intervals: small ones bring rolls, cleaning and retention into a
// short run.
func drawKnobs(rnd env.Rand) []config.Entry {
	number := func(lo, hi int64) string { return fmt.Sprint(rnd.Between(lo, hi)) }
	return []config.Entry{
		{Name: "log.index.interval.bytes", Value: number(64, 8192)},
		{Name: "log.segment.bytes", Value: number(1<<20, 8<<20)},
		{Name: "log.segment.delete.delay.ms", Value: number(0, 5000)},
		{Name: "log.retention.check.interval.ms", Value: number(500, 20_000)},
		{Name: "log.cleaner.backoff.ms", Value: number(500, 20_000)},
	}
}

func (r *run) addBrokers(rnd env.Rand) error {
	for i := range r.s.Cluster.Brokers {
		c, err := r.s.brokerConfig(i+1, rnd.ForkN("knobs", uint64(i)))
		if err != nil {
			return err
		}
		name := brokerName(i)
		r.w.AddNode(name, sim.Spec{Addr: name + ":9092", Protocol: wire.New(wire.Limits{}),
			Disk: calmDisk(r.s.diskOptions(rnd.ForkN("disk", uint64(i)))),
			New: func(w env.World) env.Node {
				b, err := broker.New(w, c, name+":9092")
				if err != nil {
					panic(fmt.Sprintf("scenarios: broker %s: %v", name, err)) // the configuration was checked
				}
				return b
			}})
	}
	return nil
}

func (r *run) bootstrap() []string {
	var all []string
	for i := range r.s.Cluster.Brokers {
		all = append(all, brokerName(i)+":9092")
	}
	return all
}

// setUp makes the topics, before anything goes wrong.
func (r *run) setUp() error {
	cfg := client.NewAdminConfig("setup")
	cfg.Bootstrap = r.bootstrap()
	for _, t := range r.s.Topics {
		cmd := client.Command{Op: client.CreateTopic, Topic: t.Name, Partitions: int32(t.Partitions), ReplicationFactor: -1}
		for _, s := range t.Settings {
			if s.Name == "replication.factor" {
				var n int
				if _, err := fmt.Sscanf(s.Value, "%d", &n); err != nil {
					return fmt.Errorf("%s:%d: replication.factor=%s is no number", r.s.Name, s.Line, s.Value)
				}
				cmd.ReplicationFactor = int16(n)
				continue
			}
			cmd.Configs = append(cmd.Configs, client.Setting{Name: s.Name, Value: s.Value})
		}
		cfg.Commands = append(cfg.Commands, cmd)
	}
	r.w.AddNode("setup", sim.Spec{Protocol: client.Protocol(), New: func(w env.World) env.Node { return client.NewAdmin(w, cfg) }})
	if err := r.until(func() bool { return r.closed["setup"] }, setupTime, "the making of the topics"); err != nil {
		return err
	}
	for _, f := range r.h.Facts {
		if a, ok := f.Fact.(env.AdminReturned); ok && a.Error != "" {
			return fmt.Errorf("%s: %s: %s", r.s.Name, a.What, a.Error)
		}
	}
	return nil
}

// faults starts the clients, schedules every step, and runs.
func (r *run) faults() error {
	r.begin, r.faulty = r.w.Now(), true
	for i := range r.s.Clients {
		r.addClient(&r.s.Clients[i])
	}
	o := r.w.Network().Options()
	for _, set := range r.s.Network {
		_ = setNetwork(&o, set)
	}
	r.w.Network().SetOptions(o)
	for i := range r.s.Cluster.Brokers {
		d := r.w.Disk(brokerName(i)).Options()
		for _, set := range r.s.Disk {
			_ = setDisk(&d, set)
		}
		r.w.Disk(brokerName(i)).SetOptions(d)
	}
	for _, st := range r.s.Steps {
		r.schedule(st)
	}
	return r.w.Run(r.begin.Add(r.s.Run))
}

func (r *run) addClient(c *Client) {
	r.w.AddNode(c.Name, sim.Spec{Protocol: client.Protocol(), New: func(w env.World) env.Node {
		r.lives[c.Name]++
		r.closed[c.Name] = false
		start, err := c.node(r.bootstrap(), r.lives[c.Name])
		if err != nil {
			panic(fmt.Sprintf("scenarios: client %s: %v", c.Name, err)) // checked when it was parsed
		}
		return start(w)
	}})
}

// heal ends every fault: links mended, disks and clocks sound, everybody up who should be.
func (r *run) heal() error {
	r.faulty = false
	r.w.Heal()
	r.w.Network().SetOptions(calmNetwork(r.w.Network().Options()))
	for i := range r.s.Cluster.Brokers {
		name := brokerName(i)
		r.w.Disk(name).SetOptions(calmDisk(r.w.Disk(name).Options()))
		r.w.ClockDrift(name, 0)
		r.w.Resume(name)
		if !r.w.Up(name) {
			r.w.Restart(name)
		}
	}
	for _, c := range r.s.Clients {
		r.w.Resume(c.Name)
		if c.Kind == "consumer" { // a producer that is down has nothing left to send
			r.bringUp(c.Name)
		}
	}
	return nil
}

// drain lets producers finish what they have.
func (r *run) drain() error {
	var producers []string
	for _, c := range r.s.Clients {
		if c.Kind == "producer" {
			producers = append(producers, c.Name)
			r.shutDown(c.Name)
		}
	}
	return r.until(func() bool { return r.down(producers) }, drainTime, "the end of every producer's sends")
}

// shutDown asks a client to close, unless it has ended by itself.
func (r *run) shutDown(name string) {
	if r.w.Up(name) && !r.closed[name] {
		r.w.Shutdown(name)
	}
}

func (r *run) down(names []string) bool {
	for _, n := range names {
		if r.w.Up(n) && !r.closed[n] {
			return false
		}
	}
	return true
}

// audit reads every topic from its beginning to its end: the final log.
func (r *run) audit() error {
	if len(r.s.Topics) == 0 {
		return nil
	}
	cfg := client.NewConsumerConfig(auditor)
	cfg.Bootstrap, cfg.ReadAll, cfg.AutoCommit, cfg.Reset = r.bootstrap(), true, false, client.ResetEarliest
	for _, t := range r.s.Topics {
		cfg.Topics = append(cfg.Topics, t.Name)
	}
	if err := cfg.Validate(); err != nil {
		return fmt.Errorf("scenarios: the auditor's configuration: %w", err)
	}
	r.w.AddNode(auditor, sim.Spec{Protocol: client.Protocol(), New: func(w env.World) env.Node { return client.NewConsumer(w, cfg) }})
	before := len(r.h.Facts)
	err := r.until(func() bool { return r.closed[auditor] }, settleTime, "the reading of every partition from its beginning")
	r.h.Logs = finalLogs(r.s, r.h.Facts[before:])
	r.forget(auditor, before)
	return err
}

// forget takes a client's facts out of the history: what only the auditor saw, no application has seen.
func (r *run) forget(name string, from int) {
	kept := r.h.Facts[:from]
	for _, f := range r.h.Facts[from:] {
		if f.Node != name {
			kept = append(kept, f)
		}
	}
	r.h.Facts = kept
}

// finalLogs puts together what the auditor read.
func finalLogs(scenario *Scenario, facts []checkers.Stamped) []checkers.FinalLog {
	index := map[env.TopicPartition]int{}
	var logs []checkers.FinalLog
	for _, t := range scenario.Topics {
		compacted := false
		for _, s := range t.Settings {
			compacted = compacted || s.Name == "cleanup.policy" && strings.Contains(s.Value, "compact")
		}
		for p := range t.Partitions {
			tp := env.TopicPartition{Topic: t.Name, Partition: env.PartitionID(p)}
			index[tp] = len(logs)
			logs = append(logs, checkers.FinalLog{TopicPartition: tp, Compacted: compacted})
		}
	}
	for _, s := range facts {
		if s.Node != auditor {
			continue
		}
		switch f := s.Fact.(type) {
		case env.PositionSet:
			if i, ok := index[f.TopicPartition]; ok {
				logs[i].Start, logs[i].End = f.Offset, f.Offset
			}
		case env.Polled:
			i, ok := index[f.TopicPartition]
			if !ok {
				continue
			}
			for _, rec := range f.Records {
				logs[i].Entries = append(logs[i].Entries, checkers.Entry{Offset: rec.Offset, Key: rec.Key, Value: rec.Value})
				logs[i].End = rec.Offset + 1
			}
		}
	}
	return logs
}

// settle waits until every group has read to the end.
func (r *run) settle() error {
	if err := r.until(r.caughtUp, settleTime, "the reading to the end by every group ("+r.behind()+")"); err != nil {
		return err
	}
	r.h.Drained = true
	return nil
}

func (r *run) caughtUp() bool { return r.behind() == "" }

// behind names a group and partition that has not been read to its end, "" if there is none.
func (r *run) behind() string {
	for _, c := range r.s.Clients {
		group, topics := c.reads()
		if group == "" || r.closed[c.Name] {
			continue
		}
		for _, l := range r.h.Logs {
			if contains(topics, l.Topic) && len(l.Entries) > 0 && r.reads[group][l.TopicPartition] < l.End {
				return fmt.Sprintf("group %s is at %d of %d in %s", group, r.reads[group][l.TopicPartition], l.End, l.TopicPartition)
			}
		}
	}
	return ""
}

// reads is the group a consumer is in, and what it subscribes to; "" if it does not go on for ever.
func (c *Client) reads() (group string, topics []string) {
	for _, s := range c.Settings {
		switch s.Name {
		case "group", "group.id":
			group = s.Value
		case "topic":
			topics = strings.Split(s.Value, ",")
		case "count", "assign", "read.all":
			return "", nil
		}
	}
	if c.Kind != "consumer" || len(topics) == 0 {
		return "", nil
	}
	return group, topics
}

// stop ends consumers, then brokers, gracefully.
func (r *run) stop() error {
	var clients, brokers []string
	for _, c := range r.s.Clients {
		clients = append(clients, c.Name)
		r.shutDown(c.Name)
	}
	if err := r.until(func() bool { return r.down(clients) }, stopTime, "the end of every client"); err != nil {
		return err
	}
	for i := range r.s.Cluster.Brokers {
		brokers = append(brokers, brokerName(i))
		r.w.Shutdown(brokerName(i))
	}
	return r.until(func() bool { return r.down(brokers) }, stopTime, "the graceful stop of every broker")
}

// Observe takes every fact as it is told.
func (r *run) Observe(s sim.Stamped) {
	c := checkers.Stamped{Event: s.Event, At: s.At, Node: s.Node, Fact: s.Fact}
	if len(r.h.Facts) == cap(r.h.Facts) {
		r.h.Facts = slices.Grow(r.h.Facts, max(len(r.h.Facts), 4096)) // twice as many, where append adds a quarter
	}
	r.h.Facts = append(r.h.Facts, c)
	r.findings = append(r.findings, r.invariants.Observe(c)...)
	switch f := s.Fact.(type) {
	case env.ClientClosed:
		r.closed[f.Client] = true
	case env.Polled:
		if n := len(f.Records); n > 0 {
			r.read(f.Client, f.TopicPartition, f.Records[n-1].Offset+1)
		}
	case env.PositionSet:
		r.read(f.Client, f.TopicPartition, f.Offset)
	case env.GaveUp:
		r.findings = append(r.findings, checkers.Finding{Check: gaveUp, Sentence: f.Reason, Offset: -1, Event: s.Event,
			Attributed: r.damage(s.Node)})
	}
}

// gaveUp is the outcome of a broker that will not start or go on.
const gaveUp = "gave-up"

// damage names the disk damage that befell a node, "" if none did.
func (r *run) damage(node string) string {
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
	res := Result{Token: t, Scenario: r.s, Verdict: Holds, Hash: r.w.Hash(), Stats: r.w.Stats(), History: r.h, Trace: r.w.Trace(),
		Begin: r.begin, Findings: r.findings}
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
	res.Findings = append(res.Findings, r.s.judged(r.h)...)
	if sentence := r.s.disappointed(res.Findings); sentence != "" {
		res.Verdict, res.Sentence = Broken, sentence
	}
	switch {
	case res.Verdict == Broken:
	case errors.As(err, &stuck) && contains(append(r.s.Expect, r.s.Allow...), unavailable):
	case errors.As(err, &stuck):
		res.Verdict, res.Sentence = Stuck, why
	case err != nil:
		res.Verdict, res.Sentence = Crashed, err.Error()
	}
	return res
}
