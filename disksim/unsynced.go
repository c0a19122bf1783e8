package disksim

// maxUnsynced bounds the changes of one file that wait for a Sync; the oldest count as written back.
const maxUnsynced = 4096

// fate is what became of a change as far as the medium is concerned.
type fate uint8

const (
	waiting fate = iota // no Sync covered it
	doomed              // a failed Sync marked it clean: no later Sync saves it
	durable             // kept only while an older change waits: it hides what lies below
)

// change is one write or truncation with what is needed to undo it. A truncation that shrinks writes zeros up
// to the old end.
type change struct {
	pos, end int64  // the bytes written
	oldSize  int64  // the file's length before
	newSize  int64  // what a truncation set it to, or how far a write reached
	truncate bool   // newSize is the length; otherwise the length is at least newSize
	fate     fate   //
	undo     []byte // what [pos, min(end, oldSize)) held before; beyond it were zeros
}

// unsynced is the changes of a file in the order they took effect. first counts those already dropped, so that
// first+i is the lasting number of the i-th.
type unsynced struct {
	list  []change
	first uint64
}

// next is the number the next change will get.
func (u *unsynced) next() uint64 { return u.first + uint64(len(u.list)) }

func (u *unsynced) add(c change) {
	if len(u.list) >= maxUnsynced {
		half := len(u.list) / 2
		u.list = append(u.list[:0], u.list[half:]...)
		u.first += uint64(half)
	}
	u.list = append(u.list, c)
}

// decide gives every waiting change before number upto its fate, and forgets the durable ones that lead.
func (u *unsynced) decide(upto uint64, f fate) {
	for i := range u.list {
		if u.first+uint64(i) >= upto {
			break
		}
		if u.list[i].fate == waiting {
			u.list[i].fate = f
		}
	}
	lead := 0
	for lead < len(u.list) && u.list[lead].fate == durable {
		lead++
	}
	u.list = append(u.list[:0], u.list[lead:]...)
	u.first += uint64(lead)
}

// forget drops everything: what is there now is what the medium holds.
func (u *unsynced) forget() {
	u.first += uint64(len(u.list))
	u.list = u.list[:0]
}

// write changes a file and remembers how to undo it. length is how far the file must reach afterwards; it
// differs from the end of the bytes only for a misdirected write.
func (n *inode) write(pos int64, parts [][]byte, total int, length int64) {
	c := change{pos: pos, end: pos + int64(total), oldSize: n.size, newSize: length}
	c.undo = n.copyOf(c.pos, min(c.end, n.size))
	for _, p := range parts {
		take := min(len(p), total)
		n.writeAt(p[:take], pos)
		pos += int64(take)
		total -= take
	}
	n.size = max(n.size, length)
	n.add(c)
}

// truncate sets a file's length and remembers how to undo it.
func (n *inode) truncate(size int64) {
	c := change{pos: size, end: max(size, n.size), oldSize: n.size, newSize: size, truncate: true}
	c.undo = n.copyOf(size, n.size)
	n.setSize(size)
	n.add(c)
}

func (n *inode) copyOf(from, to int64) []byte {
	if from >= to {
		return nil
	}
	b := make([]byte, to-from)
	n.readAt(b, from)
	return b
}
