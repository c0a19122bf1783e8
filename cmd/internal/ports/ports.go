// Package ports finds addresses on this machine that no process listens on, for processes that must know each other's
// address before they start.
//
// It promises that the addresses of one call differ, and that the system gives none of them to an outgoing connection
// while the process that shall listen on it is not there yet: they lie below the ports that it hands out. It does not
// reserve them: another process may listen on one first.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
)

// The ports to draw from, below those that systems give to outgoing connections.
const (
	from = 12_000
	to   = 32_000
)

// tries bounds how many ports are drawn for each address.
const tries = 100

// Free returns n addresses on 127.0.0.1. They are drawn, so that two processes that look at the same time find
// different ones.
func Free(n int) (addrs []string, err error) {
	for range n {
		addr, err := free(addrs)
		if err != nil {
			return nil, fmt.Errorf("no free port from %d to %d: %w", from, to, err)
		}
		addrs = append(addrs, addr)
	}
	return addrs, nil
}

func free(taken []string) (addr string, err error) {
	for range tries {
		addr = fmt.Sprintf("127.0.0.1:%d", from+rand.IntN(to-from))
		if slices.Contains(taken, addr) {
			continue
		}
		var l net.Listener
		if l, err = net.Listen("tcp", addr); err == nil {
			return addr, l.Close()
		}
	}
	return "", err
}
