// Package mutants is the planted bugs: mistakes that real brokers have made, each of which can be switched on to see
// that the simulator's checkers find it.
//
// A bug is one boolean, read at one place in the code it breaks. In a normal build there is no way to switch one on:
// [Enabled] is a constant, and the compiler leaves out what it guards. With the build tag mutants, Switch sets them for
// the whole process; scenarios/mutants_test.go does, bug after bug.
//
// The package says nothing of how a bug is found, and knows nothing of those it is planted in.
package mutants
