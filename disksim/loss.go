package disksim

import (
	"slices"

	"gregor/core/env"
)

// sector is the unit a device writes at once, in bytes.
const sector = 512

// lossMode is how a power cut treats the unsynced changes of one file.
type lossMode int

const (
	allLost lossMode = iota
	allThere
	prefixThere // the last one torn
	eachForItself
)

// losePower leaves of a file what a power cut does. Later changes are undone first; what they keep hides what lies
// below.
func (n *inode) losePower(r env.Rand, how Loss) {
	if len(n.list) == 0 {
		return
	}
	mode := lossMode(r.IntN(4))
	switch how {
	case LosesUnsynced:
		mode = allLost
	case KeepsUnsynced:
		mode = allThere
	}
	edge := r.IntN(len(n.list) + 1)
	var kept intervals
	size := n.list[0].oldSize
	reach := make([]int64, len(n.list))
	for i := len(n.list) - 1; i >= 0; i-- {
		c := &n.list[i]
		there := c.there(mode, i, edge, &r)
		reach[i] = c.reach(there, &r)
		if how == LosesUnsynced && c.fate != durable {
			reach[i] = -1
		}
		n.undoExcept(c, there, &kept)
	}
	for i := range n.list {
		size = n.list[i].lengthAfter(size, reach[i])
	}
	n.setSizeAfterLoss(size)
	n.forget()
}

// setSizeAfterLoss sets the length after a cut; bytes beyond it are gone.
func (n *inode) setSizeAfterLoss(size int64) {
	n.size = max(n.size, size)
	n.setSize(size)
}

// there draws which bytes of a change made it to the medium.
func (c *change) there(mode lossMode, i, edge int, r *env.Rand) intervals {
	whole := intervals{{c.pos, c.end}}
	if c.fate == durable {
		return whole
	}
	switch mode {
	case allLost:
		return nil
	case allThere:
		return whole
	case prefixThere:
		return c.beforeEdge(i, edge, r)
	}
	switch r.IntN(3) {
	case 0:
		return nil
	case 1:
		return whole
	}
	return c.torn(r)
}

func (c *change) beforeEdge(i, edge int, r *env.Rand) intervals {
	switch {
	case i < edge:
		return intervals{{c.pos, c.end}}
	case i == edge:
		return c.torn(r)
	}
	return nil
}

// torn draws a part of a write: up to some byte, or some of its sectors. A truncation happens or does not.
func (c *change) torn(r *env.Rand) intervals {
	if c.truncate || c.end-c.pos < 2 {
		if r.Chance(1, 2) {
			return nil
		}
		return intervals{{c.pos, c.end}}
	}
	if r.Chance(1, 2) {
		return intervals{{c.pos, c.pos + r.Between(1, c.end-c.pos-1)}}
	}
	return c.someSectors(r)
}

// someSectors keeps each sector, or each run of sectors of a long write, with an even chance.
func (c *change) someSectors(r *env.Rand) intervals {
	step := max(sector, (c.end-c.pos)/64/sector*sector)
	var there intervals
	for at := c.pos; at < c.end; {
		next := min(c.end, (at/step+1)*step)
		if r.Chance(1, 2) {
			there.add(at, next)
		}
		at = next
	}
	return there
}

// reach draws how far the file's length follows a change, -1 if not at all.
func (c *change) reach(there intervals, r *env.Rand) int64 {
	switch {
	case len(there) == 0 && r.Chance(3, 4) || c.truncate && len(there) == 0:
		return -1
	case len(there) == 1 && there[0].to-there[0].from == c.end-c.pos:
		return c.newSize
	}
	return r.Between(c.pos, max(c.newSize, c.pos))
}

func (c *change) lengthAfter(size, reach int64) int64 {
	switch {
	case reach < 0:
		return size
	case c.truncate:
		return c.newSize
	}
	return max(size, reach)
}

// undoExcept takes back a change except for the bytes that are there and those that later changes keep.
func (n *inode) undoExcept(c *change, there intervals, kept *intervals) {
	for _, s := range there {
		kept.add(s.from, s.to)
	}
	for _, lost := range kept.missing(c.pos, c.end) {
		n.restore(c, lost)
	}
}

func (n *inode) restore(c *change, s span) {
	old := c.pos + int64(len(c.undo))
	if s.from < old {
		n.writeAt(c.undo[s.from-c.pos:min(s.to, old)-c.pos], s.from)
	}
	n.zero(max(s.from, old), s.to)
}

// span is the bytes [from, to) of a file.
type span struct{ from, to int64 }

// intervals is a sorted list of spans that do not touch.
type intervals []span

// add joins [from, to) with what is there.
func (v *intervals) add(from, to int64) {
	if from >= to {
		return
	}
	l := *v
	i, _ := slices.BinarySearchFunc(l, from, func(s span, x int64) int { return cmp(s.to, x) })
	j := i
	for j < len(l) && l[j].from <= to {
		from, to = min(from, l[j].from), max(to, l[j].to)
		j++
	}
	*v = slices.Replace(l, i, j, span{from, to})
}

// missing returns the parts of [from, to) that are not in v.
func (v intervals) missing(from, to int64) []span {
	var out []span
	i, _ := slices.BinarySearchFunc(v, from, func(s span, x int64) int { return cmp(s.to, x) })
	for ; i < len(v) && v[i].from < to && from < to; i++ {
		if v[i].from > from {
			out = append(out, span{from, v[i].from})
		}
		from = max(from, v[i].to)
	}
	if from < to {
		out = append(out, span{from, to})
	}
	return out
}

func cmp(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
