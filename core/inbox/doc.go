// Package inbox is what a node has been asked and has not answered: its connections, the requests queued on each, and
// the responses on their way out.
//
// It promises:
//
//   - The responses of a connection leave in the order in which its requests arrived, as Kafka's clients expect.
//   - A request begins when those before it on its connection have been answered, so that it sees everything they did.
//     Produces begin behind produces that are not answered yet: the log keeps their order, and a producer with several
//     in flight need not wait for the disk each time.
//   - A peer that has [slotsMax] requests unanswered, or one that may not begin yet, is not read from until there is
//     room.
//   - A step does a bounded amount of work ([Work]). A large request is answered in parts, over several steps.
//   - A [Ticket] finds its request as long as that is not answered, and nothing afterwards. Whoever completes a request
//     later keeps the ticket, never the request.
//   - The files that a response is read from stay pinned until it has left.
//
// A request goes through these states:
//
//	          mayBegin, Server.Admits          Reply, Send, Drop
//	 held ──────────────────────────▶ running ────────────────▶ answered ──▶ sent when all before it are
//	  │                                  │  ▲
//	  │ connection closed        Reply, │  │ next step
//	  ▼                     parts left ▼  │
//	answered (nothing is sent)           parted
//
// The package decodes nothing (core/wire does), knows no API but Produce, and holds no part of the node: what a request
// means is its [Server]'s to decide.
package inbox
