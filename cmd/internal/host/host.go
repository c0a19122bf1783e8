package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"gregor/core/env"
)

// Host runs one node.
//
//tidy:size the monitor: what its lock guards is one thing, and the counters beside it are not
type Host struct {
	opt     Options
	log     *slog.Logger
	lines   boundedLog
	loggers loggers
	start   time.Time
	clock   atomic.Int64 // env.Instant of the last step or tick: near enough for idle times
	root    *os.Root
	lock    *os.File

	mu          sync.Mutex // the node's lock
	node        env.Node
	inside      *carrier // whose Step runs
	dead        bool     // nothing is stepped any more
	files       map[env.FileID]*file
	descriptors descriptors
	lastFile    env.FileID
	conns       map[env.ConnID]*conn
	lastConn    env.ConnID
	names       []nameOp
	naming      bool // a goroutine carries names

	alarm     alarm
	intakes   []*intake // of dialed connections, and then of each listener
	dialed    *intake
	pool      pool // for what is read from files
	unpacking unpacking
	syncs     syncs
	carriers  sync.Pool
	stats     counters
	listeners []net.Listener
	addrs     []net.Addr

	work     sync.WaitGroup
	booted   chan struct{} // every goroutine that Run starts has been started
	started  chan struct{} // closed when the node emits Started
	asked    atomic.Bool   // Shutdown was called
	stopped  chan struct{} // the node has ended
	failure  error         // why it did, unless it had been asked to; set before stopped is closed
	closing  chan struct{} // the host is being torn down
	done     chan struct{} // the host is torn down
	once     struct{ started, stopped, shutdown, teardown sync.Once }
	shutdown error
}

// Run locks the data directory, listens, makes the node and steps its Boot. It returns once the node may be
// reached; the node's life goes on until Shutdown, Kill, or the end of ctx, which is a Shutdown.
func Run(ctx context.Context, o Options) (*Host, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	h := &Host{opt: o, lines: boundedLog{log: o.Log}, start: time.Now(),
		files: map[env.FileID]*file{}, conns: map[env.ConnID]*conn{},
		booted: make(chan struct{}), started: make(chan struct{}), stopped: make(chan struct{}), closing: make(chan struct{}),
		done: make(chan struct{})}
	h.loggers.init(o.LogLevel)
	h.log = h.logger(env.OfHost)
	h.carriers.New = func() any { return &carrier{h: h} }
	h.alarm.init(h.mono)
	h.pool.init(o.MaxInBytes)
	h.dialed = newIntake(o.Dialed, true, o.MaxInBytes)
	h.intakes = []*intake{h.dialed}
	h.unpacking.init(o.MaxUnpackBytes)
	h.syncs.init(h, o.SyncWorkers)
	h.limitConnections()
	if err := h.open(); err != nil {
		h.release()
		return nil, err
	}
	if !h.boot() {
		h.release()
		return nil, errors.New("host: NewNode made no node")
	}
	context.AfterFunc(ctx, func() { _ = h.Shutdown(context.WithoutCancel(ctx)) })
	return h, nil
}

// open gets what of the world the node will live in.
func (h *Host) open() (err error) {
	if err = os.MkdirAll(h.opt.DataDir, 0o755); err != nil {
		return err
	}
	if h.root, err = os.OpenRoot(h.opt.DataDir); err != nil {
		return err
	}
	if h.lock, err = lockDir(h.root, h.opt.DataDir); err != nil {
		return err
	}
	return h.listen()
}

func (h *Host) listen() error {
	if h.opt.NoListen {
		return nil
	}
	for _, at := range h.opt.Listen {
		l, err := net.Listen("tcp", at.Addr)
		if err != nil {
			return fmt.Errorf("cannot listen on %s: %w", at.Addr, err)
		}
		h.listeners = append(h.listeners, l)
		h.addrs = append(h.addrs, l.Addr())
		h.intakes = append(h.intakes, newIntake(h.opt.Protocol, false, h.opt.MaxInBytes))
	}
	return nil
}

// boot makes the node and starts everything that brings events. False: there is no node.
func (h *Host) boot() bool {
	if h.opt.Listening != nil {
		h.opt.Listening(h.addrs)
	}
	h.node = h.opt.NewNode(env.World{
		Disk: disk{h}, Network: network{h}, Rand: env.NewRand(h.opt.Seed), Life: facts{h},
		LogLevel: envLevel(h.opt.LogLevel)})
	if h.node == nil {
		return false
	}
	h.spawn(h.ticks)
	h.spawn(h.watch)
	(&carrier{h: h}).bring(env.Event{Kind: env.Boot})
	for i, l := range h.listeners {
		in := h.intakes[1+i]
		h.spawn(func() { h.accept(i, l, in) })
	}
	close(h.booted)
	return true
}

// Addrs are the addresses it listens on.
func (h *Host) Addrs() []net.Addr { return h.addrs }

// Started is closed when the node has emitted env.Started.
func (h *Host) Started() <-chan struct{} { return h.started }

// Done is closed when the host is torn down: after Shutdown, Kill, or the end of the node by itself.
func (h *Host) Done() <-chan struct{} { return h.done }

// Err is the reason the node gave for its end (env.GaveUp), nil if there is none. It is final once Done is closed.
func (h *Host) Err() error {
	select {
	case <-h.stopped:
		return h.failure
	default:
		return nil
	}
}

// Shutdown stops accepting, asks the node to stop, waits until it has, and tears the host down. An error is the reason
// why the node did not stop in good order: what it had not made durable counts as after a crash.
func (h *Host) Shutdown(ctx context.Context) error {
	h.once.shutdown.Do(func() { h.shutdown = h.stop(ctx) })
	<-h.done
	return h.shutdown
}

func (h *Host) stop(ctx context.Context) (err error) {
	for _, l := range h.listeners {
		_ = l.Close()
	}
	h.asked.Store(true)
	limit := time.NewTimer(h.opt.ShutdownTimeout)
	defer limit.Stop()
	go (&carrier{h: h}).bring(env.Event{Kind: env.Shutdown})
	select {
	case <-h.stopped:
		h.flushAll()
		err = h.failure
	case <-h.closing:
		if err = h.Err(); err == nil {
			err = errors.New("host: killed before the node had stopped")
		}
	case <-limit.C:
		err = fmt.Errorf("host: the node did not stop within %v", h.opt.ShutdownTimeout)
	case <-ctx.Done():
		err = fmt.Errorf("host: the node had not stopped: %w", context.Cause(ctx))
	}
	h.teardown()
	return err
}

// flushAll gives the last answers a moment to leave.
func (h *Host) flushAll() {
	for range 100 {
		if !h.anyBusy() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (h *Host) anyBusy() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.conns {
		if c.out.sending() {
			return true
		}
	}
	return false
}

// Kill tears the host down without a word to the node, as a crash of the process would.
func (h *Host) Kill() {
	h.teardown()
	<-h.done
}

// teardown ends every goroutine and gives everything back.
func (h *Host) teardown() {
	h.once.teardown.Do(func() {
		h.mu.Lock()
		h.dead = true
		conns := make([]*conn, 0, len(h.conns))
		for _, c := range h.conns {
			conns = append(conns, c)
		}
		h.mu.Unlock()
		close(h.closing)
		for _, l := range h.listeners {
			_ = l.Close()
		}
		h.syncs.close()
		h.eachPool((*pool).close)
		for _, c := range conns {
			c.hangUp()
		}
		h.work.Wait()
		h.release()
		close(h.done)
	})
}

// release closes what is open outside any goroutine.
func (h *Host) release() {
	for _, l := range h.listeners {
		_ = l.Close()
	}
	for _, f := range h.files {
		if f.f != nil {
			_ = f.f.Close()
		}
	}
	if h.lock != nil {
		_ = h.lock.Close()
	}
	if h.root != nil {
		_ = h.root.Close()
	}
}

// spawn starts a goroutine that teardown waits for.
func (h *Host) spawn(f func()) {
	h.work.Add(1)
	go func() {
		defer h.work.Done()
		f()
	}()
}

func (h *Host) mono() env.Instant { return env.Instant(time.Since(h.start)) }

// now reads both clocks.
func (h *Host) now() env.Now {
	t := time.Now()
	mono := t.Sub(h.start)
	h.clock.Store(int64(mono))
	return env.Now{Mono: env.Instant(mono), Wall: env.WallMillis(t.UnixMilli())}
}

// hostile reports a connection that ended for what its peer did.
func (h *Host) hostile(c *conn, why string) {
	h.stats.hostile.Add(1)
	h.warn(aboutPeer(c.peer), "connection closed", "peer", c.peer, "conn", uint64(c.id), "why", why)
}

// warn writes a line of the host's own about something.
func (h *Host) warn(about, text string, args ...any) {
	if h.loggers.enabled(env.OfHost, slog.LevelWarn) {
		h.line(about, slog.LevelWarn, text, args...)
	}
}

// line writes a line about something to the log, unless there were too many.
func (h *Host) line(about string, level slog.Level, text string, args ...any) {
	h.lines.write(h.mono(), about, level, text, args...)
}

// aboutPeer is what lines are about that a peer causes: its host, as each of its connections has another port.
func aboutPeer(peer string) string {
	if host, _, err := net.SplitHostPort(peer); err == nil {
		return peerPrefix + host
	}
	return peerPrefix + peer
}
