package disksim

import (
	"fmt"
	"slices"
	"strings"

	"gregor/core/env"
)

// maxNameStates bounds what is remembered of one name between two SyncDirs.
const maxNameStates = 8

// inode is a file or a directory.
type inode struct {
	dir   bool
	names map[string]*entry // of a directory
	up    *inode            // the directory that names it now; nil if none does

	content  // of a file
	unsynced //
	opens    int
	writing  []*op // writes in flight, to catch overlaps
	rnd      env.Rand

	mark, chosen int  // used while a power cut decides:
	durable      bool // some name stood for it at the last SyncDir
}

// entry is one name in a directory: what it stood for at the last SyncDir, and since. The last state is the
// present one. It never lacks a first state.
type entry struct {
	name   string
	states []nameState
}

// nameState is what a name stood for from one change on; nil means nothing was there.
type nameState struct {
	node   *inode
	stamp  uint64 // numbers the changes of names on this disk
	doomed bool   // a SyncDir that covered it failed
}

func (e *entry) now() *inode { return e.states[len(e.states)-1].node }

// set records that the name stands for n from now on.
func (e *entry) set(n *inode, stamp uint64) {
	if len(e.states) == maxNameStates {
		e.states = slices.Delete(e.states, 1, 2)
	}
	e.states = append(e.states, nameState{node: n, stamp: stamp})
}

// makeDurable makes the last state up to stamp the durable one; a doomed one stays undecided.
func (e *entry) makeDurable(upto uint64) {
	for i := len(e.states) - 1; i > 0; i-- {
		if s := e.states[i]; s.stamp <= upto && !s.doomed {
			e.states = slices.Delete(e.states, 0, i)
			return
		}
	}
}

func (e *entry) doom(upto uint64) {
	for i := range e.states[1:] {
		if e.states[i+1].stamp <= upto {
			e.states[i+1].doomed = true
		}
	}
}

func newDir() *inode { return &inode{dir: true, names: map[string]*entry{}} }

// at returns what a name in a directory stands for now.
func (n *inode) at(name string) *inode {
	if e := n.names[name]; e != nil {
		return e.now()
	}
	return nil
}

// sorted returns the entries of a directory by name, those that stand for nothing now included.
func (n *inode) sorted() []*entry {
	var list []*entry
	for _, e := range n.names {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b *entry) int { return strings.Compare(a.name, b.name) })
	return list
}

// bind makes name stand for n in directory dir; n nil removes it.
func (d *Disk) bind(dir *inode, name string, n *inode) {
	d.stamp++
	e := dir.names[name]
	if e == nil {
		e = &entry{name: name, states: []nameState{{}}}
		dir.names[name] = e
	}
	if old := e.now(); old != nil && old.up == dir {
		old.up = nil
	}
	e.set(n, d.stamp)
	if n != nil {
		n.up = dir
	}
}

// clean forgets names that neither stand nor ever durably stood for anything.
func (n *inode) clean() {
	for _, e := range n.sorted() {
		if len(e.states) == 1 && e.states[0].node == nil {
			delete(n.names, e.name)
		}
	}
}

// split divides a path into its directory and last name; the root is "" or ".".
func split(path string) (dir, name string) {
	path = strings.TrimSuffix(path, "/")
	if path == "." {
		path = ""
	}
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// find returns what a path stands for, nil if nothing.
func (d *Disk) find(path string) *inode {
	n := d.root
	for path != "" && path != "." {
		name, rest, _ := strings.Cut(path, "/")
		if name == ".." {
			panic(fmt.Sprintf("disksim: path %q leaves the data directory; core must not ask for it", path))
		}
		if name != "" && name != "." {
			if !n.dir {
				return nil
			}
			if n = n.at(name); n == nil {
				return nil
			}
		}
		path = rest
	}
	return n
}

// place returns the directory of a path and its last name, or an error if there is no such directory.
func (d *Disk) place(path string) (*inode, string, error) {
	dir, name := split(path)
	n := d.find(dir)
	if n == nil || !n.dir || name == "" {
		return nil, "", fmt.Errorf("%s: %w", path, env.ErrNotExist)
	}
	return n, name, nil
}
