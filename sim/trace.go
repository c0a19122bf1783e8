package sim

import (
	"fmt"
	"sort"
	"strings"

	"gregor/core/env"
)

// Entry is one event, fault or fact of a run, kept as data and written as a line on demand.
type Entry struct {
	Event, Cause uint64
	At           env.Instant
	Node         int32 // -1: none
	Kind         env.Kind
	Op           env.OpID
	Conn         env.ConnID
	File         env.FileID
	Path         string // of File, or of the name that an operation was about
	Peer         int32  // the node at the other end of Conn; -1: none, or not accepted yet
	Label        Label  // of a Message
	Size         int64
	Err          error
	Fault        string   // what was done to the world; Kind is 0
	Fact         env.Fact // emitted in the step of Event; Kind is 0
	Hash         uint64   // of the run, this entry included
}

// Trace remembers the events of a run, all or the last ones.
type Trace struct {
	Zero  env.Instant // of the clock that the lines show
	names []string    // of nodes by index
	bound int         // 0: none
	ring  []Entry
	next  int
	total uint64
}

func newTrace(n int) *Trace {
	if n == TraceAll {
		n = 0
	}
	return &Trace{bound: n}
}

func (t *Trace) add(e Entry) {
	t.total++
	if t.bound == 0 || len(t.ring) < t.bound {
		t.ring = append(t.ring, e)
		return
	}
	t.ring[t.next] = e
	t.next = (t.next + 1) % t.bound
}

func (t *Trace) event(w *World, n *node, e *env.Event, size int64) {
	x := Entry{Event: w.event, Cause: w.causeNow, At: w.now, Node: int32(n.index), Kind: e.Kind, Op: e.Op, Conn: e.Conn,
		File: e.File, Peer: int32(w.net.Peer(n.index, e.Conn)), Size: size, Err: e.Err, Hash: w.hash}
	switch {
	case e.Kind == env.Message:
		x.Label = w.labelOf(n, e)
	case e.Kind.IsDisk():
		x.Path = n.disk.About(e)
	}
	t.add(x)
}

func (t *Trace) fault(w *World, n *node, what string) {
	at := int32(-1)
	if n != nil {
		at = int32(n.index)
	}
	t.add(Entry{Event: w.event, At: w.now, Node: at, Fault: what, Hash: w.hash})
}

func (t *Trace) fact(s Stamped, n *node) {
	t.add(Entry{Event: s.Event, Cause: s.Cause, At: s.At, Node: int32(n.index), Fact: s.Fact, Hash: n.world.hash})
}

// Name is a node's name by its index, "" for -1.
func (t *Trace) Name(index int32) string {
	if index < 0 {
		return ""
	}
	return t.names[index]
}

// Entries lists what is remembered, oldest first.
func (t *Trace) Entries() []Entry {
	return append(append([]Entry(nil), t.ring[t.next:]...), t.ring[:t.next]...)
}

// Since returns the entries after the first n of a trace that remembers all.
func (t *Trace) Since(n int) []Entry { return t.ring[min(n, len(t.ring)):] }

// Line is one entry for a person.
func (t *Trace) Line(e Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#%d %s", e.Event, e.At.Clock(t.Zero))
	if e.Node >= 0 {
		fmt.Fprintf(&b, " %s", t.names[e.Node])
	}
	switch {
	case e.Fact != nil:
		fmt.Fprintf(&b, "   emits %s", env.Describe(e.Fact))
		return b.String()
	case e.Fault != "":
		fmt.Fprintf(&b, " FAULT %s", e.Fault)
		return b.String()
	}
	fmt.Fprintf(&b, " %v", e.Kind)
	e.details(&b)
	fmt.Fprintf(&b, " <- #%d", e.Cause)
	return b.String()
}

func (e *Entry) details(b *strings.Builder) {
	if e.Op != 0 {
		fmt.Fprintf(b, " op=%d:%d", uint64(e.Op)>>32, uint32(e.Op))
	}
	if e.Conn != 0 {
		fmt.Fprintf(b, " conn=%d", e.Conn)
	}
	if e.File != 0 {
		fmt.Fprintf(b, " file=%d", e.File)
	}
	if e.Size != 0 {
		fmt.Fprintf(b, " size=%d", e.Size)
	}
	if e.Err != nil {
		fmt.Fprintf(b, " err=%q", e.Err)
	}
}

// String is everything remembered, a line each.
func (t *Trace) String() string {
	var b strings.Builder
	for _, e := range t.Entries() {
		b.WriteString(t.Line(e))
		b.WriteByte('\n')
	}
	return b.String()
}

// Find returns the entry of an event or fault by its number.
func (t *Trace) Find(event uint64) (Entry, bool) {
	n := len(t.ring)
	i := sort.Search(n, func(i int) bool { return t.ring[(t.next+i)%n].Event >= event })
	for ; i < n && t.ring[(t.next+i)%n].Event == event; i++ {
		if e := t.ring[(t.next+i)%n]; e.Fact == nil {
			return e, true
		}
	}
	return Entry{}, false
}

// maxChain bounds how far back a cause chain goes.
const maxChain = 32

// Chain answers "why?": the event, what caused it, what caused that, as far as remembered.
func (t *Trace) Chain(event uint64) []Entry {
	var chain []Entry
	for event != 0 && len(chain) < maxChain {
		e, ok := t.Find(event)
		if !ok {
			break
		}
		chain = append(chain, e)
		event = e.Cause
	}
	return chain
}
