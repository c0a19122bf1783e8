package scenarios

import (
	"time"
)

// phase is a state of a run: what is done as it is entered, and what it waits for.
type phase struct {
	name   string
	enter  func(r *run) error // an error ends the run
	over   func(r *run) bool  // what it waits for, asked after every event; nil: for its time to pass
	within func(r *run) time.Duration
	late   func(r *run) (what, why string) // what has not happened in time: the run is stuck; nil: the next phase follows
	leave  func(r *run)                    // done however the phase ends; nil: nothing
}

// The states of a run. An arrow is taken as soon as its condition holds. A state whose bound passes first, with late
// set, and any state in which a node panics or the world fails, is left for the verdict.
//
//	start servers ──healthy──▶ create topics ──created──▶ elect leaders ──healthy──▶ start clients ──up──▶ faults
//	                                                                                                         │
//	                                                                                                         Scenario.Run
//	audit ◀──replicas equal── replicate ◀──written── probe ◀──producers closed── drain ◀──healthy── recover ◀┘
//	  │ read
//	  ▼
//	read to the end ──read──▶ meet conditions ──met, or 10 s──▶ stop clients ──down──▶ stop brokers ──▶ stop controllers
//	──▶ verdict
var phases = []phase{
	{name: "start servers", enter: (*run).addServers, over: healthy, within: bound(setupTime), late: ails},
	{name: "create topics", enter: (*run).createTopics, over: func(r *run) bool {
		return r.procs.closed[setup]
	}, within: bound(setupTime), late: never("the creation of the topics")},
	{name: "elect leaders", enter: func(r *run) error {
		return creationFailed(r.s, r.h.Facts)
	}, over: healthy, within: bound(setupTime), late: ails},
	{name: "start clients", enter: (*run).startClients, over: (*run).clientsUp, within: bound(0)},
	{name: "faults", enter: (*run).beginFaults, within: func(r *run) time.Duration {
		return r.begin.Add(r.s.Run).Sub(r.w.Now())
	}},
	{name: "recover", enter: (*run).heal, over: healthy, within: bound(restTime), late: ails},
	{name: "drain", enter: (*run).stopProducers, over: (*run).down, within: bound(drainTime),
		late: never("the close of every producer")},
	{name: "probe", enter: (*run).probe, over: func(r *run) bool {
		return r.probes.done()
	}, within: bound(probeTime), late: never("a write to every partition")},
	{name: "replicate", enter: (*run).stopProbes, over: func(r *run) bool {
		return r.probes.replicated(len(r.h.Facts))
	}, within: bound(restTime),
		late: func(r *run) (what, why string) { return r.probes.diverges() }},
	{name: "audit", enter: (*run).audit, over: (*run).audits, within: bound(settleTime),
		late: never("the reading of every partition from its start"), leave: (*run).keepLogs},
	{name: "read to the end", enter: func(*run) error {
		return nil
	}, over: func(r *run) bool { return behind(r) == "" }, within: bound(settleTime),
		late: func(r *run) (what, why string) { return "the reading to the end by every group", behind(r) }},
	{name: "meet conditions", enter: drained, over: func(r *run) bool {
		return r.view.asExpected()
	}, within: bound(endTime)},
	{name: "stop clients", enter: (*run).stopClients, over: (*run).down, within: bound(stopTime),
		late: never("the close of every client")},
	{name: "stop brokers", enter: stopServers(true), over: (*run).down, within: bound(stopTime),
		late: never("the controlled shutdown of every broker")},
	{name: "stop controllers", enter: stopServers(false), over: (*run).down, within: bound(stopTime),
		late: never("the shutdown of every controller")},
}

func healthy(r *run) bool            { return r.health.ok() }
func ails(r *run) (what, why string) { return r.health.ails() }
func behind(r *run) string           { return r.reading.behind(r.h.Logs, r.procs.closed) }

// drained notes that every group has read to the end.
func drained(r *run) error {
	r.h.Drained = true
	return nil
}

// The bounds of the phases, in virtual time, and of a run's events. A consumer whose broker lost power while it
// waited to join receives no response until its JoinGroup times out after max.poll.interval.ms, five minutes.
const (
	setupTime  = 60 * time.Second
	drainTime  = 200 * time.Second // a producer's delivery.timeout.ms is 120 s
	settleTime = 400 * time.Second
	restTime   = 120 * time.Second // a half-open connection is noticed after 60 s
	probeTime  = 60 * time.Second
	endTime    = 10 * time.Second // a group commits now and then
	stopTime   = 60 * time.Second
	eventsMax  = 200_000_000
)

// bound is a bound that is the same for every run.
func bound(d time.Duration) func(*run) time.Duration { return func(*run) time.Duration { return d } }

// never is what has not happened, where nothing more can be said about it.
func never(what string) func(*run) (string, string) {
	return func(*run) (string, string) { return what, "" }
}

// stopServers asks the brokers, or else the servers that are none, to stop.
func stopServers(brokers bool) func(*run) error {
	return func(r *run) error {
		r.awaited = nil
		for _, m := range r.s.Cluster.members() {
			if m.broker == brokers {
				r.shutDown(m.name)
				r.awaited = append(r.awaited, m.name)
			}
		}
		return nil
	}
}
