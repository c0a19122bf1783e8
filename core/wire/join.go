package wire

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Joined is one response made of the responses to the parts of a request ([Split]): the elements of all of them in one
// array. Each part is encoded when it is added, so that no step encodes more than one.
type Joined struct {
	head   []byte // header and fields before the array, of the first part
	tail   []byte // fields behind it, of the last
	bodies [][]byte
	count  int
	flex   bool
}

// Add takes the response to the next part, its version set.
func (j *Joined) Add(correlationID int32, resp kmsg.Response) {
	list := Lookup(resp.Key()).parts.list(resp)
	n := list.len()
	whole := AppendBareResponse(nil, correlationID, resp)
	kept := list.cut(0)
	none := AppendBareResponse(nil, correlationID, resp)
	list.cut(1)
	one := AppendBareResponse(nil, correlationID, resp)
	list.restore(kept)
	j.flex = resp.IsFlexible()
	at := lengthAt(none, one, j.flex)
	if j.head == nil {
		j.head = slices.Clone(none[:at])
	}
	j.tail = none[at+len(appendLen(nil, j.flex, 0)):]
	j.count += n
	j.bodies = append(j.bodies, whole[at+len(appendLen(nil, j.flex, n)):len(whole)-len(j.tail)])
}

// lengthAt finds the array's length in the encodings of a response with no element and with one: they are the same up
// to there, and 0 and 1 differ in the last byte of an int32, in the only one of a varint.
func lengthAt(none, one []byte, flexible bool) int {
	at := 0
	for none[at] == one[at] {
		at++
	}
	if !flexible {
		at -= 3
	}
	return at
}

// Frame returns the whole response frame, in pieces.
func (j *Joined) Frame() [][]byte {
	head := appendLen(append([]byte{0, 0, 0, 0}, j.head...), j.flex, j.count)
	size := len(head) - 4 + len(j.tail)
	for _, b := range j.bodies {
		size += len(b)
	}
	putLength(head, size)
	return append(append([][]byte{head}, j.bodies...), j.tail)
}

// list is the array of a response that parts have in common.
type list interface {
	len() int
	cut(n int) (kept any) // has n empty elements in it
	restore(kept any)
}

type listAt[T any] struct{ At *[]T }

func (l listAt[T]) len() int { return len(*l.At) }

func (l listAt[T]) cut(n int) any {
	kept := *l.At
	*l.At = make([]T, n)
	return kept
}

func (l listAt[T]) restore(kept any) { *l.At = kept.([]T) }
