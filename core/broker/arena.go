package broker

// arena hands out small byte slices that are never taken back: answers that go out with OpID zero must not
// change afterwards, and one allocation for hundreds of them is cheaper than a completion event for each.
type arena struct{ free []byte }

const arenaChunkBytes = 32 << 10

// tail returns an empty slice with room for at least want bytes.
func (a *arena) tail(want int) []byte {
	if cap(a.free)-len(a.free) < want {
		a.free = make([]byte, 0, max(arenaChunkBytes, want))
	}
	return a.free[len(a.free):len(a.free)]
}

// keep takes the slice that grew from tail out of the arena.
func (a *arena) keep(b []byte) []byte {
	if cap(b) == 0 || len(a.free)+len(b) > cap(a.free) || &b[:1][0] != &a.free[:len(a.free)+1][len(a.free)] {
		a.free = nil // it outgrew its room and was moved; what was cut from it before that lies in the old room still
		return b
	}
	a.free = a.free[:len(a.free)+len(b)]
	return b[:len(b):len(b)]
}
