package sim

import (
	"errors"
	"fmt"
	//tidy:import the stack of a panic is for a person, nothing is decided by it
	"runtime/debug"
	"time"

	"gregor/core/env"
)

// CrashError reports that a node, or an assertion about it, panicked.
type CrashError struct {
	Node  string
	Event uint64
	Kind  env.Kind
	At    env.Instant
	Panic any
	Stack string
}

func (e *CrashError) Error() string {
	return fmt.Sprintf("event %d at %v: %s panicked while handling %v: %v", e.Event, e.At, e.Node, e.Kind, e.Panic)
}

// LivelockError reports that events went on without virtual time moving, or without end.
type LivelockError struct {
	Node   string // whose event was the last
	Event  uint64
	Kind   env.Kind
	At     env.Instant
	Events uint64 // how many there were
	Stuck  bool   // all at one instant
}

func (e *LivelockError) Error() string {
	where := "the run's bound"
	if e.Stuck {
		where = "all at one instant: does its Deadline stay in the past?"
	}
	return fmt.Sprintf("event %d at %v: %s handles %v, the %dth event, %s", e.Event, e.At, e.Node, e.Kind, e.Events, where)
}

// Run takes what comes until virtual time reaches until. An error ends the run for good.
func (w *World) Run(until env.Instant) error {
	_, err := w.RunUntil(nil, until)
	return err
}

// RunFor is Run until d from now.
func (w *World) RunFor(d time.Duration) error { return w.Run(w.now.Add(d)) }

// RunUntil runs until condition holds, asked after every step, or until the deadline. It reports whether the condition
// holds. A nil condition never does.
func (w *World) RunUntil(condition func() bool, deadline env.Instant) (held bool, err error) {
	for held = condition != nil && condition(); !held && w.Step(deadline); {
		held = condition != nil && condition()
	}
	return held, w.failure
}

// Step fires the next thing in the queue if it is due by the deadline, and reports whether the run goes on from there.
// If nothing is due by then, virtual time moves on to the deadline and Step reports false, as it does once the run has
// ended with an error ([World.Err]). What one thing gives rise to at once, such as the two ends of a connection that is
// reset, is one step with an event number each.
func (w *World) Step(deadline env.Instant) (fired bool) {
	defer w.catch(&fired)
	switch {
	case w.failure != nil:
		return false
	case w.queue.len() == 0 || w.queue.heap[0].at > deadline:
		w.now = max(w.now, deadline)
		return false
	}
	at, p := w.queue.pop()
	if at > w.now {
		w.now, w.atInstant = at, 0
	}
	w.stats.Fired++
	w.fire(p)
	return true
}

func (w *World) fire(p pending) {
	w.current = 0
	switch p.job {
	case jobTick:
		w.tick(w.nodes[p.node], p.arg)
	case jobDisk:
		w.nodes[p.node].disk.Fire(p.arg)
	case jobNet:
		w.net.Fire(p.arg)
	case jobWake:
		w.wake(w.nodes[p.node], p.arg)
	case jobBoot:
		w.boot(w.nodes[p.node], p.arg)
	case jobCall:
		f := w.calls[p.arg]
		w.calls[p.arg] = nil
		w.freeCalls = append(w.freeCalls, uint32(p.arg))
		f(w)
	}
}

// catch turns a panic into the run's end: nothing counts as fired then.
func (w *World) catch(fired *bool) {
	p := recover()
	if p == nil {
		return
	}
	var over *LivelockError
	if e, ok := p.(error); ok && errors.As(e, &over) {
		w.failure = over
	} else {
		w.failure = &CrashError{Node: w.actor(), Event: w.event, Kind: w.kind, At: w.now, Panic: p,
			Stack: string(debug.Stack())}
	}
	*fired = false
}

// actor names the node whose event is being handled.
func (w *World) actor() string {
	if w.acting == nil {
		return "the world"
	}
	return w.acting.name
}

// begin numbers an event, folds it into the hash and remembers it.
func (w *World) begin(n *node, e *env.Event, cause uint64) {
	w.event++
	w.current, w.causeNow, w.acting, w.kind = w.event, cause, n, e.Kind
	size := eventSize(e)
	word := uint64(e.Kind)<<56 ^ uint64(n.index)<<40 ^ uint64(e.Conn)<<16 ^ uint64(e.File)
	h := fold(w.hash^uint64(w.now), k1^word)
	w.hash = fold(h^uint64(e.Op), k2^uint64(size)^errClass(e.Err)<<60)
	if w.trace != nil {
		w.trace.event(w, n, e, size)
	}
	w.bound()
}

// bound ends a run that makes no progress.
func (w *World) bound() {
	w.atInstant++
	stuck := w.atInstant > w.opts.MaxEventsAtInstant
	if !stuck && (w.opts.MaxEvents == 0 || w.event <= w.opts.MaxEvents) {
		return
	}
	count := w.event
	if stuck {
		count = uint64(w.atInstant)
	}
	panic(&LivelockError{Node: w.actor(), Event: w.event, Kind: w.kind, At: w.now, Events: count, Stuck: stuck})
}

// mix folds a number into the run's hash.
func (w *World) mix(x uint64) { w.hash = fold(w.hash^x, k1) }

// eventSize is how much came with an event, in bytes or directory entries.
func eventSize(e *env.Event) int64 {
	switch {
	case e.Buffer != nil:
		return int64(len(e.Buffer.Bytes))
	case e.Entries != nil:
		return int64(len(e.Entries))
	}
	return int64(e.Size)
}

// errClass classifies errors by what they are, not by their text.
func errClass(err error) uint64 {
	if err == nil {
		return 0
	}
	for i, known := range knownErrors {
		if errors.Is(err, known) {
			return uint64(i + 1)
		}
	}
	return uint64(len(knownErrors) + 1)
}

var knownErrors = []error{env.ErrNotExist, env.ErrExist, env.ErrNoSpace, env.ErrIO, env.ErrRefused, env.ErrReset,
	env.ErrTimeout, env.ErrFrame}

func nanos(n int64) time.Duration { return time.Duration(n) }
