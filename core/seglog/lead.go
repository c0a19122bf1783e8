package seglog

import "gregor/core/env"

// Lead enters a new leader epoch at the log's end, whether or not anything will be written under it: a
// follower or client that asks where an older epoch ends must get this answer from the first moment on
// (KAFKA-7415).
func (l *Log) Lead(epoch env.LeaderEpoch) {
	if l.state == Ready {
		l.noteEpoch(epoch, l.end)
	}
}
