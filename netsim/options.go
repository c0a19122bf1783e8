package netsim

import (
	"time"

	"gregor/core/env"
)

// Link is how one direction between two nodes behaves.
type Link struct {
	LatencyNanos   int64
	JitterNanos    int64 // up to this much longer
	TailPerMillion int   // chunks that take at most TailNanos longer
	TailNanos      int64
	BytesPerSecond int64 // 0: transfers take no time
}

// Options are the faults and the speed of a network. The zero value is a perfect one that takes no time.
type Options struct {
	Link // of every pair of nodes, unless set otherwise

	SplitPerMillion       int   // transmissions cut into up to eight chunks
	ResetPerMillion       int   // transmissions at which the connection is reset, at both ends
	ResetOneEndPerMillion int   // likewise, but only the sender's end is notified
	DialHangPerMillion    int   // dials that get no answer
	WindowBytes           int   // of a stream: what may be on its way or unread; 0: 256 KiB
	DialTimeoutNanos      int64 // 0: 10 s
	ConnTimeoutNanos      int64 // how long bytes go unacknowledged before the sender fails; 0: 60 s
	LingerNanos           int64 // how long a Close waits for what was sent before; 0: 5 s
	RetransmitNanos       int64 // up to this long after a link heals, held bytes arrive; 0: 200 ms

	SkipChecks bool // do not check that sent bytes stay unchanged, do not scribble over released buffers
}

const (
	defaultWindow     = 256 << 10
	defaultDial       = int64(10 * time.Second)
	defaultConn       = int64(60 * time.Second)
	defaultLinger     = int64(5 * time.Second)
	defaultRetransmit = int64(200 * time.Millisecond)
)

func (o *Options) setDefaults() {
	setDefault(&o.DialTimeoutNanos, defaultDial)
	setDefault(&o.ConnTimeoutNanos, defaultConn)
	setDefault(&o.LingerNanos, defaultLinger)
	setDefault(&o.RetransmitNanos, defaultRetransmit)
	if o.WindowBytes == 0 {
		o.WindowBytes = defaultWindow
	}
}

func setDefault(v *int64, d int64) {
	if *v == 0 {
		*v = d
	}
}

// Draw returns the speed of a network for a seed, from one rack to between continents, with splits. It draws no
// resets and no hangs: those belong to a scenario's budget.
func Draw(r env.Rand) Options {
	base := r.Between(1, 20)
	o := Options{Link: Link{
		LatencyNanos:   base * r.Between(20, 2000) * 1000,
		JitterNanos:    base * r.Between(10, 2000) * 1000,
		BytesPerSecond: r.Between(1, 1200) << 20,
	}}
	o.SplitPerMillion = int(r.Between(0, 300_000))
	o.WindowBytes = 1 << r.Between(14, 20)
	if r.Chance(1, 2) {
		o.TailPerMillion = int(r.Between(100, 20_000))
		o.TailNanos = r.Between(1, 500) * 1_000_000
	}
	return o
}
