package broker

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// largest is how many elements a request that is served at once may have. A Produce or Fetch names each partition
// once, so that on a broker with many of them it may be larger.
func (b *Broker) largest(r *wire.Request) int {
	if r.Body == nil {
		return wholeMax + len(b.logs.byName)
	}
	return wholeMax
}

// refuseLarge refuses a request that asks for more than one Step may do: with a code of its API's where that has one
// for the request as a whole or few enough elements to answer each, or else by closing the connection, as Kafka does
// above its own bound of a million elements.
func (b *Broker) refuseLarge(q *inbox.Request, r *wire.Request) {
	text := fmt.Sprintf("%s: %d array elements, at most %d are served at once", r, r.Elements(), b.largest(r))
	var refusal kmsg.Response
	if r.Body != nil {
		refusal = wire.RefuseLarge(r.Body)
	}
	if refusal == nil {
		b.turnAway(q, r, text)
		return
	}
	b.world.Emit(env.RequestFailed{Conn: q.Conn().ID(), API: r.Key, Code: kafka.InvalidRequest, Text: text})
	q.Reply(refusal)
}
