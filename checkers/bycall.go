package checkers

// byCall keeps something for each call of a client's life. Calls are numbered as they come, most often without
// gaps, so that a list does; what does not fit in goes into a map.
type byCall[T comparable] struct {
	first  uint64 // the call that list begins with
	list   []T
	others map[uint64]T
}

// gapMax is how many calls of other kinds may lie between two of one kind in the list.
const gapMax = 64

func (b *byCall[T]) put(call uint64, what T) {
	if len(b.list) == 0 {
		b.first = call
	}
	next := b.first + uint64(len(b.list))
	switch {
	case call >= next && call-next <= gapMax:
		var none T
		for ; next < call; next++ {
			b.list = append(b.list, none)
		}
		b.list = append(b.list, what)
	case call >= b.first && call < next:
		b.list[call-b.first] = what
	default:
		if b.others == nil {
			b.others = map[uint64]T{}
		}
		b.others[call] = what
	}
}

// get returns what was put last for a call, the zero T if nothing was.
func (b *byCall[T]) get(call uint64) T {
	var none T
	if i := call - b.first; call >= b.first && i < uint64(len(b.list)) && b.list[i] != none {
		return b.list[i]
	}
	return b.others[call]
}
