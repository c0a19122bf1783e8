package live

import (
	"net"
	"sync"
	"time"

	"gregor/cmd/internal/ports"
)

// door is where others reach a listener of a server: a proxy in front of it, at an address that stays the same. It is
// there only while the server listens, so that who comes when it does not is refused.
type door struct {
	links *links
	owner string
	addr  string // where others come
	inner string // where the server listens

	mu       sync.Mutex
	listener net.Listener
	opened   chan struct{} // closed when the door is shut, nil while it is
}

func newDoor(n *links, owner string) (*door, error) {
	addrs, err := ports.Free(2)
	if err != nil {
		return nil, err
	}
	return &door{links: n, owner: owner, addr: addrs[0], inner: addrs[1]}, nil
}

// doorstep is how often it is looked whether the server listens already, and whether its address can be taken.
const doorstep = 5 * time.Millisecond

// open lets callers in as soon as the server listens, unless gone comes first.
func (d *door) open(gone <-chan struct{}) {
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
			case <-time.After(doorstep):
			}
		}
	}()
}

// listens says whether the server does.
func (d *door) listens() bool {
	c, err := net.DialTimeout("tcp", d.inner, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}

// listen takes the address, and says whether there is nothing more to do.
func (d *door) listen(shut chan struct{}) bool {
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

// shut turns away who comes. Those who are in stay.
func (d *door) shut() {
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

func (d *door) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return // the door is shut
		}
		k := &link{links: d.links, to: d.owner, near: c.(*net.TCPConn), done: make(chan struct{})}
		if !d.links.add(k) {
			k.sever()
			return
		}
		go k.live(d.inner)
	}
}
