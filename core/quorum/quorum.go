// Package quorum is the arithmetic of majorities: how many voters decide, what a majority of them has reached, how an
// election stands, and how long a voter waits before it stands in one.
//
// Every function depends on its arguments only and changes nothing but the slice it is asked to sort. It promises the
// laws that its tests state: two majorities of the same voters share a voter; the order of the voters never matters;
// what a majority has reached never goes back while no voter goes back; an election that is won can no longer be lost,
// and the other way round.
//
// It does not know what voters are, how they are asked, or what a vote is worth: core/raft does. The model is the
// package of the same name in etcd.
package quorum

import (
	"cmp"
	"slices"
	"time"
)

// Majority returns how many of n voters decide.
func Majority(n int) int { return n/2 + 1 }

// Reached returns the largest value that a majority of the voters has reached, given what each has reached: the
// committed offset from the ends of their logs, or the instant since when a majority has been silent. It sorts reached.
// There must be at least one voter.
func Reached[T cmp.Ordered](reached []T) T {
	slices.Sort(reached)
	return reached[len(reached)-Majority(len(reached))]
}

// Vote is what one voter has answered.
type Vote uint8

// The votes.
const (
	Unanswered Vote = iota
	Granted
	Rejected
)

// Outcome is how an election stands.
type Outcome uint8

// The outcomes. Won and Lost are final: no further answer changes them.
const (
	Pending Outcome = iota
	Won             // a majority has granted
	Lost            // so many have rejected that no majority can grant any more
)

// Tally holds the answers of the voters, each at its index.
type Tally []Vote

// Count returns how many voters have answered v.
func (t Tally) Count(v Vote) int {
	n := 0
	for _, answer := range t {
		if answer == v {
			n++
		}
	}
	return n
}

// Outcome returns how the election stands. Without voters none is ever won.
func (t Tally) Outcome() Outcome {
	majority := Majority(len(t))
	switch {
	case t.Count(Granted) >= majority:
		return Won
	case len(t)-t.Count(Rejected) < majority:
		return Lost
	}
	return Pending
}

// backoffBase is how long the wait after the first lost election may be; Kafka's.
const backoffBase = 100 * time.Millisecond

// Backoff returns the longest wait before the next election after a number of lost ones: twice as long after each, up
// to most.
func Backoff(lost int, most time.Duration) time.Duration {
	return min(backoffBase<<min(lost, 20), most)
}

// SuccessionBackoff returns how long the successor at an index of a resigned leader's list of n waits before it stands:
// the first not at all, and each one after the second twice as long as the one before it, up to most, in whole
// milliseconds as in Kafka. An index below zero says that the voter is not on the list.
func SuccessionBackoff(index, n int, most time.Duration) time.Duration {
	switch {
	case index == 0:
		return 0
	case index < 0:
		return most
	}
	ms := most.Milliseconds()
	return time.Duration(min(ms, ms>>(n-1)<<(index-1))) * time.Millisecond
}
