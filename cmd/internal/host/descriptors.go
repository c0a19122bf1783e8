package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// descriptors bounds the descriptors that the node's files take. A file that nothing uses is parked: closed when others
// need its descriptor, and opened again by its name when it is used. The node sees nothing of it, so that the number of
// its files, three a partition, is not bounded by what the system lets the process open.
//
// What was written is synced before a file is parked: a write that the disk could not keep is an error of the file that
// was written to, and the kernel forgets it with the file. If that sync fails, the file stays open, and each later
// operation on it fails.
//
// Only a file that has a name can be opened again: names follow renames, and a file whose name is removed or taken by
// another is opened before, and stays so.
type descriptors struct {
	limit  int // descriptors of the process
	open   atomic.Int64
	names  sync.RWMutex // held for writing while names change, for reading while a parked file is opened
	warned sync.Once

	// Guarded by the node's lock.
	dirs   map[string]*fileDir // by their paths
	nested int                 // of those, the ones below others
	ring   []*file             // all open files of the node, in the order the hand comes by
	hand   int
}

// fileDir is a directory with open files. A rename of it changes the names of all of them.
type fileDir struct {
	path  string
	files map[*file]struct{}
}

// parkedAtOnce is how many files are parked when there are too many open ones.
const parkedAtOnce = 32

// reservedDescriptors are left for what is neither a file of the node's nor a connection that came in: connections to
// peers, directories being synced, standard streams, the lock.
const reservedDescriptors = 128

// most is how many files may be open, given the connections that there are: what those leave, and a fourth at least.
func (d *descriptors) most(connections int) int {
	return max(d.limit/4-min(reservedDescriptors, d.limit/16), d.limit-connections-2*reservedDescriptors)
}

// at is where the file is now.
func (f *file) at() string { return filepath.Join(f.dir.path, f.name) }

// add makes a file known. The node's lock is held, as for the next four.
func (d *descriptors) add(f *file, path string) {
	d.enter(f, path)
	f.spot = len(d.ring)
	d.ring = append(d.ring, f)
	d.open.Add(1)
}

// forget ends what add began.
func (d *descriptors) forget(f *file) {
	last := d.ring[len(d.ring)-1]
	d.ring[f.spot], last.spot = last, f.spot
	d.ring[len(d.ring)-1] = nil
	d.ring = d.ring[:len(d.ring)-1]
	d.leave(f)
}

// enter gives a file its place among the names.
func (d *descriptors) enter(f *file, path string) {
	dir := filepath.Dir(path)
	at := d.dirs[dir]
	if at == nil {
		if d.dirs == nil {
			d.dirs = map[string]*fileDir{}
		}
		at = &fileDir{path: dir, files: map[*file]struct{}{}}
		d.dirs[dir] = at
		d.nested += strings.Count(dir, separator)
	}
	f.dir, f.name = at, filepath.Base(path)
	at.files[f] = struct{}{}
}

const separator = string(filepath.Separator)

func (d *descriptors) leave(f *file) {
	at := f.dir
	if delete(at.files, f); len(at.files) == 0 {
		delete(d.dirs, at.path)
		d.nested -= strings.Count(at.path, separator)
	}
}

// below lists the files at a path and in directories there, the files of each in no order.
func (d *descriptors) below(path string) (out []*file) {
	if at := d.dirs[filepath.Dir(path)]; at != nil {
		for f := range at.files {
			if f.name == filepath.Base(path) {
				out = append(out, f)
			}
		}
	}
	if at := d.dirs[path]; at != nil {
		for f := range at.files {
			out = append(out, f)
		}
	}
	if d.nested == 0 {
		return out
	}
	for dir, at := range d.dirs {
		if strings.HasPrefix(dir, path+separator) {
			for f := range at.files {
				out = append(out, f)
			}
		}
	}
	return out
}

// acquire begins a use of the file's descriptor, and opens a parked file again; release ends it. While there is a use
// the file is not parked.
func (f *file) acquire(h *Host) error {
	f.busy.Add(1) // before parked is read: park stores that first, and then reads busy
	if !f.parked.Load() {
		return f.broken()
	}
	h.descriptors.names.RLock()
	err := f.unpark(h)
	h.descriptors.names.RUnlock()
	if err == nil {
		h.parkSome()
		err = f.broken()
	}
	return err
}

func (f *file) release() { f.busy.Add(-1) }

func (f *file) broken() error {
	if err := f.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// unpark opens a parked file. Names do not change meanwhile.
func (f *file) unpark(h *Host) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.f == nil {
		h.mu.Lock()
		path := f.at()
		h.mu.Unlock()
		again, err := h.openWith(path, os.O_RDWR)
		if err != nil {
			return fmt.Errorf("%s, which was closed to save a descriptor, cannot be opened again: %w", path, err)
		}
		f.f, f.fd = again, again.Fd()
		h.descriptors.open.Add(1)
	}
	f.parked.Store(false)
	return nil
}

// openTries is how often a file is tried to be opened while the process has no descriptor left.
const openTries = 4

// openWith opens a file; files that nothing uses make room if there is no descriptor left.
func (h *Host) openWith(path string, flags int) (f *os.File, err error) {
	for range openTries {
		f, err = h.root.OpenFile(path, flags, 0o644)
		if !outOfDescriptors(err) {
			break
		}
		h.park(parkedAtOnce)
	}
	return f, err
}

// parkSome parks files if more are open than there should be: connections that came in need theirs.
func (h *Host) parkSome() {
	d := &h.descriptors
	most := d.most(int(h.stats.connections.Load()))
	over := int(d.open.Load()) - most
	if over <= 0 {
		return
	}
	d.warned.Do(func() {
		h.log.Warn("there are more files than the process may open: those that are not in use are closed, and opened again as needed; with a higher limit (ulimit -n) they would stay open",
			"limit", d.limit, "most", most)
	})
	h.park(max(over, parkedAtOnce))
}

// park closes up to n files that nothing uses. Those that were not used since the hand came by last go first.
func (h *Host) park(n int) {
	for _, f := range h.descriptors.unused(h, n) {
		f.park(h)
	}
}

// looksMax bounds how many files are looked at under the node's lock.
const looksMax = 4096

// unused picks files to park, at most n of them.
func (d *descriptors) unused(h *Host, n int) (out []*file) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for looked := 0; looked < min(2*len(d.ring), looksMax) && len(out) < n; looked++ {
		d.hand = (d.hand + 1) % len(d.ring)
		switch f := d.ring[d.hand]; {
		case f.used:
			f.used = false
		case !f.nameless && !f.parked.Load() && f.failed.Load() == nil:
			out = append(out, f)
		}
	}
	return out
}

// park closes a file, unless it is used or its name has gone.
func (f *file) park(h *Host) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.parked.Store(true)
	if f.busy.Load() != 0 || f.keep || f.f == nil {
		f.parked.Store(f.f == nil)
		return
	}
	if err := f.syncWritten(h); err != nil {
		f.failed.Store(&err)
		f.parked.Store(false)
		return
	}
	_ = f.f.Close() // what was written is synced
	f.f, f.fd = nil, 0
	h.descriptors.open.Add(-1)
}

// syncWritten syncs what was written since the last sync.
func (f *file) syncWritten(h *Host) error {
	n := f.written.Load()
	if n == f.synced.Load() {
		return nil
	}
	h.stats.syncs.Add(1)
	if err := syncFile(f); err != nil {
		return fmt.Errorf("sync of %s: %w", f.path, err)
	}
	f.synced.Store(n)
	return nil
}

// renamed has the names of open files follow a rename. Names are locked.
func (h *Host) renamed(from, to string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := &h.descriptors
	for _, f := range d.below(from) {
		if !f.nameless {
			path := to + strings.TrimPrefix(f.at(), from)
			d.leave(f)
			d.enter(f, path)
		}
	}
}

// keepOpen opens the files at a path, or below it, and leaves them open: their names are about to go. Names are locked.
func (h *Host) keepOpen(path string) error {
	h.mu.Lock()
	all := h.descriptors.below(path)
	for _, f := range all {
		f.nameless = true
	}
	h.mu.Unlock()
	for _, f := range all {
		if err := f.stayOpen(h); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) stayOpen(h *Host) error {
	err := f.unpark(h)
	f.mu.Lock()
	f.keep = true
	f.mu.Unlock()
	return err
}

// outOfDescriptors reports whether the process, or the system, may open no more files.
func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
