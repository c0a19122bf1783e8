package env

import (
	"fmt"
	"math/bits"

	"gregor/core/kafka"
)

// Rand is a stream of random integers that is a pure function of its key and how often it was drawn. Fork
// makes an independent stream by name, so that one more draw in one place never moves another place. The
// algorithm is part of the replay format: it must not change.
type Rand struct {
	key   uint64
	drawn uint64
	forks *forks // shared by all copies
}

// forks are the keys of the streams that were forked from one.
type forks struct{ keys map[uint64]struct{} }

// NewRand starts the root stream of a seed.
func NewRand(seed uint64) Rand { return newStream(mix(seed ^ 0x9e3779b97f4a7c15)) }

func newStream(key uint64) Rand { return Rand{key: key, forks: &forks{}} }

// Fork returns the stream called label. It depends on the parent's key only, not on how far the parent has
// been drawn: a second stream of the same label would draw the same numbers again, and is a bug.
func (r *Rand) Fork(label string) Rand {
	return r.fork(r.labelled(label), label)
}

// ForkN returns the n-th stream called label, for what a parent forks more than once.
func (r *Rand) ForkN(label string, n uint64) Rand {
	return r.fork(mix(r.labelled(label)^mix(n+1)), label)
}

func (r *Rand) labelled(label string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(label) {
		h = (h ^ uint64(label[i])) * 1099511628211
	}
	return mix(r.key ^ mix(h))
}

// fork notes that a stream is forked, which happens once.
func (r *Rand) fork(key uint64, label string) Rand {
	if r.forks == nil {
		r.forks = &forks{}
	}
	if _, twice := r.forks.keys[key]; twice {
		panic(fmt.Sprintf("env: the random stream %q is forked twice from one parent, and would draw the same numbers again; is ForkN with a number that never repeats meant?", label))
	}
	if r.forks.keys == nil {
		r.forks.keys = map[uint64]struct{}{}
	}
	r.forks.keys[key] = struct{}{}
	return newStream(key)
}

// Uint64 returns the next 64 random bits.
func (r *Rand) Uint64() uint64 {
	r.drawn++
	return mix(r.key + r.drawn*0x9e3779b97f4a7c15)
}

// IntN returns a number in [0, n). It is 0 for n < 1.
func (r *Rand) IntN(n int) int {
	if n < 1 {
		return 0
	}
	hi, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(hi)
}

// Between returns a number in [lo, hi], and lo if hi is not above it.
func (r *Rand) Between(lo, hi int64) int64 {
	if hi <= lo {
		return lo
	}
	h, _ := bits.Mul64(r.Uint64(), uint64(hi-lo)+1)
	return lo + int64(h)
}

// Chance is true num times in den.
func (r *Rand) Chance(num, den int) bool { return r.IntN(den) < num }

// UUID draws a random (version 4) id that is none of Kafka's reserved ones.
func (r *Rand) UUID() kafka.UUID {
	var u kafka.UUID
	for i, v := range [2]uint64{r.Uint64(), r.Uint64()} {
		for j := range 8 {
			u[i*8+j] = byte(v >> (8 * j))
		}
	}
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	if u[0]>>2 == 62 { // Kafka avoids ids whose text begins with a dash
		u[0] = 0
	}
	return u
}

// mix is the finalizer of splitmix64.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
