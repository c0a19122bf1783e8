package broker

import (
	"time"

	"gregor/core/env"
	"gregor/core/kafka"
)

// A follower's fetch may wait at this broker for replica.fetch.wait.max.ms, half a second, and what the follower has to
// follow here besides is named in its next one only. So that the first records of a new leader are not acknowledged
// that much later, it answers the fetches that wait, and lets none wait long while followers may still not know of it.

// How long after a broker has begun to lead something followers may not know it, and how long their fetches wait then.
const (
	followersHear = time.Second
	shortWait     = 10 * time.Millisecond
)

// callFollowers has followers ask again if this broker leads the partition since a moment ago.
func (p *partition) callFollowers(now env.Now) {
	leads := p.usable() == kafka.None
	if leads && !p.led {
		p.broker.fetching.callFollowers(now)
	}
	p.led = leads
}

func (t *fetching) callFollowers(now env.Now) {
	t.shortWaits = now.Mono.Add(followersHear)
	t.sessions.ExpireFollowers()
}

// waitAtMost is when a fetch is answered that may wait for some time.
func (t *fetching) waitAtMost(now env.Now, replica kafka.NodeID, wait time.Duration) env.Instant {
	if replica >= 0 && now.Mono < t.shortWaits {
		wait = min(wait, shortWait)
	}
	return now.Mono.Add(max(wait, 0))
}
