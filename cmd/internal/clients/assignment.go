package main

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// assignment is how many partitions a member of a group owns, as franz-go's callbacks report it.
type assignment struct {
	mu sync.Mutex
	n  int
}

func (a *assignment) add(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	a.change(partitions, 1)
}

func (a *assignment) remove(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
	a.change(partitions, -1)
}

func (a *assignment) change(partitions map[string][]int32, sign int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range partitions {
		a.n += sign * len(p)
	}
}

func (a *assignment) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.n
}
