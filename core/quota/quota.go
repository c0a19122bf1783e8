// Package quota is a budget of bytes that grows with time, up to what a second gives (KIP-73). What is taken may
// overdraw it; then nothing is taken until it has grown above zero again.
//
// It promises that no more is let through than the rate allows, however often the rate changes. What counts against it
// is its owner's to decide.
package quota

import (
	"math"
	"time"

	"gregor/core/env"
)

// Quota is a budget of bytes.
type Quota struct {
	rate   int64 // bytes a second; Unthrottled: any
	budget int64
	at     env.Instant // when budget was worked out
}

// Unthrottled is the rate of a quota that is not set.
const Unthrottled = math.MaxInt64

// Set changes the rate. A quota that had none begins with the budget of a second; one that had keeps what is left, and
// what was overdrawn: else every change of the rate would be a budget for free.
func (q *Quota) Set(now env.Now, rate int64) {
	switch {
	case q.rate == rate:
	case q.rate == Unthrottled || rate == Unthrottled:
		*q = Quota{rate: rate, budget: rate, at: now.Mono}
	default:
		q.Open(now)
		q.rate, q.budget = rate, min(q.budget, rate)
	}
}

// Open reports whether anything may be taken now.
func (q *Quota) Open(now env.Now) bool {
	if q.rate == Unthrottled {
		return true
	}
	passed := min(max(now.Mono.Sub(q.at), 0), time.Second)
	if grown := int64(passed/time.Microsecond) * min(q.rate, maxRate) / int64(time.Second/time.Microsecond); grown > 0 {
		q.budget, q.at = min(q.budget+grown, q.rate), now.Mono
	}
	return q.budget > 0
}

// maxRate keeps the arithmetic of a quota within 64 bits: nine terabytes a second.
const maxRate = math.MaxInt64 / int64(time.Second/time.Microsecond)

// Take takes bytes.
func (q *Quota) Take(n int) {
	if q.rate != Unthrottled {
		q.budget -= int64(n)
	}
}

// Wait is how long until something may be taken again, a second at most: the rate may change meanwhile.
func (q *Quota) Wait() time.Duration {
	perMilli := q.rate / int64(time.Second/time.Millisecond)
	if short := 1 - q.budget; perMilli > 0 && short/perMilli < int64(time.Second/time.Millisecond) {
		return time.Duration(short/perMilli+1) * time.Millisecond
	}
	return time.Second
}

// New returns a quota that is not set.
func New() Quota { return Quota{rate: Unthrottled} }

// IsSet reports whether the quota has a rate.
func (q *Quota) IsSet() bool { return q.rate != Unthrottled }
