package disksim

import (
	"errors"
	"fmt"
	"strings"

	"gregor/core/env"
)

var (
	errIsDir  = errors.New("is a directory")
	errNotDir = errors.New("not a directory")
)

// open finds or makes the file of an Open.
func (d *Disk) open(path string, how env.OpenMode) (*inode, error) {
	dir, name, err := d.place(path)
	if err != nil {
		return nil, err
	}
	n := dir.at(name)
	switch {
	case n != nil && n.dir:
		return nil, fmt.Errorf("%s: %w", path, errIsDir)
	case n == nil && how == env.MustExist:
		return nil, fmt.Errorf("%s: %w", path, env.ErrNotExist)
	case n != nil && how == env.MustCreate:
		return nil, fmt.Errorf("%s: %w", path, env.ErrExist)
	case n == nil:
		return d.create(dir, name, path), nil
	case how == env.CreateOrTrim && n.size > 0:
		d.used -= n.size
		n.truncate(0)
	}
	return n, nil
}

// create makes an empty file. Its random stream is keyed by path and by how often the path was created.
func (d *Disk) create(dir *inode, name, path string) *inode {
	d.created[path]++
	n := &inode{rnd: d.rnd.ForkN("file/"+path, d.created[path])}
	d.bind(dir, name, n)
	return n
}

func (d *Disk) mkdirAll(path string) error {
	n := d.root
	for name := range strings.SplitSeq(path, "/") {
		if name == "" || name == "." {
			continue
		}
		next := n.at(name)
		if next == nil {
			next = newDir()
			d.bind(n, name, next)
		}
		if !next.dir {
			return fmt.Errorf("%s: %w", path, env.ErrExist)
		}
		n = next
	}
	return nil
}

func (d *Disk) rename(from, to string) error {
	src, fromName, err := d.place(from)
	if err != nil {
		return err
	}
	n := src.at(fromName)
	if n == nil {
		return fmt.Errorf("%s: %w", from, env.ErrNotExist)
	}
	dst, toName, err := d.place(to)
	if err != nil {
		return err
	}
	old := dst.at(toName)
	if err := mayReplace(n, old, dst, to); err != nil || old == n {
		return err
	}
	d.bind(dst, toName, n)
	d.bind(src, fromName, nil)
	n.up = dst
	d.drop(old)
	return nil
}

// mayReplace returns why n may not replace old in dst, nil if it may.
func mayReplace(n, old, dst *inode, to string) error {
	for up := dst; n.dir && up != nil; up = up.up {
		if up == n {
			return fmt.Errorf("%s: cannot move a directory into itself: %w", to, env.ErrIO)
		}
	}
	switch {
	case old == nil || old == n || !old.dir && !n.dir:
		return nil
	case old.dir && n.dir && empty(old):
		return nil
	case !old.dir:
		return fmt.Errorf("%s: %w", to, errNotDir)
	}
	return fmt.Errorf("%s: %w", to, env.ErrExist)
}

func empty(dir *inode) bool {
	for _, e := range dir.sorted() {
		if e.now() != nil {
			return false
		}
	}
	return true
}

func (d *Disk) remove(path string) error {
	dir, name, err := d.place(path)
	if err != nil {
		return err
	}
	n := dir.at(name)
	if n == nil {
		return fmt.Errorf("%s: %w", path, env.ErrNotExist)
	}
	d.unlink(dir, name, n)
	return nil
}

// unlink takes a name away, and before it all names below it. Directories cannot loop, so neither can this.
func (d *Disk) unlink(dir *inode, name string, n *inode) {
	if n.dir {
		for _, e := range n.sorted() {
			if below := e.now(); below != nil {
				d.unlink(n, e.name, below)
			}
		}
	}
	d.bind(dir, name, nil)
	d.drop(n)
}

// drop gives back the space of a file that no name and no handle reaches any more.
func (d *Disk) drop(n *inode) {
	if n != nil && !n.dir && n.up == nil && n.opens == 0 {
		d.used -= n.size
	}
}

func (d *Disk) list(path string) ([]env.DirEntry, error) {
	n := d.find(path)
	if n == nil {
		return nil, fmt.Errorf("%s: %w", path, env.ErrNotExist)
	}
	if !n.dir {
		return nil, fmt.Errorf("%s: %w", path, errNotDir)
	}
	var list []env.DirEntry
	for _, e := range n.sorted() {
		if at := e.now(); at != nil {
			list = append(list, env.DirEntry{Name: e.name, Dir: at.dir, Size: env.Position(at.size)})
		}
	}
	return list, nil
}

// syncDir makes the changes of names up to stamp durable, or marks them clean without.
func (d *Disk) syncDir(path string, upto uint64, failed bool) error {
	n := d.find(path)
	if n == nil || !n.dir {
		return fmt.Errorf("%s: %w", path, env.ErrNotExist)
	}
	for _, e := range n.sorted() {
		if failed {
			e.doom(upto)
		} else {
			e.makeDurable(upto)
		}
	}
	n.clean()
	if failed {
		return fmt.Errorf("sync of directory %q: %w", path, env.ErrIO)
	}
	return nil
}
