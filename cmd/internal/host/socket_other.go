//go:build !linux

package host

// transmission is a carrier's room for the arguments of its system calls: nothing here.
type transmission struct{}

// newPlain returns the stream of a connection of plain TCP.
func newPlain(c *conn) stream { return &wrapped{Duplex: c.tcp} }
