package netsim

// fifo is a queue in a ring whose elements keep their memory. Its zero value is empty.
type fifo[T any] struct {
	ring  []T
	first int
	n     int
}

func (f *fifo[T]) len() int    { return f.n }
func (f *fifo[T]) at(i int) *T { return &f.ring[(f.first+i)&(len(f.ring)-1)] }

// grow adds an element, with whatever an earlier one left in it, and returns it.
func (f *fifo[T]) grow() *T {
	if f.n == len(f.ring) {
		ring := make([]T, max(4, 2*f.n))
		for i := range f.n {
			ring[i] = *f.at(i)
		}
		f.ring, f.first = ring, 0
	}
	f.n++
	return f.at(f.n - 1)
}

func (f *fifo[T]) push(v T) { *f.grow() = v }

func (f *fifo[T]) drop() {
	f.first = (f.first + 1) & (len(f.ring) - 1)
	f.n--
}
