// Package arena hands out small byte slices that are never taken back: bytes that are sent with OpID zero must not
// change afterwards, and one allocation for hundreds of messages is cheaper than a completion event for each.
//
// It does not free or reuse memory; the garbage collector takes a chunk when the last slice of it is gone.
package arena

// Arena is where the slices come from. The zero value is empty.
type Arena struct{ free []byte }

const chunkBytes = 32 << 10

// Tail returns an empty slice with room for at least want bytes, to be appended to.
func (a *Arena) Tail(want int) []byte {
	if cap(a.free)-len(a.free) < want {
		a.free = make([]byte, 0, max(chunkBytes, want))
	}
	return a.free[len(a.free):len(a.free)]
}

// Keep takes the slice that grew from Tail out of the arena.
func (a *Arena) Keep(b []byte) []byte {
	if cap(b) == 0 || len(a.free)+len(b) > cap(a.free) || &b[:1][0] != &a.free[:len(a.free)+1][len(a.free)] {
		a.free = nil // it outgrew its room and was moved; what was cut from it before that lies in the old room still
		return b
	}
	a.free = a.free[:len(a.free)+len(b)]
	return b[:len(b):len(b)]
}
