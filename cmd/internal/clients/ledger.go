package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// ledger is what one client says it has done. It writes the numbers 1, 2, 3... and reads what is there meanwhile.
type ledger struct {
	mu      sync.Mutex
	acked   []int
	failed  []string      // what the client gave up, and why
	seen    map[place]int // what it read
	changed []string      // what it read twice, and not the same
	flushed bool          // nothing is on its way any more
}

// place is where a record is.
type place struct{ partition, offset int64 }

// line takes in one line that a client prints: "acked NUMBER", "failed NUMBER WHY", "seen PARTITION OFFSET NUMBER" or
// "flushed".
func (l *ledger) line(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	words := strings.Fields(text)
	var n []int64
	for _, w := range words[min(1, len(words)):] {
		v, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			break
		}
		n = append(n, v)
	}
	switch {
	case text == "flushed":
		l.flushed = true
	case len(n) == 1 && words[0] == "acked":
		l.acked = append(l.acked, int(n[0]))
	case len(n) == 3 && words[0] == "seen":
		l.see(place{n[0], n[1]}, int(n[2]))
	default:
		l.failed = append(l.failed, text)
	}
}

func (l *ledger) see(at place, n int) {
	if before, again := l.seen[at]; again && before != n {
		l.changed = append(l.changed, fmt.Sprintf("offset %d of partition %d was %d first and %d then", at.offset,
			at.partition, before, n))
	}
	if l.seen == nil {
		l.seen = map[place]int{}
	}
	l.seen[at] = n
}

func (l *ledger) ask(is func() bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return is()
}

// missing are the numbers that were acknowledged and not read.
func (l *ledger) missing() (missing []int) {
	read := map[int]bool{}
	for _, n := range l.seen {
		read[n] = true
	}
	for _, n := range l.acked {
		if !read[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

// verdict returns what is wrong with what the client saw. once: its producer promises that nothing is there twice, and
// that each partition keeps the order.
func (l *ledger) verdict(once bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	missing := l.missing()
	switch {
	case len(missing) > 0:
		return fmt.Errorf("%d of %d acknowledged records were not read, %d first", len(missing), len(l.acked), missing[0])
	case len(l.changed) > 0:
		return fmt.Errorf("%s, and %d more", l.changed[0], len(l.changed)-1)
	case len(l.failed) > 0:
		return fmt.Errorf("the client says %q, and %d more", short(l.failed[0]), len(l.failed)-1)
	case len(l.acked) == 0:
		return fmt.Errorf("nothing was acknowledged")
	case once:
		return l.order()
	}
	return nil
}

func (l *ledger) order() error {
	places := make([]place, 0, len(l.seen))
	for at := range l.seen {
		places = append(places, at)
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.partition != b.partition {
			return int(a.partition - b.partition)
		}
		return int(a.offset - b.offset)
	})
	at := map[int]place{}
	last := map[int64]int{}
	for _, p := range places {
		n := l.seen[p]
		if first, twice := at[n]; twice {
			return fmt.Errorf("%d is there twice, at offset %d of partition %d and at %d of %d", n, first.offset,
				first.partition, p.offset, p.partition)
		}
		if n < last[p.partition] {
			return fmt.Errorf("partition %d: %d at offset %d comes after %d", p.partition, n, p.offset, last[p.partition])
		}
		at[n], last[p.partition] = p, n
	}
	return nil
}
