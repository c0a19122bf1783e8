package host

import (
	"sync"

	"gregor/core/env"
)

// syncs is the queue of files to be synced, and the few workers that do it. A file is in the queue at most once:
// all the Syncs asked for until a worker takes it are served by one system call, as each of them covers only
// writes that were complete when it was asked for. So the queue is never longer than there are open files.
type syncs struct {
	h       *Host
	mu      sync.Mutex
	come    sync.Cond
	queue   []*file
	workers int
	idle    int
	max     int
	closed  bool
}

// syncWaiters are a file's Syncs that wait for a worker. Guarded by syncs.mu.
type syncWaiters struct {
	ops    []env.OpID
	spare  []env.OpID // the list the last worker is through with
	queued bool       // in the queue, or a worker has it
}

func (s *syncs) init(h *Host, max int) {
	s.h, s.max = h, max
	s.come.L = &s.mu
}

// add queues a Sync. The use of f that the operation counts is the worker's to drop.
func (s *syncs) add(f *file, op env.OpID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.sync.ops = append(f.sync.ops, op)
	if f.sync.queued {
		return
	}
	f.sync.queued = true
	s.queue = append(s.queue, f)
	if s.idle == 0 && s.workers < s.max && !s.closed {
		s.workers++
		s.h.spawn(s.work)
	}
	s.come.Signal()
}

func (s *syncs) work() {
	k := &carrier{h: s.h}
	for {
		f, ops := s.next()
		if f == nil {
			return
		}
		err := diskError(f.syncNow(s.h))
		s.h.stats.syncs.Add(1)
		s.h.stats.syncsDone.Add(uint64(len(ops)))
		for _, op := range ops {
			k.complete(f, env.Event{Kind: env.Synced, Op: op, Err: err})
		}
		k.stepAll()
		k.endUses()
		s.done(f, ops) // only now: Synceds of one file come in order, and the next sync runs while answers leave
		k.carry()
		k.run()
	}
}

// syncNow syncs what was written before.
func (f *file) syncNow(h *Host) error {
	defer f.release()
	if err := f.acquire(h); err != nil {
		return err
	}
	n := f.written.Load()
	err := syncFile(f)
	if err == nil {
		f.synced.Store(n)
	}
	return err
}

// next waits for a file and takes all its waiters.
func (s *syncs) next() (*file, []env.OpID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 {
		if s.closed {
			return nil, nil
		}
		s.idle++
		s.come.Wait()
		s.idle--
	}
	f := s.queue[0]
	s.queue = append(s.queue[:0], s.queue[1:]...)
	ops := f.sync.ops
	f.sync.ops, f.sync.spare = f.sync.spare[:0], nil
	return f, ops
}

// done lets the file be queued again, at once if more Syncs came meanwhile.
func (s *syncs) done(f *file, ops []env.OpID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.sync.spare = ops[:0]
	f.sync.queued = len(f.sync.ops) > 0
	if f.sync.queued {
		s.queue = append(s.queue, f)
		s.come.Signal()
	}
}

func (s *syncs) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.come.Broadcast()
}
