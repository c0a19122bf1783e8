package host

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// Of those who wait for memory the one goes first whose client holds least, and of one client's the connection that
// holds least, in whatever order they came.
func TestMemoryIsSharedByClientAndConnection(t *testing.T) {
	t.Parallel()
	var p pool
	p.init(1 << 20)
	var gone atomic.Bool
	greedy, modest := &clientShare{name: "greedy"}, &clientShare{name: "modest"}
	one, other, third := &share{client: greedy}, &share{client: greedy}, &share{client: modest}
	full := p.await(900<<10, medium, nil, one, &gone)
	turns := make(chan string, 3)
	wait := func(name string, s *share) {
		before := len(p.waiters)
		go func() {
			f := p.await(900<<10, medium, nil, s, &gone)
			turns <- name
			f.release()
		}()
		require.Eventually(t, func() bool {
			p.mu.Lock()
			defer p.mu.Unlock()
			return len(p.waiters) == before+1
		}, patience, tick)
	}
	keeps := p.get(100, one) // it holds a little more than the others of its client
	wait("one", one)
	wait("other", other)
	wait("third", third)
	full.release()
	require.Equal(t, "third", <-turns)
	require.Equal(t, "other", <-turns)
	require.Equal(t, "one", <-turns)
	keeps.release()
	require.Zero(t, greedy.held+modest.held+one.held+other.held+third.held)
}

// Peers that announce large frames, send the first part of them, and then a byte now and then, take memory from other
// large frames for a moment, and from small and usual ones not at all.
func TestSlowFramesStarveNobody(t *testing.T) {
	t.Parallel()
	var log lines
	// so that the watch comes by often
	h := play(t, Options{MaxInBytes: 8 << 20, FrameTimeout: time.Minute, LingerTimeout: 40 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&log, nil))}, echo)
	steady := dial(t, h)
	usual := strings.Repeat("u", 50_000)
	require.Equal(t, usual, ask(t, steady, usual))
	var slow []*net.TCPConn
	for range 17 {
		nc := dial(t, h)
		slow = append(slow, nc)
		// it is not read from any more when the memory is full
		_ = nc.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		_, _ = nc.Write(append([]byte{0, 0xc0, 0, 0}, make([]byte, 1<<20)...))
	}
	asked := time.Now()
	require.Equal(t, usual, ask(t, steady, usual))
	require.Less(t, time.Since(asked), paceWindow, "a usual frame does not wait until the slow ones are put out")
	large := strings.Repeat("l", 3<<20)
	require.Equal(t, large, ask(t, steady, large), "a large frame gets its turn")
	require.Contains(t, log.String(), "a frame came too slowly")
	require.Contains(t, log.String(), "127.0.0.1")
	require.LessOrEqual(t, strings.Count(log.String(), "connection closed"), 2, "one line about one peer")
	for _, nc := range slow {
		_ = nc.Close()
	}
}

// A frame that comes at a rate is not late, however large; one that stands still is, at once if others wait.
func TestFramesHaveALeastRate(t *testing.T) {
	t.Parallel()
	const second = env.Instant(time.Second)
	var p pace
	at := func(seconds int, bytes int64, pressed bool) string {
		return p.lateness(second*env.Instant(seconds), second, bytes, 10*time.Second, pressed)
	}
	require.Empty(t, at(1, 0, false))
	for i := range 100 {
		require.Empty(t, at(3+2*i, int64(i+1)*2*leastRate, false), "at the least rate")
	}
	p = pace{}
	require.Empty(t, at(1, 0, false))
	for i := range 5 {
		require.Empty(t, at(3+2*i, int64(i+1), false), "for a while")
	}
	require.Contains(t, at(13, 7, false), "a frame came too slowly: it had less than 4096 bytes a second")
	p = pace{}
	require.Empty(t, at(1, 0, true))
	require.Empty(t, at(3, 2*pressedRate, true))
	require.Contains(t, at(5, 2*pressedRate+1, true), "a frame came too slowly: 1 bytes in 2s")
}

// Bad frames without end, each over a connection of its own, write few lines.
func TestBadFramesDoNotFillTheLog(t *testing.T) {
	t.Parallel()
	var log lines
	h := play(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))}, echo)
	for range 50 {
		nc := dial(t, h)
		_, err := nc.Write(bytes.Repeat([]byte{0xff}, 8))
		require.NoError(t, err)
		wantEnd(t, nc)
	}
	require.Equal(t, 1, strings.Count(log.String(), "connection closed"))
	require.EqualValues(t, 50, h.Stats().Hostile)
	h.Kill()
	require.Contains(t, log.String(), `msg="lines left out of this log" about="peer 127.0.0.1" lines=49`)
}
