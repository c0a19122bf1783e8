// Package slab gives out numbers: indexes of a list whose entries come and go, such that the list stays as long as the
// most that were in use at once. A number that was returned last is given out first.
//
// It knows nothing of what the numbers stand for, and does not notice one that is returned twice.
package slab

// Numbers gives out the numbers from 0 on. The zero Numbers has given out none.
type Numbers struct {
	free []uint32
	next uint32
}

// Take returns a number that is not in use. Whether it was ever in use before shows in fresh: then the list grows by
// one.
func (n *Numbers) Take() (number uint32, fresh bool) {
	if last := len(n.free) - 1; last >= 0 {
		number = n.free[last]
		n.free = n.free[:last]
		return number, false
	}
	n.next++
	return n.next - 1, true
}

// Return makes a number free to be given out again.
func (n *Numbers) Return(number uint32) { n.free = append(n.free, number) }

// InUse is how many numbers are given out.
func (n *Numbers) InUse() int { return int(n.next) - len(n.free) }
