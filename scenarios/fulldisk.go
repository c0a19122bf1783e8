package scenarios

import (
	"strings"
	"time"

	"gregor/core/env"
	"gregor/disksim"
)

// fullDisk is a server whose disk is full. A server that needs space ends by itself: a voter, because it must append to
// the metadata log, and a broker whose partitions have other replicas. The run restarts it when there is space, as an
// operator would.
type fullDisk struct {
	restart func()      // the process that has ended; nil: it has not
	until   env.Instant // when the lack of space cannot end the process any more; env.Never while there is no space
}

// retireTime is how long a broker may take for a controlled shutdown after its disk was full.
const retireTime = 30 * time.Second

// spaceChanged notes that a server's disk has become full, which may end the server, or has space again.
func (r *run) spaceChanged(n string, was, is disksim.Options) {
	switch before, now := was.CapacityBytes, is.CapacityBytes; {
	case before == 0 && now > 0:
		r.full[n] = &fullDisk{until: env.Never}
		r.atlas.mayEnd(n)
	case before > 0 && now == 0:
		r.freed(n)
	}
}

// freed restarts a server that a full disk has ended. One that has not ended may still be about to.
func (r *run) freed(n string) {
	f := r.full[n]
	if f == nil || f.until != env.Never {
		return
	}
	f.until = r.w.Now().Add(retireTime)
	if f.restart != nil {
		f.restart()
	}
	r.w.At(f.until, func() {
		if r.full[n] == f {
			r.atlas.survived(n)
		}
	})
}

// lackedSpace reports whether a server ended for the given reason because its disk was full.
func (r *run) lackedSpace(n, reason string) bool {
	f := r.full[n]
	return f != nil && r.w.Now() <= f.until && strings.Contains(reason, env.ErrNoSpace.Error())
}

// awaitSpace restarts a server that ended because its disk was full as soon as there is space.
func (r *run) awaitSpace(n string) {
	f := r.full[n]
	f.restart = r.comingBack(n)
	if f.until != env.Never {
		r.w.At(r.w.Now(), f.restart)
	}
}
