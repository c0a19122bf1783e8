package bench

import (
	"fmt"
	"strings"
)

// Kind is what a load does.
type Kind string

// The kinds of load.
const (
	Produce Kind = "produce"
	Fetch   Kind = "fetch"
)

// Case is one load. Zero values mean the defaults named beside them.
type Case struct {
	Kind        Kind    `json:"kind"`
	Client      string  `json:"client"`            // raw or kgo; raw
	RecordBytes int     `json:"record_bytes"`      // of a record's value; 1024
	BatchBytes  int     `json:"batch_bytes"`       // of an encoded batch, and of a fetch; 65536
	InFlight    int     `json:"in_flight"`         // unanswered requests of a connection; 5
	Acks        int16   `json:"acks"`              // -1, 0 or 1; zero is a value, see NoAcks
	NoAcks      bool    `json:"no_acks,omitempty"` // acks=0; Acks 0 means -1
	Flush       bool    `json:"flush,omitempty"`   // flush.messages=1: answered when on stable storage
	Connections int     `json:"connections"`       // each with a partition of its own; 1
	Rate        float64 `json:"rate,omitempty"`    // requests per second of a connection; 0: as fast as it goes
	Bytes       int     `json:"bytes"`             // of a run, all connections together; by BatchBytes
}

// filled returns the case with the defaults in place.
func (c Case) filled() Case {
	set(&c.Client, "raw")
	set(&c.RecordBytes, 1<<10)
	set(&c.BatchBytes, 64<<10)
	set(&c.InFlight, 5)
	set(&c.Connections, 1)
	set(&c.Acks, -1)
	if c.NoAcks {
		c.Acks = 0
	}
	set(&c.Bytes, c.size())
	return c
}

// size makes a run long enough to measure and short enough to alternate.
func (c Case) size() int {
	switch {
	case c.Rate > 0:
		return int(2*c.Rate) * c.BatchBytes * c.Connections
	case c.Flush:
		return max(64<<20, 64*c.BatchBytes)
	case c.BatchBytes <= 4<<10:
		return 16 << 20
	case c.Client == "kgo":
		return 128 << 20
	}
	return 256 << 20
}

func set[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// requests is how many each connection makes.
func (c Case) requests() int { return max(1, c.Bytes/c.BatchBytes/c.Connections) }

// check returns what is wrong with a case.
func (c Case) check() error {
	switch {
	case c.Kind != Produce && c.Kind != Fetch:
		return fmt.Errorf("bench: kind %q is neither produce nor fetch", c.Kind)
	case c.Client != "raw" && c.Client != "kgo":
		return fmt.Errorf("bench: client %q is neither raw nor kgo", c.Client)
	case c.RecordBytes < 1 || c.InFlight < 1 || c.Connections < 1 || c.Bytes < 1 || c.Rate < 0:
		return fmt.Errorf("bench: %v: sizes and counts must be above zero", c)
	case c.BatchBytes < 128 || c.BatchBytes > 16<<20:
		return fmt.Errorf("bench: a batch of %d bytes is not between 128 and 16 MiB", c.BatchBytes)
	case c.Connections > 1024 || c.InFlight > 1<<16:
		return fmt.Errorf("bench: %v: at most 1024 connections and 65536 requests in flight", c)
	case c.Acks < -1 || c.Acks > 1:
		return fmt.Errorf("bench: acks=%d is none of -1, 0, 1", c.Acks)
	}
	return nil
}

// String names the case in one line.
func (c Case) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s batch=%s", c.Kind, c.Client, Size(c.BatchBytes))
	if c.Kind == Produce {
		fmt.Fprintf(&b, " acks=%d", c.Acks)
	}
	fmt.Fprintf(&b, " record=%s inflight=%d", Size(c.RecordBytes), c.InFlight)
	if c.Flush {
		b.WriteString(" flush")
	}
	if c.Connections > 1 {
		fmt.Fprintf(&b, " conns=%d", c.Connections)
	}
	if c.Rate > 0 {
		fmt.Fprintf(&b, " rate=%g/s", c.Rate)
	}
	return b.String()
}

// Size writes bytes as people do: 64K, 1M.
func Size(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dM", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dK", n>>10)
	}
	return fmt.Sprint(n)
}

// Sweep is every combination of its values; an empty list means the default.
type Sweep struct {
	Kinds                                                []Kind
	Clients                                              []string
	RecordBytes, BatchBytes, InFlight, Acks, Connections []int
	Flush                                                []bool
	Rate                                                 float64
	Bytes                                                int
}

// Cases lists the combinations, leaving out those that differ in what their kind does not look at.
func (s Sweep) Cases() []Case {
	cases := []Case{{Rate: s.Rate, Bytes: s.Bytes}}
	cases = each(cases, s.Kinds, func(c *Case, v Kind) { c.Kind = v })
	cases = each(cases, s.Clients, func(c *Case, v string) { c.Client = v })
	cases = each(cases, s.RecordBytes, func(c *Case, v int) { c.RecordBytes = v })
	cases = each(cases, s.BatchBytes, func(c *Case, v int) { c.BatchBytes = v })
	cases = each(cases, s.InFlight, func(c *Case, v int) { c.InFlight = v })
	cases = each(cases, s.Connections, func(c *Case, v int) { c.Connections = v })
	cases = each(cases, s.Acks, func(c *Case, v int) {
		if c.Kind != Fetch {
			c.Acks, c.NoAcks = int16(v), v == 0
		}
	})
	cases = each(cases, s.Flush, func(c *Case, v bool) { c.Flush = v && c.Kind != Fetch })
	return unique(cases)
}

func each[V any](cases []Case, values []V, set func(*Case, V)) []Case {
	if len(values) == 0 {
		return cases
	}
	var all []Case
	for _, c := range cases {
		for _, v := range values {
			next := c
			set(&next, v)
			all = append(all, next)
		}
	}
	return all
}

func unique(cases []Case) (u []Case) {
	seen := map[Case]bool{}
	for _, c := range cases {
		if c = c.filled(); !seen[c] {
			seen[c] = true
			u = append(u, c)
		}
	}
	return u
}

// HowFastTogether is the set of cases behind the figures of a cluster.
func HowFastTogether() []Case {
	var cases []Case
	for _, b := range []int{64 << 10, 256 << 10, 1 << 20} {
		cases = append(cases, Case{Kind: Produce, BatchBytes: b})
	}
	return unique(append(cases, Case{Kind: Produce, BatchBytes: 1 << 10, RecordBytes: 512, InFlight: 1}))
}

// HowFast is the set of cases behind the project's table of figures.
func HowFast() []Case {
	var cases []Case
	for _, b := range []int{64 << 10, 256 << 10, 1 << 20} {
		cases = append(cases, Case{Kind: Produce, BatchBytes: b})
	}
	for _, b := range []int{256 << 10, 1 << 20} {
		cases = append(cases, Case{Kind: Fetch, BatchBytes: b})
	}
	cases = append(cases,
		Case{Kind: Produce, BatchBytes: 1 << 10, RecordBytes: 512, InFlight: 1},
		Case{Kind: Produce, BatchBytes: 64 << 10, InFlight: 32, Flush: true},
		Case{Kind: Produce, Client: "kgo", BatchBytes: 1 << 20},
		Case{Kind: Fetch, Client: "kgo", BatchBytes: 1 << 20})
	return unique(cases)
}
