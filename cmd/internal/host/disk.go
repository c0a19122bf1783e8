package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"

	"gregor/core/env"
)

// disk is the node's env.Disk. Its methods run inside Step and only note what is to be done.
type disk struct{ h *Host }

// file is an open file. It is closed for real when the node has closed it and no operation and no Send uses it.
type file struct {
	id    env.FileID
	path  string       // as it was opened, for people
	mu    sync.Mutex   // of f and fd, where nothing has acquired them
	f     *os.File     // nil while parked
	fd    uintptr      // f's; valid as long as f is open
	keep  bool         // never to be parked again: it has no name by which it could be opened
	users atomic.Int32 // operations, segments on their way out, and one for being open
	end   env.OpID     // of the node's Close; set before that one user is dropped
	sync  syncWaiters

	parked  atomic.Bool           // see descriptors
	busy    atomic.Int32          // uses of the descriptor
	written atomic.Uint64         // writes and truncations that are done
	synced  atomic.Uint64         // of those, how many a sync covers
	failed  atomic.Pointer[error] // of the sync before it was to be parked

	// Guarded by the node's lock.
	dir      *fileDir
	name     string
	spot     int  // in descriptors.ring
	used     bool // since the hand came by
	nameless bool
}

// use adds a user.
func (f *file) use() *file {
	f.users.Add(1)
	return f
}

// drop ends one use. The last one closes the file.
func (f *file) drop(k *carrier) {
	switch left := f.users.Add(-1); {
	case left < 0, left == 0 && f.end == 0:
		panic(fmt.Sprintf("host: %s was dropped more often than used; a region or an operation was counted twice", f.path))
	case left == 0:
		err := f.closeForGood(k.h)
		k.h.stats.openFiles.Add(-1)
		if f.end != 0 {
			k.events = append(k.events, env.Event{Kind: env.FileClosed, Op: f.end, File: f.id, Err: diskError(err)})
		}
	}
}

// closeForGood closes the file, if it is not parked.
func (f *file) closeForGood(h *Host) error {
	h.mu.Lock()
	h.descriptors.forget(f)
	h.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f, f.fd = nil, 0
	h.descriptors.open.Add(-1)
	return err
}

func (f *file) closeWhenUnused(k *carrier, op env.OpID) {
	f.end = op
	f.drop(k)
}

// file finds an open file of the node's.
func (h *Host) file(id env.FileID, what string) *file {
	f := h.files[id]
	if f == nil {
		panic(fmt.Sprintf("host: %s of file %d, which is not open; the node used it after Close or before Opened", what, id))
	}
	f.used = true
	return f.use()
}

func (d disk) Open(op env.OpID, path string, how env.OpenMode) {
	d.h.name(nameOp{do: nameOpen, op: op, path: path, how: how})
}
func (d disk) MkdirAll(op env.OpID, dir string) { d.h.name(nameOp{do: nameMkdir, op: op, path: dir}) }
func (d disk) Rename(op env.OpID, from, to string) {
	d.h.name(nameOp{do: nameRename, op: op, path: from, to: to})
}
func (d disk) Remove(op env.OpID, path string) { d.h.name(nameOp{do: nameRemove, op: op, path: path}) }
func (d disk) List(op env.OpID, dir string)    { d.h.name(nameOp{do: nameList, op: op, path: dir}) }
func (d disk) Space(op env.OpID)               { d.h.name(nameOp{do: nameSpace, op: op}) }

func (d disk) SyncDir(op env.OpID, dir string) { d.h.name(nameOp{do: nameSync, op: op, path: dir}) }

func (d disk) ReadAt(op env.OpID, id env.FileID, pos env.Position, n int) {
	d.h.submit(effect{do: doRead, op: op, file: d.h.file(id, "ReadAt"), pos: pos, n: n})
}

func (d disk) WriteAt(op env.OpID, id env.FileID, pos env.Position, parts ...[]byte) {
	k := d.h.submit(effect{do: doWrite, op: op, file: d.h.file(id, "WriteAt"), pos: pos})
	e := &k.effects[len(k.effects)-1]
	e.from = len(k.parts)
	for _, p := range parts {
		if len(p) > 0 {
			k.parts = append(k.parts, p)
			e.n += len(p)
		}
	}
	e.to = len(k.parts)
}

func (d disk) Truncate(op env.OpID, id env.FileID, size env.Position) {
	d.h.submit(effect{do: doTruncate, op: op, file: d.h.file(id, "Truncate"), pos: size})
}

func (d disk) Sync(op env.OpID, id env.FileID) {
	d.h.submit(effect{do: doSync, op: op, file: d.h.file(id, "Sync")})
}

func (d disk) Close(op env.OpID, id env.FileID) {
	f := d.h.file(id, "Close")
	f.users.Add(-1) // the use that file counted: Close ends one, it does not add one
	delete(d.h.files, id)
	d.h.submit(effect{do: doClose, op: op, file: f})
}

// write carries out effect i and those after it that continue it in the same file, with one system call. It
// reports how many more than the first it took.
func (k *carrier) write(i int) (more int) {
	first := &k.effects[i]
	n, to := first.n, first.to
	for j := i + 1; j < len(k.effects); j++ {
		e := &k.effects[j]
		if e.do != doWrite || e.file != first.file || e.pos != first.pos+env.Position(n) || e.from != to {
			break
		}
		n, to, more = n+e.n, e.to, more+1
	}
	err := first.file.acquire(k.h)
	if err == nil {
		err = k.writeAll(first.file, k.parts[first.from:to], first.pos)
		first.file.written.Add(1)
	}
	first.file.release()
	k.h.stats.bytesWritten.Add(uint64(n))
	for j := i; j <= i+more; j++ {
		e := &k.effects[j]
		k.complete(e.file, env.Event{Kind: env.Wrote, Op: e.op, Err: diskError(err)})
	}
	return more
}

func (k *carrier) read(e *effect) {
	f := k.h.pool.get(max(e.n, 1), nil)
	n, err := e.file.read(k.h, f.mem[:e.n], int64(e.pos))
	k.h.stats.preads.Add(1)
	k.h.stats.bytesRead.Add(uint64(n))
	ev := env.Event{Kind: env.Read, Op: e.op, Err: diskError(err)}
	if err == nil {
		f.Bytes = f.mem[:n]
		ev.Bytes, ev.Buffer = f.Bytes, &f.Buffer
	} else {
		f.release()
	}
	k.complete(e.file, ev)
}

// read reads until p is full or the file ends.
func (f *file) read(h *Host, p []byte, pos int64) (n int, err error) {
	if err = f.acquire(h); err == nil {
		n, err = readFull(f.f, p, pos)
	}
	f.release()
	return n, err
}

func (k *carrier) truncate(e *effect) {
	err := e.file.acquire(k.h)
	if err == nil {
		err = e.file.f.Truncate(int64(e.pos))
		e.file.written.Add(1)
	}
	e.file.release()
	k.complete(e.file, env.Event{Kind: env.Truncated, Op: e.op, Err: diskError(err)})
}

// diskError says in env's words what went wrong, and keeps the system's.
func diskError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, env.ErrIO), errors.Is(err, env.ErrNotExist), errors.Is(err, env.ErrExist),
		errors.Is(err, env.ErrNoSpace):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w (%w)", env.ErrNotExist, err)
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTEMPTY):
		return fmt.Errorf("%w (%w)", env.ErrExist, err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EFBIG), quotaExceeded(err):
		return fmt.Errorf("%w (%w)", env.ErrNoSpace, err)
	}
	return fmt.Errorf("%w (%w)", env.ErrIO, err)
}

// inside reports whether a path of the node's stays below its data directory.
func inside(path string) bool {
	return path == "" || filepath.IsLocal(filepath.FromSlash(path))
}
