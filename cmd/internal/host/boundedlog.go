package host

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"gregor/core/env"
)

// boundedLog is the host's log, for what others can have it write. Of what is about one thing, a peer above all, it
// writes so many lines at once, and then one now and then; what is left out is counted, and the count written every
// omittedEvery.
type boundedLog struct {
	log   *slog.Logger
	mu    sync.Mutex
	about map[string]*allowance // at most aboutMax
}

// allowance is how many lines about one thing may be written still.
type allowance struct {
	most    int           // at once
	every   time.Duration // after which there is one more
	left    int
	refill  env.Instant // when left rises next
	omitted int
	report  env.Instant // when the omitted ones are counted next
}

const (
	// What happens to the cluster is an operator's news.
	linesAtOnce = 100
	linesEvery  = time.Second
	// A peer that misbehaves does so again and again.
	peerLinesAtOnce = 1
	peerLinesEvery  = time.Minute

	omittedEvery = time.Minute
	aboutMax     = 1000
	// lineMax bounds a line, and each value in it, in bytes: names that clients choose have up to 32 KiB.
	lineMax = 2 << 10
)

const peerPrefix = "peer "

func newAllowance(now env.Instant, about string) *allowance {
	a := &allowance{most: linesAtOnce, every: linesEvery}
	if strings.HasPrefix(about, peerPrefix) {
		a.most, a.every = peerLinesAtOnce, peerLinesEvery
	}
	a.left, a.refill = a.most, now.Add(a.every)
	return a
}

// aboutOthers is what lines are about for which there is no allowance of their own left.
const aboutOthers = "others"

// write writes a line, unless there were too many about the same. About "" is never too many.
func (l *boundedLog) write(now env.Instant, about string, level slog.Level, text string, args ...any) {
	text = shortened(text)
	for i := range args {
		if long, ok := args[i].(string); ok {
			args[i] = shortened(long)
		}
	}
	if about == "" || l.allows(now, about) {
		l.log.Log(context.Background(), level, text, args...)
	}
}

func shortened(text string) string {
	if len(text) > lineMax {
		return text[:lineMax] + "…"
	}
	return text
}

func (l *boundedLog) allows(now env.Instant, about string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.about[about]
	if a == nil {
		if len(l.about) >= aboutMax {
			about = aboutOthers
		}
		if a = l.about[about]; a == nil {
			a = newAllowance(now, about)
			if l.about == nil {
				l.about = map[string]*allowance{}
			}
			l.about[about] = a
		}
	}
	a.earn(now)
	if a.left > 0 {
		a.left--
		return true
	}
	if a.omitted++; a.omitted == 1 {
		a.report = now.Add(omittedEvery)
	}
	return false
}

// earn adds the lines that time has brought.
func (a *allowance) earn(now env.Instant) {
	if now < a.refill {
		return
	}
	n := int64(now.Sub(a.refill)/a.every) + 1
	a.left = int(min(int64(a.left)+n, int64(a.most)))
	a.refill = a.refill.Add(time.Duration(n) * a.every)
}

// settle writes how many lines were left out, and forgets what was quiet for long.
func (l *boundedLog) settle(now env.Instant, all bool) {
	type count struct {
		about string
		lines int
	}
	var counts []count
	l.mu.Lock()
	for about, a := range l.about {
		a.earn(now)
		switch {
		case a.omitted > 0 && (all || now >= a.report):
			counts = append(counts, count{about, a.omitted})
			a.omitted = 0
		case a.omitted == 0 && a.left == a.most:
			delete(l.about, about)
		}
	}
	l.mu.Unlock()
	slices.SortFunc(counts, func(a, b count) int { return b.lines - a.lines })
	for i, c := range counts {
		if i == linesAtOnce {
			l.log.Warn("lines left out of this log about more than these", "more", len(counts)-i)
			return
		}
		l.log.Warn("lines left out of this log", "about", c.about, "lines", c.lines)
	}
}
