package sim

import (
	"gregor/core/env"
	"gregor/core/view"
	"gregor/disksim"
	"gregor/netsim"
)

// Look is a world between two events, as plain data. Looking changes nothing.
type Look struct {
	Machines []Machine
	Messages []netsim.Message
	Cuts     []netsim.Cut
}

// Machine is a node's machine, and the process on it.
type Machine struct {
	Name     string             `json:"name"`
	Up       bool               `json:"up"`
	Paused   bool               `json:"paused"`
	Waiting  int                `json:"waiting"`     // events that wait because the node is paused or busy
	Timer    int64              `json:"timerMicros"` // until the node's timer fires; -1: it has none
	Skew     int64              `json:"skewMillis"`  // by how much its wall clock is ahead of the world's
	Process  view.Node          `json:"process"`     // as it sees itself; zero while it is down
	Metrics  []view.Metric      `json:"metrics,omitempty"`
	Unsynced []disksim.Unsynced `json:"unsynced,omitempty"`
}

// Look returns the world as it is.
func (w *World) Look() Look {
	l := Look{Messages: w.net.Messages(), Cuts: w.net.Cuts()}
	for _, n := range w.nodes {
		l.Machines = append(l.Machines, w.machine(n))
	}
	return l
}

func (w *World) machine(n *node) Machine {
	m := Machine{Name: n.name, Up: n.up, Paused: n.paused, Waiting: len(n.inbox), Timer: -1,
		Unsynced: n.disk.Unsynced()}
	m.Skew = int64(n.clock.now(w.now).Wall) - (int64(w.opts.Wall) + int64(w.now)/millisecond)
	if !n.up {
		return m
	}
	if n.timerLive && n.deadline != env.Never {
		m.Timer = max(n.clock.due(n.deadline), w.now).Sub(w.now).Microseconds()
	}
	if v, ok := n.proc.(view.Viewed); ok {
		m.Process = v.View()
		if s := m.Process.Server; s != nil {
			m.Metrics = s.Metrics()
		}
	}
	return m
}

// Asked returns the API and its version of a request that a node has sent on a connection it dialed and that has no
// response yet, by its correlation id.
func (w *World) Asked(name string, conn env.ConnID, correlation int32) (key, version int16, ok bool) {
	n := w.node(name)
	if a, is := n.proc.(view.Asking); is && n.up {
		return a.Asked(conn, correlation)
	}
	return 0, 0, false
}
