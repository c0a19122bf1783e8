package disksim

import "gregor/core/env"

// powerCut decides what each name stands for and then what each file holds.
func (d *Disk) powerCut() {
	d.ends++
	r := d.rnd.ForkN("cut", d.ends)
	dirs := d.everyDir()
	d.chooseNames(dirs, r.Fork("names"))
	d.root.up = nil
	d.used = 0
	d.eachFile(d.root, "", func(path string, n *inode) {
		n.losePower(r.Fork("file/"+path), d.opts.PowerCut)
		n.opens, n.writing = 0, nil
		d.used += n.size
	})
}

// everyDir lists the directories that any state of any name reaches, parents first, in an order that depends
// on names only.
func (d *Disk) everyDir() []*inode {
	d.marks++
	dirs := []*inode{d.root}
	d.root.mark = d.marks
	for i := 0; i < len(dirs); i++ {
		for _, e := range dirs[i].sorted() {
			for _, s := range e.states {
				if s.node != nil && s.node.dir && s.node.mark != d.marks {
					s.node.mark = d.marks
					dirs = append(dirs, s.node)
				}
			}
		}
	}
	return dirs
}

// nameMode is how a power cut treats the names of one directory.
type nameMode int

const (
	namesBefore nameMode = iota
	namesAfter
	namesEach
)

// pick is one name with the state a power cut chose for it.
type pick struct {
	dir   *inode
	entry *entry
	state int
}

func (p *pick) node() *inode { return p.entry.states[p.state].node }
func (p *pick) isNow() bool  { return p.state == len(p.entry.states)-1 }

// chooseNames picks a state for every name, mends renames that would lose their file, and makes it so.
func (d *Disk) chooseNames(dirs []*inode, r env.Rand) {
	var picks []pick
	for _, dir := range dirs {
		mode := nameMode(r.IntN(3))
		switch d.opts.PowerCut {
		case LosesUnsynced:
			mode = namesBefore
		case KeepsUnsynced:
			mode = namesAfter
		}
		for _, e := range dir.sorted() {
			e.forgetChoice()
			picks = append(picks, pick{dir, e, mode.draw(len(e.states), &r)})
		}
	}
	for i := range picks {
		picks[i].count(1)
		if n := picks[i].entry.states[0].node; n != nil {
			n.durable = true
		}
	}
	for mend(picks) { // each name moves once at most
	}
	for i := range picks {
		picks[i].apply()
	}
	for _, dir := range dirs {
		dir.clean()
	}
}

func (e *entry) forgetChoice() {
	for _, s := range e.states {
		if s.node != nil {
			s.node.chosen, s.node.durable = 0, false
		}
	}
}

func (m nameMode) draw(states int, r *env.Rand) int {
	switch m {
	case namesBefore:
		return 0
	case namesAfter:
		return states - 1
	}
	return r.IntN(states)
}

func (p *pick) count(by int) {
	if n := p.node(); n != nil {
		n.chosen += by
	}
}

// mend moves the first name it finds in need to its present state, and reports whether there was one: the
// present name of something that was there durably but came out under no name, or an earlier name of
// something that came out under two.
func mend(picks []pick) bool {
	for i := range picks {
		p := &picks[i]
		if p.isNow() {
			continue
		}
		now, was := p.entry.now(), p.node()
		lost := now != nil && now.durable && now.chosen == 0
		twice := was != nil && was.chosen > 1
		if lost || twice {
			p.count(-1)
			p.state = len(p.entry.states) - 1
			p.count(1)
			return true
		}
	}
	return false
}

// apply makes the chosen state the only one.
func (p *pick) apply() {
	n := p.node()
	p.entry.states = append(p.entry.states[:0], nameState{node: n})
	if n != nil {
		n.up = p.dir
	}
}

// eachFile visits the files below a directory in the order of their paths.
func (d *Disk) eachFile(dir *inode, prefix string, visit func(path string, n *inode)) {
	for _, e := range dir.sorted() {
		switch n := e.now(); {
		case n == nil:
		case n.dir:
			d.eachFile(n, prefix+e.name+"/", visit)
		default:
			visit(prefix+e.name, n)
		}
	}
}
