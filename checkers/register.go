package checkers

import (
	"cmp"
	"reflect"
	"slices"

	"gregor/core/env"
)

// Property is something that every correct run keeps.
type Property struct {
	Name    string // as scenarios name it
	Text    string // a sentence about a run that does not keep it
	Planted string // a story that makes its check report, in the language of testdata/README.md
}

// subject is what a check is about. Checks are listed and called by subject, and within one by the name of their files,
// which is the order in which Go initializes them.
type subject uint8

// The subjects of invariants.
const (
	ofLogs subject = iota
	ofReplication
	ofProducers
	ofClients
	ofGroups
	ofMetadata
	ofQuorum
)

// The subjects of checks of a whole history, in the order in which their findings are best read.
const (
	ofLoss subject = iota
	ofContents
	ofSending
	ofPolling
	ofOrder
	ofDelivery
)

// check is what the checks of both kinds have in common.
type check struct {
	about      subject
	properties []Property
}

func (c *check) subject() subject { return c.about }

// bySubject returns checks in the order of the list.
func bySubject[C interface{ subject() subject }](all []C) []C {
	return slices.SortedStableFunc(slices.Values(all), func(a, b C) int { return cmp.Compare(a.subject(), b.subject()) })
}

// invariant is a registered check of facts.
type invariant struct {
	check
	start func() []watch
}

var invariants []*invariant

// register adds an invariant that keeps nothing between two facts but what the model has.
func register(about subject, properties []Property, watches ...watch) bool {
	return registerWith(about, properties, func() []watch { return watches })
}

// registerWith adds an invariant that keeps something of its own. start is called once a run.
func registerWith(about subject, properties []Property, start func() []watch) bool {
	invariants = append(invariants, &invariant{check{about, properties}, start})
	return true
}

// watch is a function of a check, and the type of fact with which it is called.
type watch struct {
	fact  reflect.Type
	after bool
	call  func(s *step)
}

// before has a check called with each fact of a type, and the model as it was before the fact.
func before[F env.Fact](judge func(s *step, f F)) watch {
	return watch{fact: reflect.TypeFor[F](), call: func(s *step) { judge(s, s.Fact.(F)) }}
}

// after has a check called with each fact of a type, and the model as the fact has left it.
func after[F env.Fact](judge func(s *step, f F)) watch {
	w := before(judge)
	w.after = true
	return w
}

// historyCheck is a registered check of a whole history.
type historyCheck struct {
	check
	optional bool // only when asked for by name
	run      func(ix *index) []Finding
}

var historyChecks []*historyCheck

// registerHistory adds a check of a whole history.
func registerHistory(about subject, properties []Property, run func(ix *index) []Finding) bool {
	historyChecks = append(historyChecks, &historyCheck{check{about, properties}, false, run})
	return true
}

// registerOptional adds one that not every correct run passes: it runs when a scenario asks for it by name.
func registerOptional(about subject, properties []Property, run func(ix *index) []Finding) bool {
	historyChecks = append(historyChecks, &historyCheck{check{about, properties}, true, run})
	return true
}
