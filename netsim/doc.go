// Package netsim implements env.Network for simulated nodes, with faults.
//
// # What it models
//
// A connection is two streams, one for each direction. Sends wait in the sender's queue. Their bytes go onto the wire
// as far as the window allows: the bytes that the receiver has not read yet. Regions are copied from the sender's disk
// at that moment, and the sender's buffers are checked to hold what was submitted. On the wire, bytes are split into
// chunks at any place. Each chunk has a latency of its own (base, jitter, tail, bandwidth of the link, read rate of the
// receiver), and chunks of a stream never overtake each other. Bytes that have arrived are joined and cut into frames
// by the receiver's env.Protocol for accepted or for dialed connections. A receiver that is paused, busy or slow does
// not read: the window fills up, and the sender gets no Sent.
//
// A dial sends a SYN. It is accepted, refused when no process listens at the address, or unanswered until DialTimeout:
// the link is cut, the machine has no power, or DialHangPerMillion has drawn it.
//
// # Faults
//
//   - Cut link: in one direction or both, nothing arrives until the link is mended. The sender fails with ErrTimeout
//     after ConnTimeout; the receiver's end is half-open and notices only when it sends. If only the way back is cut,
//     data arrives but acknowledgements do not, so that the window stays full and the sender fails likewise.
//   - Hold: what is under way on the present connections waits until Release; new connections flow.
//   - Reset: of both ends, or of one end; the other end then notices when it sends.
//   - Slow link and slow reader: latency, tail and bandwidth of one direction; bytes per second that a node reads.
//   - Drawn for each transmission: splits, resets at both ends or one. Drawn for each dial: no answer.
//   - Process crash: the kernel closes the connections in order, or resets those whose bytes the process had not read.
//   - Power cut: nothing is closed. A sender to the machine gets a reset once the machine is up again, or a timeout
//     before.
//
// A close with unread bytes, and bytes that arrive after a close, reset the sender.
//
// # What it does not model
//
// Datagrams; loss and reordering within a stream, which TCP repairs; corruption on the wire, which its checksums nearly
// rule out; half-closed connections, which env does not have; name resolution. It has no time of its own: an [Engine]
// has.
package netsim
