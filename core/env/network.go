package env

import "errors"

// What may go wrong with a connection.
var (
	ErrRefused = errors.New("connection refused")
	ErrReset   = errors.New("connection reset by peer")
	ErrTimeout = errors.New("connection timed out")
	ErrFrame   = errors.New("bad frame") // the Protocol refused the peer's bytes
)

// Network is a node's sockets. Every call submits and returns at once.
//
// A connection is two streams of bytes. Each keeps its order, may be split and joined anywhere on the way,
// and may end at any byte; the end may go unnoticed for as long as nothing is sent (half-open). What a Sent
// without error means is that the transport took the bytes, not that the peer did.
//
// The transport cuts the incoming stream into frames with a Protocol of the node and delivers each as a Message. A
// node has one Protocol for the connections it accepted, where requests come, and may have another for those it
// dialed, where answers come.
type Network interface {
	// Dial opens a connection to a node's advertised "host:port". -> Dialed.
	Dial(op OpID, addr string)
	// Send sends the parts in order, after all that was sent before on this connection. Bytes and Regions
	// must not change until Sent; the slice of parts itself is the caller's again when Send returns. With op zero no Sent
	// comes, and Bytes must never change. A Send on a connection that is gone completes with an error. -> Sent.
	Send(op OpID, conn ConnID, parts ...Segment)
	// Pause stops Messages of a connection until Resume; at most one more that was already on its way may
	// come. It is how a node pushes back on a fast peer.
	Pause(conn ConnID)
	Resume(conn ConnID)
	// Close ends the connection after what was sent before, and waits some seconds at most for a peer to take that:
	// what has not left by then completes with an error. -> Closed.
	Close(conn ConnID)
}

// Segment is a part of a message: bytes in memory, or a region of a file that never enters memory. Exactly
// one of the two is set.
type Segment struct {
	Bytes  []byte
	Region Region
}

// Region is a range of an open file: zero copy as a value.
type Region struct {
	File   FileID
	Pos    Position
	Length int
}

// Len is the segment's length in bytes.
func (s Segment) Len() int {
	if s.Region.File != 0 {
		return s.Region.Length
	}
	return len(s.Bytes)
}
