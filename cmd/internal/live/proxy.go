package live

import (
	"net"
	"sync"
	"time"

	"gregor/cmd/internal/ports"
)

// proxy stands before a listener of a server, at an address that stays the same. It accepts connections only while the
// server listens, so that others are refused when it does not.
type proxy struct {
	links *links
	owner string
	addr  string // where nodes connect
	inner string // where the server listens

	mu       sync.Mutex
	listener net.Listener
	opened   chan struct{} // closed when the proxy stops accepting; nil while it does not accept
}

func newDoor(n *links, owner string) (*proxy, error) {
	addrs, err := ports.Free(2)
	if err != nil {
		return nil, err
	}
	return &proxy{links: n, owner: owner, addr: addrs[0], inner: addrs[1]}, nil
}

// proxyPoll is how often the proxy tries whether the server listens, and whether its own address can be bound.
const proxyPoll = 5 * time.Millisecond

// open accepts connections as soon as the server listens, unless gone comes first.
func (d *proxy) open(gone <-chan struct{}) {
	shut := make(chan struct{})
	d.mu.Lock()
	d.opened = shut
	d.mu.Unlock()
	go func() {
		for !d.listens() || !d.listen(shut) {
			select {
			case <-shut:
				return
			case <-gone:
				return
			case <-time.After(proxyPoll):
			}
		}
	}()
}

// listens reports whether the server accepts connections.
func (d *proxy) listens() bool {
	c, err := net.DialTimeout("tcp", d.inner, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// listen binds the address, and reports whether there is nothing more to do.
func (d *proxy) listen(shut chan struct{}) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opened != shut {
		return true
	}
	l, err := net.Listen("tcp", d.addr)
	if err != nil {
		return false
	}
	d.listener = l
	go d.accept(l)
	return true
}

// shut refuses new connections. The present ones stay.
func (d *proxy) shut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.opened != nil {
		close(d.opened)
		d.opened = nil
	}
	if d.listener != nil {
		_ = d.listener.Close()
		d.listener = nil
	}
}

func (d *proxy) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // shut
		}
		k := &link{links: d.links, to: d.owner, near: c.(*net.TCPConn), done: make(chan struct{})}
		if !d.links.add(k) {
			k.sever()
			return
		}
		go k.live(d.inner)
	}
}
