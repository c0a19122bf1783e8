// Package netsim is the network between simulated nodes: env.Network with faults.
//
// # What it models
//
// A connection is two streams. What a node sends waits in a queue of its own; from there bytes go onto the wire
// as far as the window allows, which is what the other end has not read yet. Regions are copied from the
// sender's disk at that moment, and checked is that the sender's bytes are still what was submitted. On the wire
// bytes are cut into chunks at any place, each with a latency of its own (base, jitter, tail, bandwidth of the
// link, reading speed of the receiver), never overtaking each other. What has arrived is joined and cut into
// frames with the receiver's env.Protocol for its side; a receiver that is paused, busy or slow does not read, the window
// fills, and the sender's Sent does not come.
//
// Faults: a link may be cut in either direction or both: nothing arrives until it heals, and TCP's patience
// (ConnTimeout) ends the sender's end with ErrTimeout while the other end, half-open, knows nothing until it
// sends. Where only the way back is cut, data arrives but frees no window, and the sender gives up likewise. A
// connection may be reset at both ends or at one; the other end finds out when it sends. A link may be held: what
// is under way on the connections of that moment waits for release, however long, while new connections flow.
// A dial may be refused (nobody listens) or hang until DialTimeout (cut link, no power, or luck).
//
// A process crash ends its connections as the kernel would: orderly, or with a reset if the dead process had not
// read everything. A power cut says nothing to anybody: who sends to the dead machine gets a reset once it is
// up again, or a timeout. A close with unread bytes, or bytes that arrive after the close, reset the sender.
//
// # What it does not model
//
// Datagrams, loss and reordering within a stream (TCP mends those), corruption on the wire (its checksums nearly
// do), half-closed connections (env has none), and name resolution. It keeps no time of its own: a [Stage] does.
package netsim
