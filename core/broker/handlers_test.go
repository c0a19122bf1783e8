package broker

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/inbox"
	"gregor/core/wire"
)

// A node does not start when wire's table and the handlers differ by one API, in either direction.
func TestHandlersAreThoseOfTheTable(t *testing.T) {
	b := &Broker{}
	whole := b.handle()
	for _, api := range wire.APIs() {
		h := whole
		h[api.Key] = nil
		require.Panics(t, h.check, "without a handler of %s", api.Name)
	}
	h := whole
	h[kmsg.WriteTxnMarkers] = func(env.Now, *inbox.Request, *wire.Request) {}
	require.Panics(t, h.check, "a handler of an API that is not in the table")
	require.Panics(t, func() { register(&whole, b.metadata) }, "two handlers of one API")
}
