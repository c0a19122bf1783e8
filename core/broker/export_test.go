package broker

import "gregor/core/alarm"

// Busy counts what a broker holds for its clients.
type Busy struct {
	Connections, Slots, Sends, Readers, Acks, Lookups, Produces, Fetches, Alarms, Changes, Sessions, SessionPartitions int
}

// Busy counts what the broker holds now. Slots, sends, produces and fetches that wait for their next use are none.
func (b *Broker) Busy() Busy {
	held := b.inbox.Held()
	n := Busy{Connections: held.Connections, Slots: held.Requests, Sends: held.Sends,
		Changes: b.control.Waiting() + b.outcomes.Len(), Sessions: b.fetching.sessions.Len(),
		SessionPartitions: b.fetching.sessions.Partitions()}
	for _, p := range b.logs.byOwner {
		if p != nil {
			n.Readers += len(p.readers)
			n.Acks += p.replica.Waiting()
			n.Lookups += len(p.lookups)
		}
	}
	b.deadlines.Each(func(w alarm.Waker) {
		switch w.(type) {
		case *produceRequest:
			n.Produces++
		case *fetchRequest:
			n.Fetches++
		}
	})
	n.Alarms = b.deadlines.Len()
	return n
}

// SettleRoundsMax is the bound that a step must not come near.
const SettleRoundsMax = settleRoundsMax

// WholeMax is how many elements a request that is served at once may have.
const WholeMax = wholeMax
