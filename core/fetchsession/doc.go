// Package fetchsession remembers what each client fetches, so that a Fetch need not name every partition each time
// (KIP-227).
//
//	        epoch 0: full fetch, and there is room
//	none ────────────────────────────────────────────▶ session, epoch 1 ──┐ incremental fetch with the
//	  ▲                                                  │          ▲      │ expected epoch: the next one
//	  │ epoch -1; nothing left to fetch; too large;      │          └──────┘
//	  └ evicted for another session ◀────────────────────┘
//
// It promises that at most so many sessions and partitions are held, that a session is safe from others for two minutes
// after it began and after it was used, and that a follower's is never evicted for a consumer's. Kafka bounds the
// number of sessions only.
//
// The package knows what is asked for, and not what is read: a partition of a session is a type of its owner's, [Part].
package fetchsession
