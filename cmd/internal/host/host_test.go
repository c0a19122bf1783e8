package host

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/cmd/internal/bench/ideal"
	"gregor/core/env"
	"gregor/core/env/contract"
)

// player is a node that a test writes: step sees every event.
type player struct {
	w        env.World
	step     func(p *player, now env.Now, e env.Event)
	deadline env.Instant
	lastOp   env.OpID
}

func (p *player) Step(now env.Now, e env.Event) { p.step(p, now, e) }
func (p *player) Deadline() env.Instant         { return p.deadline }
func (p *player) op() env.OpID                  { p.lastOp++; return p.lastOp }

// send answers with a frame of the contract's protocol.
func (p *player) send(c env.ConnID, payload []byte) {
	p.w.Network.Send(0, c, env.Segment{Bytes: framed(payload)})
}

func framed(payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
}

func payload(e env.Event) []byte { return e.Message.(*contract.Frame).Payload }

// echo answers every message with itself.
func echo(p *player, _ env.Now, e env.Event) {
	switch e.Kind {
	case env.Message:
		p.send(e.Conn, bytes.Clone(payload(e)))
		e.Buffer.Release()
	case env.Shutdown:
		p.w.Emit(env.Stopped{})
	}
}

// play runs a host on the loopback with a player in it.
func play(t *testing.T, o Options, step func(*player, env.Now, env.Event)) *Host {
	t.Helper()
	if o.Protocol == nil {
		o.Protocol = contract.Frames
	}
	if o.Listen == nil {
		o.Listen = Plain("127.0.0.1:0")
	}
	if o.DataDir == "" {
		o.DataDir = t.TempDir()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.NewNode = func(w env.World) env.Node { return &player{w: w, step: step, deadline: env.Never} }
	h, err := Run(context.Background(), o)
	require.NoError(t, err)
	t.Cleanup(h.Kill)
	return h
}

func dial(t *testing.T, h *Host) *net.TCPConn {
	t.Helper()
	return dialAddr(t, h.Addrs()[0].String())
}

func dialAddr(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = nc.Close() })
	require.NoError(t, nc.SetDeadline(time.Now().Add(20*time.Second)))
	return nc.(*net.TCPConn)
}

// How long, and how often, tests look for what must come.
const (
	patience = 10 * time.Second
	tick     = time.Millisecond
)

func receive(t *testing.T, r io.Reader) []byte {
	t.Helper()
	var head [4]byte
	_, err := io.ReadFull(r, head[:])
	require.NoError(t, err)
	p := make([]byte, binary.BigEndian.Uint32(head[:]))
	_, err = io.ReadFull(r, p)
	require.NoError(t, err)
	return p
}

// ask sends one frame and returns the answer.
func ask(t *testing.T, nc net.Conn, p string) string {
	t.Helper()
	_, err := nc.Write(framed([]byte(p)))
	require.NoError(t, err)
	return string(receive(t, nc))
}

// wantEnd reads until the peer ends the connection.
func wantEnd(t *testing.T, nc net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, nc); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("the connection did not end: %v", err)
	}
}

func TestSecondHostOnOneDirectoryIsKeptOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := play(t, Options{DataDir: dir}, echo)
	o := Options{NoListen: true, DataDir: dir, Protocol: contract.Frames, NewNode: func(env.World) env.Node {
		return &player{step: echo}
	}}
	_, err := Run(context.Background(), o)
	require.ErrorContains(t, err, "in use by another process")
	require.ErrorContains(t, err, dir)
	h.Kill()
	again, err := Run(context.Background(), o)
	require.NoError(t, err)
	again.Kill()
}

func TestShutdownWaitsForStopped(t *testing.T) {
	t.Parallel()
	h := play(t, Options{}, echo)
	nc := dial(t, h)
	require.Equal(t, "hello", ask(t, nc, "hello"))
	require.NoError(t, h.Shutdown(context.Background()))
	wantEnd(t, nc)
	_, err := net.Dial("tcp", h.Addrs()[0].String())
	require.Error(t, err)

	deaf := play(t, Options{ShutdownTimeout: 50 * time.Millisecond}, func(*player, env.Now, env.Event) {})
	require.ErrorContains(t, deaf.Shutdown(context.Background()), "did not stop within 50ms")
}

func TestEndOfContextShutsDown(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	told := make(chan struct{})
	h, err := Run(ctx, Options{NoListen: true, DataDir: t.TempDir(), Protocol: contract.Frames,
		NewNode: func(w env.World) env.Node {
			return &player{w: w, deadline: env.Never, step: func(p *player, _ env.Now, e env.Event) {
				if e.Kind == env.Shutdown {
					close(told)
					p.w.Emit(env.Stopped{})
				}
			}}
		}})
	require.NoError(t, err)
	cancel()
	<-told
	<-h.Done()
}

// Sends are numbered in the order the node submits them, by steps on many goroutines; each peer must get its
// numbers in that order, large and small mixed, whichever goroutine sends them.
func TestSendsKeepTheirOrderWhoeverCarries(t *testing.T) {
	t.Parallel()
	const peers, rounds = 6, 60
	next := map[env.ConnID]uint32{}
	h := play(t, Options{}, func(p *player, _ env.Now, e env.Event) {
		switch e.Kind {
		case env.Accepted:
			next[e.Conn] = 0
		case env.Closed:
			delete(next, e.Conn)
		case env.Message:
			size := int(payload(e)[0]) << 10
			e.Buffer.Release()
			for c := range next {
				b := make([]byte, 4+size)
				binary.BigEndian.PutUint32(b, next[c])
				next[c]++
				p.send(c, b)
			}
		}
	})
	conns := make([]net.Conn, peers)
	for i := range conns {
		conns[i] = dial(t, h)
		time.Sleep(10 * time.Millisecond) // all accepted before the first message
	}
	var all sync.WaitGroup
	for i, nc := range conns {
		all.Go(func() {
			for r := range rounds {
				_, _ = nc.Write(framed([]byte{byte((r*7 + i) % 100)}))
			}
		})
		all.Go(func() {
			for n := range uint32(peers * rounds) {
				if got := binary.BigEndian.Uint32(receive(t, nc)); got != n {
					t.Errorf("peer %d got send %d when it was the turn of %d", i, got, n)
					return
				}
			}
		})
	}
	all.Wait()
}

func TestSlowPeerStallsNobody(t *testing.T) {
	t.Parallel()
	var slow env.ConnID
	h := play(t, Options{MaxOutBytes: 20 << 20}, func(p *player, now env.Now, e env.Event) {
		if e.Kind == env.Accepted && slow == 0 {
			slow = e.Conn
		}
		if e.Kind == env.Message && e.Conn != slow {
			p.send(slow, make([]byte, 1<<20))
		}
		echo(p, now, e)
	})
	lazy := dial(t, h)
	require.Equal(t, "first", ask(t, lazy, "first"))
	busy := dial(t, h)
	for i := range 100 {
		start := time.Now()
		require.Equal(t, "ping", ask(t, busy, "ping"))
		require.Less(t, time.Since(start), 5*time.Second, "round %d", i)
	}
	// 100 MiB for a peer that reads nothing: it was cut off at the bound.
	for deadline := time.Now().Add(5 * time.Second); h.Stats().Connections > 1; time.Sleep(time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "the slow peer is still connected")
	}
	require.Equal(t, uint64(1), h.Stats().Hostile)
}

// lines collects log output.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestHostilePeersAreClosedWithALine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, why string
		send      []byte
	}{
		{"a length out of range", "frame length out of range", []byte{0xff, 0xff, 0xff, 0xff}},
		{"over the host's limit", "a frame of 2097156 bytes, more than 1048576", []byte{0, 0x20, 0, 0}},
		{"not decodable", "poisoned frame", framed([]byte("poison"))},
		{"a frame that never ends", "a frame came too slowly", []byte{0, 0, 1, 0, 'x'}},
		{"nothing at all", "idle for too long", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log lines
			closed := make(chan error, 1)
			h := play(t, Options{MaxFrame: 1 << 20, FrameTimeout: 100 * time.Millisecond, IdleTimeout: 300 * time.Millisecond,
				Log: slog.New(slog.NewTextHandler(&log, nil))}, func(p *player, now env.Now, e env.Event) {
				if e.Kind == env.Closed {
					closed <- e.Err
				}
				echo(p, now, e)
			})
			nc := dial(t, h)
			require.Equal(t, "well", ask(t, nc, "well"))
			_, err := nc.Write(c.send)
			require.NoError(t, err)
			wantEnd(t, nc)
			require.Error(t, <-closed)
			require.Contains(t, log.String(), "connection closed")
			require.Contains(t, log.String(), c.why)
			require.Contains(t, log.String(), nc.LocalAddr().String())
		})
	}
}

func TestLengthsAloneTakeNoMemory(t *testing.T) {
	t.Parallel()
	const bound = 4 << 20
	h := play(t, Options{MaxInBytes: bound, FrameTimeout: time.Second}, echo)
	// Each peer announces 60 MiB, sends a little, and stops.
	for range 100 {
		_, err := dial(t, h).Write(append([]byte{3, 0xc0, 0, 0}, make([]byte, 3000)...))
		require.NoError(t, err)
	}
	time.Sleep(50 * time.Millisecond)
	require.LessOrEqual(t, h.Stats().InBytes, int64(bound))
	nc := dial(t, h)
	require.Equal(t, "still here", ask(t, nc, "still here"))
}

// Peers that hold memory by half a frame each run into the bound, not beyond twice of it, and lose it in time.
func TestHalfFramesAreBounded(t *testing.T) {
	t.Parallel()
	const bound = 4 << 20
	h := play(t, Options{MaxInBytes: bound, FrameTimeout: 200 * time.Millisecond}, echo)
	for range 40 {
		_, err := dial(t, h).Write(append([]byte{0, 0x10, 0, 0}, make([]byte, 8000)...))
		require.NoError(t, err)
	}
	time.Sleep(50 * time.Millisecond)
	require.LessOrEqual(t, h.Stats().InBytes, int64(2*bound))
	nc := dial(t, h)
	want := strings.Repeat("large", 200_000)
	require.Equal(t, want, ask(t, nc, want))
}

// Whoever waits gives away what it worked with, and goes on with something else: two connections that carried with
// one carrier would send each other's bytes.
func TestConnectionsThatWaitShareNothing(t *testing.T) {
	t.Parallel()
	var paused env.ConnID
	h := play(t, Options{}, func(p *player, now env.Now, e env.Event) {
		if own := p.w.Network.(network).h.inside.own; e.Kind == env.Message && (own == nil || own.id != e.Conn) {
			t.Errorf("connection %d brings its messages with what is not its own", e.Conn)
		}
		switch {
		case e.Kind == env.Message && payload(e)[0] == 'a':
			paused = e.Conn
			p.w.Network.Pause(e.Conn)
		case e.Kind == env.Message && paused != 0:
			p.w.Network.Resume(paused)
		}
		echo(p, now, e)
	})
	const rounds, together = 100, 4
	var all sync.WaitGroup
	var through atomic.Bool // a is; the others go on until then, for it to be resumed
	for _, kind := range []string{"a", "b", "b", "b"} {
		nc := dial(t, h)
		all.Go(func() {
			stream := bytes.Repeat(framed([]byte(kind+"aaaa")), together)
			for i := 0; kind == "a" && i < rounds || kind == "b" && !through.Load(); i++ {
				_, err := nc.Write(stream)
				got := make([]byte, len(stream))
				if err == nil {
					_, err = io.ReadFull(nc, got)
				}
				if err != nil || !bytes.Equal(got, stream) {
					t.Errorf("connection %s got %q: %v", kind, got, err)
					break
				}
			}
			through.Store(through.Load() || kind == "a")
		})
	}
	all.Wait()
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	h := play(t, Options{MaxConnections: 2}, echo)
	a, b := dial(t, h), dial(t, h)
	require.Equal(t, "a", ask(t, a, "a"))
	require.Equal(t, "b", ask(t, b, "b"))
	wantEnd(t, dial(t, h))
	require.Equal(t, uint64(1), h.Stats().Refused)
	require.NoError(t, a.Close())
	for h.Stats().Connections > 1 {
		time.Sleep(time.Millisecond)
	}
	require.Equal(t, "c", ask(t, dial(t, h), "c"))
}

// A peer that has ended its own sending still gets its answers.
func TestHalfClosedPeerIsAnswered(t *testing.T) {
	t.Parallel()
	h := play(t, Options{}, echo)
	nc := dial(t, h)
	want := strings.Repeat("x", 8<<20)
	go func() {
		_, _ = nc.Write(framed([]byte(want)))
		_ = nc.CloseWrite()
	}()
	require.Equal(t, want, string(receive(t, nc)))
	wantEnd(t, nc)
}

// The same where another goroutine is sending the answer when the peer ends its sending.
func TestHalfClosedPeerIsAnsweredByOthers(t *testing.T) {
	t.Parallel()
	var asked env.ConnID
	h := play(t, Options{}, func(p *player, now env.Now, e env.Event) {
		switch e.Kind {
		case env.Message:
			asked, p.deadline = e.Conn, now.Mono
			e.Buffer.Release()
		case env.Tick:
			p.deadline = env.Never
			p.send(asked, make([]byte, 32<<20))
		}
	})
	nc := dial(t, h)
	_, err := nc.Write(framed([]byte("x")))
	require.NoError(t, err)
	readExactly(t, nc, 4)
	require.NoError(t, nc.CloseWrite())
	time.Sleep(20 * time.Millisecond) // the host sees the end while most is still queued
	readExactly(t, nc, 32<<20)
	wantEnd(t, nc)
}

// The node answers and closes, while the peer has sent more than anybody reads: the answer must arrive.
func TestCloseDeliversWhatWasSentThoughThePeerSendsOn(t *testing.T) {
	t.Parallel()
	answer := make([]byte, 4<<20)
	h := play(t, Options{}, func(p *player, _ env.Now, e env.Event) {
		if e.Kind == env.Message {
			e.Buffer.Release()
			p.send(e.Conn, answer)
			p.w.Network.Close(e.Conn)
		}
	})
	nc := dial(t, h)
	go func() {
		for range 64 {
			_, _ = nc.Write(framed(make([]byte, 10_000)))
		}
	}()
	require.Len(t, receive(t, nc), len(answer))
	wantEnd(t, nc)
}

func TestTicksComeAtTheDeadline(t *testing.T) {
	t.Parallel()
	type tick struct{ due, at env.Instant }
	ticks := make(chan tick, 100)
	n := 0
	h := play(t, Options{}, func(p *player, now env.Now, e env.Event) {
		switch e.Kind {
		case env.Boot:
			p.deadline = now.Mono.Add(time.Hour)
		case env.Message: // moves the deadline to an earlier time
			p.deadline = now.Mono.Add(20 * time.Millisecond)
			echo(p, now, e)
		case env.Tick:
			ticks <- tick{p.deadline, now.Mono}
			p.deadline = now.Mono.Add(10 * time.Millisecond)
			if n++; n == 5 {
				p.deadline = env.Never
			}
		}
	})
	require.Equal(t, "go", ask(t, dial(t, h), "go"))
	for range 5 {
		got := <-ticks
		require.GreaterOrEqual(t, got.at, got.due)
		require.Less(t, got.at.Sub(got.due), 2*time.Second)
	}
	time.Sleep(50 * time.Millisecond)
	require.Empty(t, ticks)
}

// A node that is busy with its disk without end, from the timer and from a connection, still gets its ticks and
// answers its peers.
func TestEndlessChainsHoldUpNobody(t *testing.T) {
	t.Parallel()
	var file env.FileID
	ticks := make(chan struct{}, 1000)
	read := func(p *player) { p.w.Disk.ReadAt(p.op(), file, 0, 4096) }
	h := play(t, Options{}, func(p *player, now env.Now, e env.Event) {
		switch e.Kind {
		case env.Boot:
			p.w.Disk.Open(p.op(), "f", env.MayCreate)
		case env.Opened:
			file = e.File
			read(p) // a chain on the goroutine of names
			p.w.Disk.WriteAt(p.op(), file, 0, make([]byte, 4096))
			p.deadline = now.Mono
		case env.Read:
			e.Buffer.Release()
			read(p)
		case env.Tick:
			if len(ticks) < 3 {
				read(p) // a chain on the timer's
			}
			ticks <- struct{}{}
			p.deadline = now.Mono.Add(5 * time.Millisecond)
		case env.Message:
			if string(payload(e)) == "chain" {
				read(p)
			}
			if string(payload(e)) == "names" {
				p.w.Disk.MkdirAll(p.op(), "d")
			}
			p.w.Network.Send(0, e.Conn, env.Segment{Bytes: framed([]byte("ok"))})
			e.Buffer.Release()
		}
	})
	nc := dial(t, h)
	for range 10 {
		<-ticks
	}
	for _, q := range []string{"chain", "names", "names", "chain"} {
		require.Equal(t, "ok", ask(t, nc, q))
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(filepath.Join(h.opt.DataDir, "d")); err == nil {
			break
		}
		require.True(t, time.Now().Before(deadline), "names wait for a chain of reads")
	}
}

func TestPathsStayInTheDataDirectory(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("s"), 0o600))
	dir := t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "link")))
	results := make(chan env.Event, 100)
	submitted := make(chan int, 1)
	play(t, Options{DataDir: dir}, func(p *player, _ env.Now, e env.Event) {
		if e.Kind != env.Boot {
			if e.Kind.IsDisk() {
				results <- e
			}
			return
		}
		d := p.w.Disk
		for _, path := range []string{"../secret", "/etc/passwd", "a/../../x", "..", "link/secret"} {
			d.Open(p.op(), path, env.MayCreate)
			d.Remove(p.op(), path)
			d.Rename(p.op(), path, "here")
			d.Rename(p.op(), ".lock", path)
		}
		d.Remove(p.op(), "")
		d.Remove(p.op(), ".lock")
		d.Rename(p.op(), "", "x")
		d.List(p.op(), "..")
		submitted <- int(p.lastOp)
	})
	for range <-submitted {
		e := <-results
		require.Error(t, e.Err, "operation %d came back as %v without error", e.Op, e.Kind)
	}
	require.FileExists(t, filepath.Join(outside, "secret"))
	require.FileExists(t, filepath.Join(dir, ".lock"))
}

func TestLockFileIsNotTheNodes(t *testing.T) {
	t.Parallel()
	listed := make(chan []env.DirEntry, 1)
	play(t, Options{}, func(p *player, _ env.Now, e env.Event) {
		switch e.Kind {
		case env.Boot:
			p.w.Disk.List(p.op(), "")
		case env.Listed:
			listed <- e.Entries
		}
	})
	require.Empty(t, <-listed)
}

func TestDiskErrorsSpeakEnv(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, want error
	}{
		{syscall.ENOENT, env.ErrNotExist}, {syscall.EEXIST, env.ErrExist}, {syscall.ENOTEMPTY, env.ErrExist},
		{syscall.ENOSPC, env.ErrNoSpace}, {syscall.EDQUOT, env.ErrNoSpace}, {syscall.EFBIG, env.ErrNoSpace},
		{syscall.EIO, env.ErrIO}, {syscall.EROFS, env.ErrIO}, {errors.New("odd"), env.ErrIO},
	} {
		got := diskError(&os.PathError{Op: "write", Path: "p", Err: c.from})
		require.ErrorIs(t, got, c.want)
		require.ErrorIs(t, got, c.from, "the system's own error is kept")
		require.Equal(t, got, diskError(got), "an error is translated once")
	}
	require.NoError(t, diskError(nil))
}

func TestNetErrorsSpeakEnv(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, want error
	}{
		{syscall.ECONNREFUSED, env.ErrRefused}, {syscall.ECONNRESET, env.ErrReset}, {syscall.EPIPE, env.ErrReset},
		{os.ErrDeadlineExceeded, env.ErrTimeout}, {syscall.ETIMEDOUT, env.ErrTimeout}, {io.ErrUnexpectedEOF, env.ErrReset},
	} {
		require.ErrorIs(t, netError(&net.OpError{Op: "read", Err: c.from}), c.want)
	}
}

// What leaves with sendfile and what leaves with a copy is the same; the counts show which way it went.
func TestRegionsWithAndWithoutZeroCopy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		o    Options
		size int
		zero bool
	}{
		{"large", Options{}, 1 << 20, true},
		{"large, switched off", Options{NoZeroCopy: true}, 1 << 20, false},
		{"small", Options{}, zeroCopyMin - 1, false},
		{"at the line", Options{}, zeroCopyMin, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			content := make([]byte, c.size)
			for i := range content {
				content[i] = byte(i*7 + i>>8)
			}
			var file env.FileID
			h := play(t, c.o, func(p *player, _ env.Now, e env.Event) {
				switch e.Kind {
				case env.Wrote:
					p.w.Emit(env.Started{})
				case env.Boot:
					p.w.Disk.Open(p.op(), "f", env.CreateOrTrim)
				case env.Opened:
					file = e.File
					p.w.Disk.WriteAt(p.op(), file, 0, content[:100], content[100:])
				case env.Message:
					e.Buffer.Release()
					p.w.Network.Send(0, e.Conn, env.Segment{Bytes: binary.BigEndian.AppendUint32(nil, uint32(c.size))},
						env.Segment{Region: env.Region{File: file, Pos: 0, Length: c.size}})
				}
			})
			<-h.Started()
			before := h.Stats()
			require.Equal(t, string(content), ask(t, dial(t, h), "fetch"))
			var st Stats
			// The peer may have the last byte before the call that sent it has returned and been counted.
			require.Eventually(t, func() bool {
				st = h.Stats()
				return (st.Sendfiles > 0) == (c.zero && runtime.GOOS == "linux") &&
					(st.Preads > before.Preads) == (st.Sendfiles == 0)
			}, 5*time.Second, time.Millisecond, "sent with sendfile, or read to be copied, as the size asks")
			if st.Sendfiles > 0 {
				require.Equal(t, uint64(c.size), st.BytesZeroCopy)
			}
		})
	}
}

// A region that reaches beyond its file ends the connection: what follows would be taken for the missing bytes.
func TestRegionBeyondTheFileEndsTheConnection(t *testing.T) {
	t.Parallel()
	sent := make(chan error, 1)
	h := play(t, Options{}, func(p *player, _ env.Now, e env.Event) {
		switch e.Kind {
		case env.Truncated:
			p.w.Emit(env.Started{})
		case env.Boot:
			p.w.Disk.Open(p.op(), "f", env.CreateOrTrim)
		case env.Opened:
			p.w.Disk.Truncate(p.op(), e.File, 50_000)
		case env.Sent:
			sent <- e.Err
		case env.Message:
			e.Buffer.Release()
			p.w.Network.Send(p.op(), e.Conn, env.Segment{Region: env.Region{File: 1, Pos: 0, Length: 100_000}})
		}
	})
	<-h.Started()
	nc := dial(t, h)
	_, err := nc.Write(framed([]byte("x")))
	require.NoError(t, err)
	wantEnd(t, nc)
	require.ErrorIs(t, <-sent, env.ErrIO)
}

// Syncs that wait together are served by one system call.
func TestSyncsAreGrouped(t *testing.T) {
	t.Parallel()
	const n = 200
	done := make(chan int, n)
	h := play(t, Options{}, func(p *player, _ env.Now, e env.Event) {
		switch e.Kind {
		case env.Boot:
			p.w.Disk.Open(p.op(), "f", env.CreateOrTrim)
		case env.Opened:
			for i := range n {
				p.w.Disk.WriteAt(p.op(), e.File, env.Position(i), []byte{byte(i)})
			}
		case env.Wrote:
			p.w.Disk.Sync(p.op(), e.File)
		case env.Synced:
			done <- 1
		}
	})
	for range n {
		<-done
	}
	st := h.Stats()
	require.Equal(t, uint64(n), st.SyncsDone)
	require.LessOrEqual(t, st.Syncs, uint64(5))
	require.LessOrEqual(t, st.Pwrites, uint64(n/maxParts+1), "writes that continue each other leave together")
}

func TestPoolTrimsWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	var p pool
	p.init(30 << 20)
	var held []*frame
	for range 8 {
		held = append(held, p.get(1<<20, nil))
	}
	for _, f := range held {
		f.release()
	}
	require.Positive(t, p.idle)
	p.trim() // forgets how low it was before
	p.get(1<<20, nil).release()
	p.trim()
	require.Equal(t, classes[classOf(1<<20)], p.idle, "one was needed, the others go")
	require.Zero(t, p.used)
	require.Panics(t, func() { held[7].release() }, "a second release is a bug of the node's")
}

// Everybody holds half a frame and waits for the memory of the other half: one goes on all the same, and then the
// next.
func TestPoolDoesNotDeadlock(t *testing.T) {
	t.Parallel()
	var p pool
	p.init(1 << 20)
	const n = 40
	var gone atomic.Bool
	var all sync.WaitGroup
	var half []*frame
	for range n {
		half = append(half, p.get(64<<10, nil))
	}
	for _, f := range half {
		all.Go(func() {
			whole := p.await(1<<20, medium, f, nil, &gone)
			f.release()
			if used := p.inUse(); used > n*len(f.mem)+2*len(whole.mem) {
				t.Errorf("%d bytes in use", used)
			}
			whole.release()
		})
	}
	all.Wait()
	require.Zero(t, p.inUse())
	require.Zero(t, p.parked)
	require.Zero(t, p.lent)
}

// A frame that is larger than all that may be lent comes in beside requests that are held for long, and beside others
// that are not.
func TestPoolLetsHugeFramesIn(t *testing.T) {
	t.Parallel()
	var p pool
	p.init(1 << 20)
	var gone atomic.Bool
	poll := p.await(100, small, nil, nil, &gone)
	batch := p.await(900<<10, medium, nil, nil, &gone)
	first := p.await(5<<20, huge, nil, nil, &gone)
	second := make(chan *frame)
	go func() { second <- p.await(5<<20, huge, nil, nil, &gone) }()
	require.Eventually(t, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return len(p.waiters) == 1
	}, patience, tick, "one at a time")
	p.await(100, small, nil, nil, &gone).release()
	batch.release()
	p.await(900<<10, medium, nil, nil, &gone).release() // none of them waits for the huge one
	first.release()
	(<-second).release()
	poll.release()
	require.Zero(t, p.inUse())
}

func TestPoolShedsWhatItHoldsTooMuch(t *testing.T) {
	t.Parallel()
	var p pool
	p.init(8 << 20)
	var held []*frame
	for range 6 {
		held = append(held, p.get(1<<20, nil))
	}
	for _, f := range held {
		f.release()
	}
	require.Equal(t, 6*classes[classOf(1<<20)], p.idle, "all fit")
	for range 20 {
		p.get(256<<10, nil)
	}
	require.LessOrEqual(t, p.used+p.idle, p.max, "buffers of one size make room for those of another")
}

func TestFactsReachTheLogAndTheHook(t *testing.T) {
	t.Parallel()
	var log lines
	var seen []env.Fact
	h := play(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Facts: func(f env.Fact) {
		seen = append(seen, f)
	}},
		func(p *player, _ env.Now, e env.Event) {
			if e.Kind == env.Boot {
				p.w.Emit(env.Logged{Level: env.Warn, Text: "mind the gap"})
				p.w.Emit(env.Started{Node: 7})
			}
		})
	<-h.Started()
	require.Contains(t, log.String(), `level=WARN msg="mind the gap"`)
	require.Contains(t, fmt.Sprint(seen), "{7}")
}

// Steady produce and fetch through the host allocate next to nothing: what is left is the toy's own slab.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	h, err := Run(context.Background(), Options{Listen: Plain("127.0.0.1:0"), DataDir: t.TempDir(),
		Protocol: toyProtocol{},
		NewNode:  func(w env.World) env.Node { return newToy(w, false) }})
	require.NoError(t, err)
	t.Cleanup(h.Kill)
	nc, err := net.Dial("tcp", h.Addrs()[0].String())
	require.NoError(t, err)
	defer nc.Close()
	produce := make([]byte, ideal.RequestHead+32<<10)
	binary.BigEndian.PutUint32(produce, 32<<10)
	produce[4] = ideal.Produce
	fetch := append(binary.BigEndian.AppendUint32(nil, 32<<10), ideal.Fetch, 0, 0, 0, 0, 0, 0, 0, 0)
	answer := make([]byte, ideal.HeadSize+32<<10)
	round := func() {
		_, _ = nc.Write(produce)
		_, _ = io.ReadFull(nc, answer[:ideal.HeadSize])
		_, _ = nc.Write(fetch)
		_, _ = io.ReadFull(nc, answer)
	}
	for range 50 {
		round()
	}
	perRound := testing.AllocsPerRun(500, round)
	require.LessOrEqual(t, perRound, 1.0, "allocations for one produce and one fetch")
}

func readExactly(t *testing.T, r io.Reader, n int) {
	t.Helper()
	_, err := io.CopyN(io.Discard, r, int64(n))
	require.NoError(t, err)
}

// minus is what was counted since before, of what the tests look at.
func (s Stats) minus(before Stats) Stats {
	return Stats{Messages: s.Messages - before.Messages, Locks: s.Locks - before.Locks, Writes: s.Writes - before.Writes,
		Sendfiles: s.Sendfiles - before.Sendfiles, Preads: s.Preads - before.Preads, Pwrites: s.Pwrites - before.Pwrites}
}
