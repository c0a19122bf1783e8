package scenarios

import (
	"fmt"
	"slices"

	"gregor/core/broker"
	"gregor/core/client"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
	"gregor/disksim"
	"gregor/sim"
)

// World is what a run needs of the world it happens in. The simulator's is one; one of processes is another.
//
// A World calls back, with At's functions and with facts, only while Step runs.
type World interface {
	Now() env.Instant
	Event() uint64 // the number of the last event
	At(at env.Instant, f func())
	// does the next thing due by then; false: nothing is and it is that time now, or the world has ended
	Step(deadline env.Instant) bool
	Err() error // what ended the world, nil if nothing has

	AddServer(s Server) error
	// start makes each incarnation; down: Restart starts the first
	AddClient(name string, down bool, start func(env.World) env.Node)
	Addr(server string) string // where its broker is reached

	Up(name string) bool
	Crash(name string)
	Wipe(name string) // crash, and empty the disk
	Shutdown(name string)
	Restart(name string)
	Pause(name string)
	Resume(name string)
	Reset(name string) // all its connections
	CutLink(from, to string)
	MendLink(from, to string)
}

// Server is a broker, a controller, or both, and its configuration.
type Server struct {
	Name               string
	ID                 kafka.NodeID
	Broker, Controller bool
	Config             []config.Entry
	disk               disksim.Options
	metaProperties     string // of a disk that is formatted already
}

// NodeName is the name of the server with this id.
func NodeName(id kafka.NodeID) string { return nodeName(id) }

// simulated is the simulator as a World.
type simulated struct{ *sim.World }

func (w simulated) At(at env.Instant, f func()) { w.World.At(at, func(*sim.World) { f() }) }
func (w simulated) Wipe(name string)            { w.EmptyDisk(name) }
func (w simulated) Addr(server string) string   { return member{name: server}.addr() }

func (w simulated) AddServer(s Server) error {
	c, err := config.NewBroker(s.Config)
	if err != nil {
		return err
	}
	addr := w.Addr(s.Name)
	w.AddNode(s.Name, sim.Spec{Addr: addr, Protocol: wire.New(wire.Limits{}), Dialed: wire.NewClient(wire.Limits{}),
		Disk: s.disk,
		New: func(ew env.World) env.Node {
			b, err := broker.New(ew, c, addr)
			if err != nil {
				panic(fmt.Sprintf("scenarios: server %s: %v", s.Name, err)) // the configuration was checked
			}
			return b
		}})
	if s.metaProperties == "" {
		return nil
	}
	return w.Disk(s.Name).WriteFile("meta.properties", []byte(s.metaProperties))
}

func (w simulated) AddClient(name string, down bool, start func(env.World) env.Node) {
	w.AddNode(name, sim.Spec{Protocol: client.Protocol(), New: start, Down: down})
}

func (w simulated) Reset(name string) {
	for _, o := range w.Network().Nodes() {
		if o != name {
			w.World.Reset(name, o)
		}
	}
}

// OnlySimulated is the first line of a scenario that only the simulator can do something about, nil if there is none.
func (s *Scenario) OnlySimulated() error {
	refuse := func(line int, what, why string) error {
		return &Error{Name: s.Name, Line: line, Text: what + ": only the simulator can do that: " + why,
			Fix: "run it with --world sim"}
	}
	switch {
	case s.Swarm:
		return fmt.Errorf("%s: swarm: only the simulator can do that; run it with --world sim", s.Name)
	case s.Cluster.DirectoryIDs:
		return fmt.Errorf("%s: directory.ids: only the simulator formats disks; run it with --world sim", s.Name)
	case len(s.Network) > 0:
		return refuse(s.Network[0].Line, "network "+s.Network[0].Name, verbOf("network").simulated)
	case len(s.Disk) > 0:
		return refuse(s.Disk[0].Line, "disk "+s.Disk[0].Name, verbOf("disk").simulated)
	}
	for _, st := range s.Steps {
		if st.After > 0 {
			return refuse(st.Line, st.String(), "no two runs of processes have the same events")
		}
		if why := st.Action.onlySimulated(); why != "" {
			return refuse(st.Line, st.Action.String(), why)
		}
	}
	for _, r := range s.Random {
		if why := r.Action.onlySimulated(); why != "" {
			return refuse(r.Line, r.Action.String(), why)
		}
	}
	for _, e := range s.Expect {
		switch {
		case e.Condition != nil && e.Condition.row().simulated:
			return refuse(e.Line, "expect "+e.String(), unseen)
		case e.Some > 0:
			return &Error{Name: s.Name, Line: e.Line, Text: "expect " + e.String() + ": only the simulator runs seeds",
				Fix: "run it with --world sim"}
		}
	}
	return nil
}

// unseen is why a condition is for the simulator only.
const unseen = "of processes only partitions and controllers are watched"

// onlySimulated is why no world of processes can do an action, "" if it can.
func (a Action) onlySimulated() string {
	if a.Condition != nil && a.Condition.row().simulated {
		return unseen
	}
	return verbOf(a.Verb).simulated
}

// setting is what a scenario says a topic's setting is, otherwise if it says nothing.
func (s *Scenario) setting(topic, name, otherwise string) string {
	all := slices.Clone(s.Cluster.Settings)
	for _, t := range s.Topics {
		if t.Name == topic {
			all = append(all, t.Settings...)
		}
	}
	for _, set := range all {
		if set.Name == name {
			otherwise = set.Value
		}
	}
	return otherwise
}

func (s *Scenario) minISR(topic string) int {
	n, err := count(s.setting(topic, "min.insync.replicas", "1"))
	if err != nil {
		return 1
	}
	return n
}

func (s *Scenario) unclean(topic string) bool {
	return s.setting(topic, "unclean.leader.election.enable", "false") == "true"
}
