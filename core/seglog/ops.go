package seglog

import "gregor/core/env"

// Ops allocates the OpIDs of one owner, so that whoever receives an outcome knows whose it is.
type Ops struct {
	owner uint32
	seq   uint32
}

// NewOps returns the allocator of an owner. Owners of one node must differ.
func NewOps(owner uint32) *Ops { return &Ops{owner: owner} }

// Next allocates an OpID. It is never zero.
func (o *Ops) Next() env.OpID {
	o.seq++
	if o.seq == 0 {
		o.seq = 1
	}
	return env.OpID(uint64(o.owner)<<32 | uint64(o.seq))
}

// Owner says whose op it is.
func Owner(op env.OpID) uint32 { return uint32(op >> 32) }

// then is what happens when an operation has come back.
type then func(env.Now, env.Event)

// op allocates an OpID and remembers what comes after it, whatever the outcome.
func (l *Log) op(f then) env.OpID {
	id := l.ops.Next()
	l.pending[id] = f
	return id
}

// must is op for operations whose failure fences the partition; what says what was attempted.
func (l *Log) must(what string, f then) env.OpID {
	return l.op(func(now env.Now, e env.Event) {
		if e.Err != nil {
			e.Buffer.Release()
			l.diskFailed(now, what, e)
			return
		}
		f(now, e)
	})
}

// forget lets go of everything in flight, and of what waited for it: the outcomes are thrown away when they come.
func (l *Log) forget() {
	clear(l.pending)
	l.flusher.syncs, l.drained = nil, nil
}

func (l *Log) resume(now env.Now, e env.Event) {
	f, ok := l.pending[e.Op]
	if !ok {
		e.Buffer.Release()
		if e.Kind == env.Opened && e.Err == nil {
			l.closeFile(e.File)
		}
		return
	}
	delete(l.pending, e.Op)
	f(now, e)
}

// nothing is what comes after the last step.
func nothing(env.Now) {}

// closed takes the outcome of closing a file. It cannot matter: what counts of the file was synced before.
//
//tidy:outcome what counts of a file is synced before it is closed, and of the others nothing counts
func closed(env.Now, env.Event) {}
