package wire

import "github.com/twmb/franz-go/pkg/kmsg"

// Split cuts a request into requests of the same API that ask for about most elements each, in the same order, and
// whose responses [Joined] makes one. It returns the next part at every call, and nil after the last. Nil in place of
// a function: such requests are answered as a whole, because what they ask for depends on one another.
//
// What the parts share is not copied. A topic whose partitions do not fit one part is named by several.
func Split(r kmsg.Request, most int) func() kmsg.Request {
	if api := Lookup(r.Key()); api != nil && api.parts != nil {
		return api.parts.split(r, most)
	}
	return nil
}

// parts is how requests of an API are cut, and where in a response the elements are that all parts' responses have.
type parts struct {
	split func(r kmsg.Request, most int) func() kmsg.Request
	list  func(a kmsg.Response) list
}

// byElement cuts a list of elements that weigh the same.
func byElement[R any, P request[R], T any, A kmsg.Response, E any](asked func(P) *[]T, answered func(A) *[]E) *parts {
	return byWeight(asked, func(*T) int { return 0 }, answered)
}

// byWeight cuts a list between its elements, each of which counts one and what it holds.
func byWeight[R any, P request[R], T any, A kmsg.Response, E any](asked func(P) *[]T, holds func(*T) int,
	answered func(A) *[]E) *parts {
	return &parts{
		func(r kmsg.Request, most int) func() kmsg.Request { return splitWeighed(r.(P), asked, holds, most) },
		func(a kmsg.Response) list { return listAt[E]{answered(a.(A))} },
	}
}

// byTopic cuts a list of topics, and the partitions of a topic.
func byTopic[R any, P request[R], T, Q any, A kmsg.Response, E any](asked func(P) *[]T, partitions func(*T) *[]Q,
	answered func(A) *[]E) *parts {
	return &parts{
		func(r kmsg.Request, most int) func() kmsg.Request { return splitTopics(r.(P), asked, partitions, most) },
		func(a kmsg.Response) list { return listAt[E]{answered(a.(A))} },
	}
}

// request is a kmsg request that can be copied.
type request[R any] interface {
	*R
	kmsg.Request
}

// part is a copy of the request with another list.
func part[R any, P request[R], T any](r P, list func(P) *[]T, of []T) kmsg.Request {
	c := *r
	*list(&c) = of
	return P(&c)
}

// splitWeighed cuts a list between its elements, each of which counts one and what it holds. One that holds more than
// most is a part of its own.
func splitWeighed[R any, P request[R], T any](r P, list func(P) *[]T, holds func(*T) int,
	most int) func() kmsg.Request {
	left := *list(r)
	return func() kmsg.Request {
		n, room := 0, most
		for ; n < len(left); n++ {
			if room -= 1 + holds(&left[n]); room < 0 && n > 0 {
				break
			}
		}
		if n == 0 {
			return nil
		}
		of := left[:n:n]
		left = left[n:]
		return part(r, list, of)
	}
}

// splitTopics cuts a list of topics, and the partitions of a topic. A topic counts one, and each of its partitions.
func splitTopics[R any, P request[R], T, E any](r P, list func(P) *[]T, partitions func(*T) *[]E,
	most int) func() kmsg.Request {
	left, done := *list(r), 0 // partitions of the first that is left
	return func() kmsg.Request {
		var of []T
		for room := most; len(left) > 0 && (room > 1 || len(of) == 0); {
			t := left[0]
			all := *partitions(&t)
			n := min(len(all)-done, max(room-1, 1))
			*partitions(&t) = all[done : done+n : done+n]
			of = append(of, t)
			room -= 1 + n
			if done += n; done == len(all) {
				left, done = left[1:], 0
			}
		}
		if of == nil {
			return nil
		}
		return part(r, list, of)
	}
}
