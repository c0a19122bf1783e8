package sim

import (
	"encoding/binary"
	"fmt"
	"time"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/disksim"
)

// pinger sends a frame, waits for the answer, sends the next. It dials again when its connection ends.
type pinger struct {
	w         env.World
	to        string
	conn      env.ConnID
	sent, got uint64
	retry     env.Instant
	buf       [16]byte
	parallel  int
}

func (p *pinger) Deadline() env.Instant { return p.retry }

func (p *pinger) Step(now env.Now, e env.Event) {
	switch e.Kind {
	case env.Boot, env.Tick:
		p.retry = env.Never
		p.w.Network.Dial(1, p.to)
	case env.Dialed:
		if e.Err != nil {
			p.retry = now.Mono.Add(100 * time.Millisecond)
			return
		}
		p.conn = e.Conn
		for range max(1, p.parallel) {
			p.ping()
		}
	case env.Message:
		p.got++
		e.Buffer.Release()
		if e.Conn == p.conn {
			p.ping()
		}
	case env.Closed:
		p.conn = 0
		p.retry = now.Mono.Add(100 * time.Millisecond)
	}
}

func (p *pinger) ping() {
	p.sent++
	b := make([]byte, 12)
	binary.BigEndian.PutUint32(b, 8)
	binary.BigEndian.PutUint64(b[4:], p.sent)
	p.w.Network.Send(0, p.conn, env.Segment{Bytes: b})
}

// ponger answers every frame with itself.
type ponger struct{ w env.World }

func (p *ponger) Deadline() env.Instant { return env.Never }

func (p *ponger) Step(_ env.Now, e env.Event) {
	if e.Kind != env.Message {
		return
	}
	b := append([]byte(nil), e.Buffer.Bytes...)
	e.Buffer.Release()
	p.w.Network.Send(0, e.Conn, env.Segment{Bytes: b})
}

// ledger is a counter in a file: each message is an 8-byte number that it appends, makes durable if sync, and
// acknowledges with the count.
type ledger struct {
	w        env.World
	sync     bool
	ignore   bool // carry on after a failed sync
	file     env.FileID
	size     env.Position
	ready    bool
	op       env.OpID
	waiting  map[env.OpID]entry
	refusing bool
}

type entry struct {
	conn  env.ConnID
	bytes []byte
	value uint64
}

func (l *ledger) Deadline() env.Instant { return env.Never }

func (l *ledger) Step(_ env.Now, e env.Event) {
	switch e.Kind {
	case env.Boot:
		l.waiting = map[env.OpID]entry{}
		l.op++
		l.w.Disk.Open(l.op, "ledger", env.MayCreate)
	case env.Opened:
		l.file, l.size = e.File, e.Size/8*8
		l.op++
		l.w.Disk.SyncDir(l.op, "")
	case env.DirSynced:
		l.ready = e.Err == nil
	case env.Message:
		value := binary.BigEndian.Uint64(e.Buffer.Bytes[4:])
		e.Buffer.Release()
		l.append(e.Conn, value)
	case env.Wrote:
		l.wrote(e)
	case env.Synced:
		l.synced(e)
	case env.Shutdown:
		l.w.Emit(env.Stopped{})
	}
}

func (l *ledger) append(conn env.ConnID, value uint64) {
	if !l.ready || l.refusing {
		l.w.Network.Close(conn)
		return
	}
	l.op++
	b := binary.BigEndian.AppendUint64(nil, value)
	l.waiting[l.op] = entry{conn, b, value}
	l.w.Disk.WriteAt(l.op, l.file, l.size, b)
	l.size += 8
}

func (l *ledger) wrote(e env.Event) {
	w := l.waiting[e.Op]
	delete(l.waiting, e.Op)
	if e.Err != nil {
		l.refuse(w.conn)
		return
	}
	if !l.sync {
		l.ack(w)
		return
	}
	l.op++
	l.waiting[l.op] = w
	l.w.Disk.Sync(l.op, l.file)
}

func (l *ledger) synced(e env.Event) {
	w := l.waiting[e.Op]
	delete(l.waiting, e.Op)
	switch {
	case e.Err == nil:
		l.ack(w)
	case l.ignore: // the bug: sync again and believe it
		l.op++
		l.waiting[l.op] = w
		l.w.Disk.Sync(l.op, l.file)
	default:
		l.refuse(w.conn)
	}
}

func (l *ledger) refuse(conn env.ConnID) {
	l.refusing = true
	l.w.Network.Close(conn)
}

func (l *ledger) ack(w entry) {
	l.w.Emit(env.ProduceReturned{Call: w.value, Outcome: env.OK})
	l.w.Network.Send(0, w.conn, env.Segment{Bytes: append([]byte{0, 0, 0, 8}, w.bytes...)})
}

// acks remembers what was acknowledged.
type acks struct{ values []uint64 }

func (a *acks) Observe(s Stamped) {
	if f, ok := s.Fact.(env.ProduceReturned); ok {
		a.values = append(a.values, f.Call)
	}
}

// lost lists acknowledged numbers that a ledger does not have.
func (a *acks) lost(content []byte) []uint64 {
	have := map[uint64]bool{}
	for len(content) >= 8 {
		have[binary.BigEndian.Uint64(content)] = true
		content = content[8:]
	}
	var lost []uint64
	for _, v := range a.values {
		if !have[v] {
			lost = append(lost, v)
		}
	}
	return lost
}

func newPinger(to string, parallel int) func(env.World) env.Node {
	return func(w env.World) env.Node { return &pinger{w: w, to: to, retry: env.Never, parallel: parallel} }
}

func newPonger(w env.World) env.Node { return &ponger{w: w} }

// ledgerWorld is one ledger and one client.
func ledgerWorld(o Options, disk disksim.Options, l ledger) (*World, *acks) {
	w, a := New(o), &acks{}
	w.Observe(a)
	w.AddNode("ledger", Spec{New: func(e env.World) env.Node { n := l; n.w = e; return &n },
		Protocol: contract.Frames, Addr: "ledger:1", Disk: disk})
	client := uint64(0)
	w.AddNode("client", Spec{New: func(e env.World) env.Node {
		client += 1_000_000 // numbers of incarnations never meet
		return &pinger{w: e, to: "ledger:1", retry: env.Never, sent: client}
	}, Protocol: contract.Frames})
	return w, a
}

func pingWorld(o Options, pairs, parallel int) *World {
	w := New(o)
	for i := range pairs {
		addr := fmt.Sprintf("pong%d:1", i)
		w.AddNode(fmt.Sprintf("pong%d", i), Spec{New: newPonger, Protocol: contract.Frames, Addr: addr})
		w.AddNode(fmt.Sprintf("ping%d", i), Spec{New: newPinger(addr, parallel), Protocol: contract.Frames})
	}
	return w
}
