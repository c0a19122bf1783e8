// Package tidy holds the house rules as tests, so that `go test ./...` keeps them:
//
//   - determinism: a type-checked lint over core, sim, netsim, disksim, checkers and scenarios that bans
//     whatever could make two runs of one seed differ ([Lint]);
//   - outcomes: in core no function that is called with the outcome of an operation disregards it ([Lint]);
//   - arrows: which package may import which, in deps.txt ([Arrows]);
//   - form: a package comment everywhere, gofmt, and no function longer than 70 lines ([Module.Form]);
//   - sizes: of types, packages and lines ([Module.Sizes]);
//   - use: nothing is declared that nothing mentions ([Module.Unused]).
//
// Besides it measures what the design sets bounds for: sizes of types, arrows between files, assertions, turns of
// phrase ([Module.Measure]); `go run ./cmd/internal/tidy/measures` prints them.
//
// A finding reads "X is banned in core; use Y, because Z". A place that needs the exception says so on the line
// above, with a reason:
//
//	//tidy:unordered the sum does not depend on the order
//
// An escape without a reason, of a rule that does not exist, or over a line that breaks no rule is a finding
// itself.
//
// The lint does not see into other modules, and does not prove order-freedom: it knows one shape of map range
// that is safe (collect, then sort), and asks a person about every other.
package tidy
