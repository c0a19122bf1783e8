package scenarios

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"gregor/core/env"
)

// clock is the clock of stories, findings, last steps and traces: the time since the clients started, and the number of
// the event.
type clock struct {
	zero  env.Instant
	times []stamp // by event
}

type stamp struct {
	event uint64
	at    env.Instant
}

func (r Result) clock() clock {
	c := clock{zero: r.Begin}
	records := r.Faults
	for _, s := range r.History.Facts {
		for len(records) > 0 && records[0].Event < s.Event { // a record comes after the facts of its event
			c.times = append(c.times, stamp{records[0].Event, records[0].At})
			records = records[1:]
		}
		c.times = append(c.times, stamp{s.Event, s.At})
	}
	for _, d := range records {
		c.times = append(c.times, stamp{d.Event, d.At})
	}
	return c
}

func (c clock) at(i env.Instant) string { return i.Clock(c.zero) }

// event is "12.519s (#9791)".
func (c clock) event(n uint64) string {
	i := sort.Search(len(c.times), func(i int) bool { return c.times[i].event > n })
	if i == 0 {
		return fmt.Sprintf("#%d", n)
	}
	return fmt.Sprintf("%s (#%d)", c.at(c.times[i-1].at), n)
}

// in adds the time to each event that a finding's sentence names: checkers write "event 9791".
func (c clock) in(text string) string {
	const word = "event "
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, word)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.ParseUint(rest[:digits], 10, 64)
		if err != nil || strings.HasSuffix(before, "'") {
			b.WriteString(word)
			text = rest
			continue
		}
		b.WriteString(c.event(n))
		text = rest[digits:]
	}
}
