package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gregor/checkers/history"
	"gregor/core/env"
	"gregor/scenarios"
)

// Options are what a world is made of.
type Options struct {
	Program string // gregor itself: it is started with "serve ..." for each server
	Dir     string // for the files of servers and clients, and the servers' logs; it must exist
}

// World is a cluster of processes, and the clients of it. It implements [scenarios.World].
type World struct {
	opt      Options
	ctx      context.Context
	tell     func(history.Stamped)
	begin    time.Time
	in       inbox
	servers  []*server // in the order they were added
	clients  []*clientHost
	links    *links
	observer *observer
	timers   []timer // by time, and then in the order they were set
	event    uint64  // of the last fact emitted
	booted   bool
	closing  bool
	failure  error
}

var _ scenarios.World = (*World)(nil)

type timer struct {
	at env.Instant
	do func()
}

// New returns a world without nodes. It ends with an error when ctx does. New passes every fact to tell. The caller
// closes the world, however the run ends.
func New(ctx context.Context, o Options, tell func(history.Stamped)) *World {
	w := &World{opt: o, ctx: ctx, tell: tell, begin: time.Now(), links: newLinks()}
	w.in.init(w.Now)
	w.observer = newObserver(&w.in)
	return w
}

// Close ends every process and client at once, and waits until they are gone.
func (w *World) Close() {
	w.closing = true
	w.observer.close()
	for _, s := range w.servers {
		s.kill()
	}
	for _, g := range w.clients {
		g.kill()
	}
	w.links.close()
}

// Now implements scenarios.World.
func (w *World) Now() env.Instant { return env.Instant(time.Since(w.begin)) }

// Event implements scenarios.World.
func (w *World) Event() uint64 { return w.event }

// At implements scenarios.World.
func (w *World) At(at env.Instant, f func()) {
	i, _ := slices.BinarySearchFunc(w.timers, at+1, func(t timer, at env.Instant) int { return cmp.Compare(t.at, at) })
	w.timers = slices.Insert(w.timers, i, timer{at, f})
}

// Step implements scenarios.World.
func (w *World) Step(deadline env.Instant) bool {
	w.boot()
	for w.failure == nil {
		switch {
		case w.turn():
			return w.failure == nil
		case w.failure != nil, w.Now() >= deadline:
			return false
		}
		w.wait(deadline)
	}
	return false
}

// Err implements scenarios.World.
func (w *World) Err() error { return w.failure }

// turn does one thing that is due, and reports whether there was one.
func (w *World) turn() bool {
	if len(w.timers) > 0 && w.timers[0].at <= w.Now() {
		do := w.timers[0].do
		w.timers = slices.Delete(w.timers, 0, 1)
		do()
		return true
	}
	return w.take()
}

// take handles one thing that has happened, and reports whether there was one.
func (w *World) take() bool {
	n, ok, err := w.in.pop()
	w.failure = cmp.Or(w.failure, err)
	switch {
	case !ok:
		return false
	case n.do != nil:
		n.do()
	default:
		w.heard(n.fact)
	}
	return true
}

// heard hands a fact to the observer of the run.
func (w *World) heard(s history.Stamped) {
	w.event = s.Event
	if g := w.client(s.Node); g != nil {
		if _, over := s.Fact.(env.ClientClosed); over {
			g.left()
		}
	}
	w.tell(s)
}

// settle hands on everything that has happened up to now.
func (w *World) settle() {
	for w.take() {
	}
}

// wait waits until something happens or is due, or the world is to end.
func (w *World) wait(deadline env.Instant) {
	if len(w.timers) > 0 {
		deadline = min(deadline, w.timers[0].at)
	}
	t := time.NewTimer(deadline.Sub(w.Now()))
	defer t.Stop()
	select {
	case <-w.ctx.Done():
		w.fail("stopped: %w", context.Cause(w.ctx))
	case <-w.in.news:
	case <-t.C:
	}
}

// boot starts the servers at the first step. Each has all controllers on its command line, so all of them must have
// been added.
func (w *World) boot() {
	if w.booted {
		return
	}
	w.booted = true
	for _, s := range w.servers {
		if err := s.prepare(voters(w.servers)); err != nil {
			w.fail("preparing %s: %w", s.Name, err)
			return
		}
	}
	for _, s := range w.servers {
		if err := s.start(); err != nil {
			w.fail("starting %s: %w", s.Name, err)
			return
		}
	}
	w.observer.begin()
}

// AddServer implements scenarios.World.
func (w *World) AddServer(s scenarios.Server) error {
	made, err := newServer(w, s)
	if err != nil {
		return err
	}
	w.servers = append(w.servers, made)
	w.observer.add(made)
	return nil
}

// AddClient implements scenarios.World.
func (w *World) AddClient(name string, down bool, start func(env.World) env.Node) {
	g := &clientHost{world: w, name: name, node: start, dir: filepath.Join(w.opt.Dir, "client-"+name)}
	w.clients = append(w.clients, g)
	if !down {
		w.Restart(name)
	}
}

// fail ends the run with the first error.
func (w *World) fail(format string, args ...any) {
	w.failure = cmp.Or(w.failure, fmt.Errorf(format, args...))
}

// Addr implements scenarios.World.
func (w *World) Addr(name string) string { return w.server(name).brokers.addr }

func (w *World) server(name string) *server {
	for _, s := range w.servers {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func (w *World) client(name string) *clientHost {
	for _, g := range w.clients {
		if g.name == name {
			return g
		}
	}
	return nil
}

// being is a server or a client.
type process interface {
	up() bool
	kill()
	shutdown()
	start() error
	pause()
	resume()
}

func (w *World) being(name string) process {
	if s := w.server(name); s != nil {
		return s
	}
	return w.client(name)
}

// Up implements scenarios.World.
func (w *World) Up(name string) bool { return w.being(name).up() }

// Crash implements scenarios.World. What was emitted before it is handed on before it.
func (w *World) Crash(name string) {
	w.being(name).kill()
	w.settle()
	w.event = w.in.number() // of the crash
}

// Wipe implements scenarios.World.
func (w *World) Wipe(name string) {
	w.Crash(name)
	if err := errors.Join(os.RemoveAll(w.server(name).dir), os.Mkdir(w.server(name).dir, 0o755)); err != nil {
		w.fail("emptying the directory of %s: %w", name, err)
	}
}

// Shutdown implements scenarios.World.
func (w *World) Shutdown(name string) { w.being(name).shutdown() }

// Restart implements scenarios.World.
func (w *World) Restart(name string) {
	if err := w.being(name).start(); err != nil {
		w.fail("starting %s: %w", name, err)
	}
}

// Pause implements scenarios.World.
func (w *World) Pause(name string) { w.being(name).pause() }

// Resume implements scenarios.World.
func (w *World) Resume(name string) { w.being(name).resume() }

// Reset implements scenarios.World.
func (w *World) Reset(name string) { w.links.reset(name) }

// CutLink implements scenarios.World.
func (w *World) CutLink(from, to string) { w.links.cut(from, to) }

// MendLink implements scenarios.World.
func (w *World) MendLink(from, to string) { w.links.mend(from, to) }
