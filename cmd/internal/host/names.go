package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gregor/core/env"
)

// nameOp is an operation on names. They take effect in the order of submission, so one goroutine at a time
// carries them: the first to be queued starts it, and it stays as long as there are more.
type nameOp struct {
	do       naming
	op       env.OpID
	path, to string
	how      env.OpenMode
}

type naming uint8

const (
	nameOpen naming = iota + 1
	nameMkdir
	nameRename
	nameRemove
	nameList
	nameSync
	nameSpace
)

// lockName is the lock's file in the data directory; the node does not see it.
const lockName = ".lock"

func (h *Host) name(o nameOp) {
	if h.inside == nil {
		panic("host: the node submitted an operation outside Step")
	}
	h.names = append(h.names, o)
}

// carryNames carries the queue of names until it is empty.
func (h *Host) carryNames() {
	k := &carrier{h: h}
	var batch []nameOp
	for {
		h.mu.Lock()
		batch, h.names = h.names, batch[:0]
		h.naming = len(batch) > 0
		h.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for i := range batch {
			h.stats.names.Add(1)
			k.bring(h.doName(&batch[i]))
		}
		clear(batch)
	}
}

func (h *Host) doName(o *nameOp) env.Event {
	e := env.Event{Op: o.op}
	if !inside(o.path) || !inside(o.to) {
		e.Err = fmt.Errorf("%w: the path %q leads out of the data directory", env.ErrIO, o.path+o.to)
	}
	path := local(o.path)
	switch o.do {
	case nameOpen:
		e.Kind = env.Opened
		h.openFile(&e, path, o.how)
	case nameMkdir:
		e.Kind = env.Renamed
		h.try(&e, func() error { return h.root.MkdirAll(path, 0o755) })
	case nameRename:
		e.Kind = env.Renamed
		h.try(&e, func() error { return h.rename(path, local(o.to)) })
	case nameRemove:
		e.Kind = env.Removed
		h.try(&e, func() error { return h.remove(path) })
	case nameList:
		e.Kind = env.Listed
		h.try(&e, func() (err error) { e.Entries, err = h.list(path); return err })
	case nameSpace:
		e.Kind = env.Spaced
		h.try(&e, func() (err error) { e.Space, err = spaceOf(h.opt.DataDir); return err })
	case nameSync:
		e.Kind = env.DirSynced
		h.try(&e, func() error { return h.syncDir(path) })
	}
	return e
}

func (h *Host) try(e *env.Event, do func() error) {
	if e.Err == nil {
		e.Err = diskError(do())
	}
}

// local is a node's path as the operating system writes it.
func local(path string) string {
	if path == "" {
		return "."
	}
	return filepath.FromSlash(path)
}

var openFlags = [...]int{
	env.MustExist:    os.O_RDWR,
	env.MayCreate:    os.O_RDWR | os.O_CREATE,
	env.MustCreate:   os.O_RDWR | os.O_CREATE | os.O_EXCL,
	env.CreateOrTrim: os.O_RDWR | os.O_CREATE | os.O_TRUNC,
}

// openFile opens, and makes the file known before its Opened event is stepped.
func (h *Host) openFile(e *env.Event, path string, how env.OpenMode) {
	if e.Err != nil {
		return
	}
	f, err := h.openWith(path, openFlags[how])
	if err != nil {
		e.Err = diskError(err)
		return
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		_ = f.Close()
		e.Err = diskError(&fs.PathError{Op: "open", Path: path, Err: err})
		return
	}
	e.Size = env.Position(info.Size())
	e.File = h.addFile(f, path)
	h.parkSome()
}

func (h *Host) addFile(f *os.File, path string) env.FileID {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lastFile++
	of := &file{id: h.lastFile, f: f, fd: f.Fd(), path: path, used: true}
	of.users.Store(1)
	h.descriptors.add(of, path)
	h.files[of.id] = of
	h.stats.openFiles.Add(1)
	return of.id
}

func (h *Host) rename(from, to string) error {
	if from == "." || to == "." || from == lockName || to == lockName {
		return fmt.Errorf("rename %s to %s: not a file of the node", from, to)
	}
	h.descriptors.names.Lock()
	defer h.descriptors.names.Unlock()
	if err := h.keepOpen(to); err != nil {
		return err
	}
	err := h.root.Rename(from, to)
	if err == nil {
		h.renamed(from, to)
	}
	return err
}

// remove is an error for what is not there, as everywhere else in env.Disk.
func (h *Host) remove(path string) error {
	if path == "." || path == lockName {
		return fmt.Errorf("remove %s: not a file of the node", path)
	}
	if _, err := h.root.Lstat(path); err != nil {
		return err
	}
	h.descriptors.names.Lock()
	defer h.descriptors.names.Unlock()
	if err := h.keepOpen(path); err != nil {
		return err
	}
	return h.root.RemoveAll(path)
}

func (h *Host) list(dir string) ([]env.DirEntry, error) {
	d, err := h.root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	found, err := d.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	entries := make([]env.DirEntry, 0, len(found))
	for _, f := range found {
		info, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) || dir == "." && f.Name() == lockName {
			continue
		}
		if err != nil {
			return nil, err
		}
		entry := env.DirEntry{Name: f.Name(), Dir: f.IsDir()}
		if !entry.Dir {
			entry.Size = env.Position(info.Size())
		}
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(a, b env.DirEntry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (h *Host) syncDir(dir string) error {
	d, err := h.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	h.stats.syncs.Add(1)
	return syncDirectory(d)
}
