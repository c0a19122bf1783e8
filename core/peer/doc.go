// Package peer is the connections that a node dials to other nodes: the metadata quorum's requests, those to the active
// controller, replication, and probes.
//
// A [Pool] has at most one connection for each node and [Lane]; the first request dials it. Requests of one connection
// are answered in order, so that requests that may be held for long have lanes of their own. The other end is a node of
// this version: versions are not negotiated.
//
// It promises that each request's continuation is called once, with the response or with the error that kept it from
// coming, and never from within Send: failures are reported when the node calls [Pool.Settle]. The response to a
// request that has failed is dropped. A node that cannot be reached is logged once, and once when it answers again.
//
//	           Send                   Dialed
//	  idle ────────────▶ dialing ─────────────────▶ up ──┐ Send, response
//	▲  │ ▲                 │ Dialed with an error,  │ ▲──┘
//	│  │ │                 │ a call timed out       │ Closed, a call timed out, the node has another address,
//	└──┘ └─────────────────┴────────────────────────┘ a response that is none
//	Send fails while the pause after a failure lasts
//
// The package does not decide what to do about a failure: it never sends a request again. [Prober] alone repeats: a
// node is gone only if its machine refuses the connection.
package peer
