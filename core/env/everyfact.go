package env

import "slices"

// declared holds one fact of each type, its fields zero, in the order of the declarations; ofHistory those that a
// history keeps.
var declared, ofHistory []Fact

// declare lists a type of fact. Each has one such line, next to it; a test compares the list with the types.
func declare(f Fact) bool {
	ofHistory = append(ofHistory, f)
	return declareForHost(f)
}

// declareForHost lists a type of fact that is for the host and its operator only: a history does not keep it.
func declareForHost(f Fact) bool {
	declared = append(declared, f)
	return true
}

// EveryFact returns one fact of each type there is, its fields zero.
func EveryFact() []Fact { return slices.Clone(declared) }

// HistoryFacts returns one fact of each type that a history keeps, its fields zero.
func HistoryFacts() []Fact { return slices.Clone(ofHistory) }
