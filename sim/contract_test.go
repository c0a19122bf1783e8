package sim

import (
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/disksim"
	"gregor/netsim"
)

// probe is a node that only remembers what it was given.
type probe struct {
	world  env.World
	events []env.Event
}

func (p *probe) Step(_ env.Now, e env.Event) { p.events = append(p.events, e) }
func (p *probe) Deadline() env.Instant       { return env.Never }

// arm drives a probe in a simulated world.
type arm struct {
	t    *testing.T
	w    *World
	name string
	p    *probe
}

func newArm(t *testing.T, w *World, name string, o disksim.Options) *arm {
	a := &arm{t: t, w: w, name: name}
	w.AddNode(name, Spec{
		New:      func(e env.World) env.Node { a.p = &probe{world: e}; return a.p },
		Protocol: contract.Frames, Dialed: contract.Answers, Addr: a.Addr(), Disk: o,
	})
	a.boot()
	return a
}

func (a *arm) boot() {
	a.p = nil
	a.until(func() bool { return a.p != nil && len(a.p.events) > 0 }, time.Second)
}

func (a *arm) until(cond func() bool, d time.Duration) bool {
	ok, err := a.w.RunUntil(cond, a.w.Now().Add(d))
	if err != nil {
		a.t.Fatal(err)
	}
	return ok
}

func (a *arm) Do(f func(w *env.World)) {
	done := false
	a.w.At(a.w.Now(), func(*World) { f(&a.p.world); done = true })
	a.until(func() bool { return done }, 0)
}

func (a *arm) Wait(patience time.Duration) (env.Event, bool) {
	if !a.w.Up(a.name) || !a.until(func() bool { return len(a.p.events) > 0 }, patience) {
		return env.Event{}, false
	}
	e := a.p.events[0]
	a.p.events = a.p.events[1:]
	return e, true
}

func (a *arm) Addr() string { return a.name + ":9092" }
func (a *arm) Kill()        { a.w.Crash(a.name) }
func (a *arm) Restart()     { a.w.Restart(a.name); a.boot() }
func (a *arm) PowerCut()    { a.w.PowerCut(a.name); a.Restart() }

// worlds are the speeds under which the contract must hold. Faults that break connections or lose data beyond
// what a power cut may are off.
func worlds(run func(name string, o Options, disk disksim.Options)) {
	run("perfect", Options{Seed: 1}, disksim.Options{})
	for seed := range uint64(4) {
		r := env.NewRand(seed)
		run("drawn", Options{Seed: seed, Network: netsim.Draw(r.Fork("net"))}, disksim.Draw(r.Fork("disk")))
	}
}

func TestDiskContract(t *testing.T) {
	worlds(func(name string, o Options, disk disksim.Options) {
		t.Run(name, func(t *testing.T) {
			contract.Disk(t, func(t *testing.T) contract.Arm { return newArm(t, New(o), "n1", disk) })
		})
	})
}

func TestNetworkContract(t *testing.T) {
	worlds(func(name string, o Options, disk disksim.Options) {
		// 64 MiB must get through within the suite's patience
		o.Network.BytesPerSecond = max(o.Network.BytesPerSecond, 400<<20)
		o.Network.LatencyNanos /= 20
		o.Network.JitterNanos /= 20
		o.Network.TailNanos /= 20
		t.Run(name, func(t *testing.T) {
			contract.Network(t, func(t *testing.T) (server, client contract.Arm) {
				w := New(o)
				return newArm(t, w, "server", disk), newArm(t, w, "client", disk)
			})
		})
	})
}
