package scenarios

import (
	"slices"
)

// heal ends every fault, and starts every server and consumer that is down.
func (r *run) heal() error {
	r.faulty = false
	for _, st := range r.pushes {
		r.record("%s: not done, faults end before that event", st)
	}
	r.pushes = nil
	r.record(healed)
	r.forces.end(func(*verb) bool { return true })
	for _, m := range r.s.Cluster.members() {
		r.bringUp(m.name)
	}
	for _, c := range r.s.Clients {
		switch _, leaves := r.procs.leaving[c.Name]; {
		case c.Kind == "consumer":
			r.bringUp(c.Name)
		case leaves: // a producer or admin that is down stays down: sends and commands end here
			r.procs.leaving[c.Name] = false
		}
	}
	return nil
}

// stopProducers lets producers finish what they have.
func (r *run) stopProducers() error {
	r.record("the cluster has recovered")
	r.awaited = nil
	for _, c := range r.s.Clients {
		if c.Kind == "producer" {
			r.awaited = append(r.awaited, c.Name)
			r.shutDown(c.Name)
		}
	}
	return nil
}

// shutDown asks a node to stop, unless it was asked already or has ended by itself. It does not start again.
func (r *run) shutDown(name string) {
	switch _, asked := r.procs.leaving[name]; {
	case asked:
		r.procs.leaving[name] = false
	case r.w.Up(name) && !r.procs.closed[name]:
		r.w.Shutdown(name)
	}
}

// down reports whether the nodes that the phase waits for are down.
func (r *run) down() bool {
	return !slices.ContainsFunc(r.awaited, func(n string) bool { return r.w.Up(n) && !r.procs.closed[n] })
}

// stopClients judges how things stand in the end, and asks the clients to stop. Servers follow when they have.
func (r *run) stopClients() error {
	r.view.judgeEnd()
	r.record(theEnd)
	r.awaited = nil
	for _, c := range r.s.Clients {
		r.awaited = append(r.awaited, c.Name)
		r.shutDown(c.Name)
	}
	return nil
}
