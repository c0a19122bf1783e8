// Package must states invariants where the state lives: what only a bug can break. When one is broken the node panics
// with the values and the likely cause; the simulator reports the panic as the run's finding, and a real broker stops
// before it answers or writes anything more.
//
// An assertion is on in every build. While it holds it costs a comparison: it allocates nothing, boxes nothing, and
// formats nothing. Values that differ in type do not compile, so an offset is not compared with a byte position.
//
//	must.AtLeast("seglog: log end", end, "flushed offset", flushed, l.name, "did a truncation leave the flush behind?")
//
// panics with
//
//	seglog: log end 5 is below flushed offset 7 of orders-0; did a truncation leave the flush behind?
//
// What is not a comparison of two numbers is an if with [Fail]. What the world may do (a short read, a corrupt file, an
// unexpected response) is an error or a fact, never an assertion.
package must

import "fmt"

// integer is every kind of whole number: offsets, epochs, positions, lengths, node ids.
type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// AtLeast panics unless a >= floor. owner is what they belong to: a partition, a node, a group, by name or as a
// Stringer.
func AtLeast[T integer, O any](what string, a T, floorName string, floor T, owner O, cause string) {
	if a < floor {
		broken(what, a, "is below", floorName, floor, owner, cause)
	}
}

// Above panics unless a > last: epochs rise, offsets of consecutive batches rise.
func Above[T integer, O any](what string, a T, lastName string, last T, owner O, cause string) {
	if a <= last {
		broken(what, a, "is not above", lastName, last, owner, cause)
	}
}

// Equal panics unless a == b: positions and offsets that have to be contiguous, counts that have to agree.
func Equal[T integer, O any](what string, a T, bName string, b T, owner O, cause string) {
	if a != b {
		broken(what, a, "differs from", bName, b, owner, cause)
	}
}

//go:noinline
func broken[T integer, O any](what string, a T, relation, bName string, b T, owner O, cause string) {
	panic(fmt.Sprintf("%s %v %s %s %v of %v; %s", what, a, relation, bName, b, owner, cause))
}

// Fail panics with a formatted text. It stands below an if, so that the values are boxed only when the invariant is
// broken:
//
//	if p.pins < 0 {
//		must.Fail("seglog: segment %d of %s has %d pins; was a Pin released twice?", s.base, l.name, p.pins)
//	}
//
// The text names the package, the values and, after the semicolon, the likely cause.
func Fail(format string, values ...any) {
	panic(fmt.Sprintf(format, values...))
}
