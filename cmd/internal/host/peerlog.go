package host

import (
	"net"
	"sync"
	"time"

	"gregor/core/env"
)

const (
	// peerLogEvery is how often a line about one peer is written at most.
	peerLogEvery = time.Minute
	// peerLogMax is how many peers are told apart; further ones share a line.
	peerLogMax = 1024
)

// peerLog bounds the lines written about peers that misbehave: what a peer may do thousands of times a second must not
// fill the disk with lines. A peer is an address without its port.
type peerLog struct {
	mu    sync.Mutex
	peers map[string]*peerLine
}

// peerLine is the last line about a peer.
type peerLine struct {
	at      env.Instant
	omitted int // since then
}

// allow reports whether a line about the peer is written now, and how many before it were not.
func (l *peerLog) allow(now env.Instant, peer string) (ok bool, omitted int) {
	if name, _, err := net.SplitHostPort(peer); err == nil {
		peer = name
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.find(now, peer)
	if p.at >= 0 && now.Sub(p.at) < peerLogEvery {
		p.omitted++
		return false, 0
	}
	omitted = p.omitted
	*p = peerLine{at: now}
	return true, omitted
}

func (l *peerLog) find(now env.Instant, peer string) *peerLine {
	if l.peers == nil {
		l.peers = map[string]*peerLine{}
	}
	if p := l.peers[peer]; p != nil {
		return p
	}
	if len(l.peers) >= peerLogMax {
		l.dropOld(now)
	}
	if len(l.peers) >= peerLogMax {
		peer = "others"
	}
	p := l.peers[peer]
	if p == nil {
		p = &peerLine{at: -1}
		l.peers[peer] = p
	}
	return p
}

// dropOld forgets the peers whose next line would be written anyhow and omits nothing.
func (l *peerLog) dropOld(now env.Instant) {
	for peer, p := range l.peers {
		if p.omitted == 0 && now.Sub(p.at) >= peerLogEvery {
			delete(l.peers, peer)
		}
	}
}
