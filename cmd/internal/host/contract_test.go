package host

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/env/contract"
)

// arm is a host whose node's steps the contract's suite writes.
type arm struct {
	t   *testing.T
	dir string
	h   *Host
	w   env.World

	mu          sync.Mutex
	come        chan struct{}
	descriptors int
	events      []env.Event
	killed      bool
}

func openArm(t *testing.T) *arm { return openArmWith(t, 0) }

// openArmWith opens one whose process may have so many descriptors.
func openArmWith(t *testing.T, descriptors int) *arm {
	a := &arm{t: t, dir: t.TempDir(), come: make(chan struct{}, 1), descriptors: descriptors}
	a.run()
	t.Cleanup(func() { a.h.Kill() })
	return a
}

func (a *arm) run() {
	h, err := Run(context.Background(), Options{Listen: Plain("127.0.0.1:0"), DataDir: a.dir, Protocol: contract.Frames,
		Dialed:  contract.Answers,
		NewNode: func(w env.World) env.Node { a.w = w; return a }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		MaxOutBytes: 256 << 20, MaxInBytes: 256 << 20, MaxDescriptors: a.descriptors})
	if err != nil {
		a.t.Fatal(err)
	}
	a.h = h
}

func (a *arm) Step(now env.Now, e env.Event) {
	a.mu.Lock()
	a.events = append(a.events, e)
	a.mu.Unlock()
	select {
	case a.come <- struct{}{}:
	default:
	}
}

func (a *arm) Deadline() env.Instant { return env.Never }

func (a *arm) Do(f func(w *env.World)) {
	k := a.h.carriers.Get().(*carrier)
	if !k.enter() {
		return
	}
	f(&a.w)
	k.leave()
	k.carry()
	k.run()
}

func (a *arm) Wait(patience time.Duration) (env.Event, bool) {
	limit := time.After(patience)
	for {
		a.mu.Lock()
		if a.killed {
			a.mu.Unlock()
			return env.Event{}, false
		}
		if len(a.events) > 0 {
			e := a.events[0]
			a.events = a.events[1:]
			a.mu.Unlock()
			return e, true
		}
		a.mu.Unlock()
		select {
		case <-a.come:
		case <-limit:
			return env.Event{}, false
		}
	}
}

func (a *arm) Addr() string { return a.h.Addrs()[0].String() }

func (a *arm) Kill() {
	a.h.Kill()
	a.mu.Lock()
	a.killed = true
	a.mu.Unlock()
}

func (a *arm) Restart() {
	a.h.Kill()
	a.mu.Lock()
	a.events = nil
	a.mu.Unlock()
	a.run()
}

func TestDiskContract(t *testing.T) {
	t.Parallel()
	contract.Disk(t, func(t *testing.T) contract.Arm { return openArm(t) })
}

// Files of which hardly any may be open at a time behave as others do.
func TestDiskContractWithFewDescriptors(t *testing.T) {
	t.Parallel()
	contract.Disk(t, func(t *testing.T) contract.Arm { return openArmWith(t, 4) })
}

func TestNetworkContract(t *testing.T) {
	t.Parallel()
	contract.Network(t, func(t *testing.T) (server, client contract.Arm) { return openArm(t), openArm(t) })
}
