package sim

import (
	"errors"
	"testing"
	"time"

	"gregor/core/env"
	"gregor/core/env/contract"
	"gregor/disksim"
	"gregor/netsim"
)

// link is two probes a and b with a connection that b's end accepted.
type link struct {
	t      *testing.T
	w      *World
	a, b   *arm
	ca, cb env.ConnID
}

// steady is a network that takes one millisecond each way.
func steady() Options {
	return Options{Seed: 7, Network: netsim.Options{Link: netsim.Link{LatencyNanos: 1_000_000},
		ConnTimeoutNanos: int64(10 * time.Second), DialTimeoutNanos: int64(5 * time.Second)}}
}

func newLink(t *testing.T, o Options) *link {
	l := &link{t: t, w: New(o)}
	l.a, l.b = newArm(t, l.w, "a", disksim.Options{}), newArm(t, l.w, "b", disksim.Options{})
	l.ca, l.cb = l.dial()
	return l
}

func (l *link) dial() (ca, cb env.ConnID) {
	l.t.Helper()
	l.a.Do(func(w *env.World) { w.Network.Dial(1, l.b.Addr()) })
	d := l.expect(l.a, env.Dialed, time.Second)
	if d.Err != nil {
		l.t.Fatal(d.Err)
	}
	return d.Conn, l.expect(l.b, env.Accepted, time.Second).Conn
}

// expect waits for an event of a kind, which must be the arm's next.
func (l *link) expect(a *arm, k env.Kind, d time.Duration) env.Event {
	l.t.Helper()
	e, ok := a.Wait(d)
	for ok && e.Kind == env.Boot {
		e, ok = a.Wait(d)
	}
	if !ok {
		l.t.Fatalf("%s: no %v within %v", a.name, k, d)
	}
	if e.Kind != k {
		l.t.Fatalf("%s: %v (err %v), want %v", a.name, e.Kind, e.Err, k)
	}
	return e
}

func (l *link) nothing(a *arm, d time.Duration) {
	l.t.Helper()
	if e, ok := a.Wait(d); ok {
		l.t.Fatalf("%s: %v (err %v), want nothing for %v", a.name, e.Kind, e.Err, d)
	}
}

func (l *link) wantErr(e env.Event, want error) {
	l.t.Helper()
	if !errors.Is(e.Err, want) {
		l.t.Fatalf("%v with error %v, want %v", e.Kind, e.Err, want)
	}
}

func (l *link) send(a *arm, c env.ConnID, payload string) {
	b := append([]byte{0, 0, 0, byte(len(payload))}, payload...)
	a.Do(func(w *env.World) { w.Network.Send(0, c, env.Segment{Bytes: b}) })
}

func (l *link) receive(a *arm, want string, d time.Duration) {
	l.t.Helper()
	e := l.expect(a, env.Message, d)
	if got := string(e.Buffer.Bytes[4:]); got != want {
		l.t.Fatalf("%s got %q, want %q", a.name, got, want)
	}
	e.Buffer.Release()
}

func TestPartitionHoldsAndHeals(t *testing.T) {
	l := newLink(t, steady())
	l.w.Partition([]string{"a"}, []string{"b"})
	l.send(l.a, l.ca, "late")
	l.nothing(l.b, 5*time.Second)
	l.w.Heal()
	l.receive(l.b, "late", time.Second)
	l.nothing(l.a, 20*time.Second)
}

func TestPartitionTimesOutTheSenderOnly(t *testing.T) {
	l := newLink(t, steady())
	l.w.Partition([]string{"a"}, []string{"b"})
	l.send(l.a, l.ca, "lost")
	e := l.expect(l.a, env.Closed, 11*time.Second)
	l.wantErr(e, env.ErrTimeout)
	l.nothing(l.b, 100*time.Second) // half-open: b knows nothing
	l.w.Heal()
	l.receive(l.b, "lost", time.Second) // the bytes were on their way
	l.send(l.b, l.cb, "anybody?")
	l.wantErr(l.expect(l.b, env.Closed, time.Second), env.ErrReset)
}

func TestOneWayCut(t *testing.T) {
	l := newLink(t, steady())
	l.w.CutLink("b", "a")
	l.send(l.a, l.ca, "one way")
	l.receive(l.b, "one way", time.Second)
	l.wantErr(l.expect(l.a, env.Closed, 11*time.Second), env.ErrTimeout) // no acknowledgement came back
	l.nothing(l.b, time.Second)
}

func TestOneWayCutFreesNoWindow(t *testing.T) {
	o := steady()
	o.Network.WindowBytes, o.Network.ConnTimeoutNanos = 4096, int64(time.Hour)
	l := newLink(t, o)
	l.w.CutLink("b", "a")
	for range 3 {
		l.a.Do(func(w *env.World) {
			w.Network.Send(9, l.ca, env.Segment{Bytes: append([]byte{0, 0, 0x0f, 0xfc}, make([]byte, 4092)...)})
		})
	}
	l.expect(l.b, env.Message, time.Second)
	l.nothing(l.b, time.Minute)
	l.w.MendLink("b", "a")
	l.expect(l.b, env.Message, time.Second)
	l.expect(l.b, env.Message, time.Second)
}

// TestCutOfTheWayBackWhileUnderWay: the bytes arrive, their acknowledgement does not.
func TestCutOfTheWayBackWhileUnderWay(t *testing.T) {
	l := newLink(t, steady())
	l.send(l.b, l.cb, "under way")
	l.nothing(l.a, 500*time.Microsecond)
	l.w.CutLink("a", "b")
	l.receive(l.a, "under way", time.Second)
	l.wantErr(l.expect(l.b, env.Closed, 11*time.Second), env.ErrTimeout)
}

func TestPartialPartition(t *testing.T) {
	l := newLink(t, steady())
	c := newArm(t, l.w, "c", disksim.Options{})
	l.w.Partition([]string{"a"}, []string{"b"})
	both := &link{t: t, w: l.w, a: l.a, b: c}
	both.ca, both.cb = both.dial() // a still reaches c
	both.send(l.a, both.ca, "via c")
	both.receive(c, "via c", time.Second)
	l.send(l.a, l.ca, "not b")
	l.nothing(l.b, time.Second)
}

func TestDialHangsWithoutPowerAndIsRefusedWithout(t *testing.T) {
	l := newLink(t, steady())
	l.w.PowerCut("b")
	l.a.Do(func(w *env.World) { w.Network.Dial(5, l.b.Addr()) })
	start := l.w.Now()
	l.wantErr(l.expect(l.a, env.Dialed, 10*time.Second), env.ErrTimeout)
	if d := l.w.Now().Sub(start); d < 5*time.Second {
		t.Fatalf("a dial to a machine without power failed after %v", d)
	}
	l.b.Restart()
	l.w.Crash("b")
	l.a.Do(func(w *env.World) { w.Network.Dial(6, l.b.Addr()) })
	l.wantErr(l.expect(l.a, env.Dialed, time.Second), env.ErrRefused)
	l.a.Do(func(w *env.World) { w.Network.Dial(7, "nowhere:1") })
	l.wantErr(l.expect(l.a, env.Dialed, time.Second), env.ErrRefused)
}

func TestPowerCutIsNoticedOnlyBySending(t *testing.T) {
	l := newLink(t, steady())
	l.w.PowerCut("b")
	l.nothing(l.a, time.Hour)
	l.b.Restart()
	l.nothing(l.a, time.Hour)
	l.send(l.a, l.ca, "are you there?")
	l.wantErr(l.expect(l.a, env.Closed, time.Second), env.ErrReset)
}

func TestPowerStaysOff(t *testing.T) {
	l := newLink(t, steady())
	l.w.PowerCut("b")
	l.send(l.a, l.ca, "are you there?")
	l.wantErr(l.expect(l.a, env.Closed, 11*time.Second), env.ErrTimeout)
}

func TestPowerComesBackInTime(t *testing.T) {
	l := newLink(t, steady())
	l.w.PowerCut("b")
	l.send(l.a, l.ca, "are you there?")
	l.nothing(l.a, 5*time.Second)
	l.b.Restart()
	l.wantErr(l.expect(l.a, env.Closed, time.Second), env.ErrReset)
}

func TestCrashEndsConnections(t *testing.T) {
	l := newLink(t, steady())
	l.w.Crash("b")
	l.wantErr(l.expect(l.a, env.Closed, time.Second), nil)
	l.nothing(l.a, time.Minute)
	l.b.Restart()
	l.ca, l.cb = l.dial()
	l.w.Pause("b")
	l.send(l.a, l.ca, "first")
	l.send(l.a, l.ca, "unread")
	l.nothing(l.a, time.Second)
	l.w.Crash("b")
	l.wantErr(l.expect(l.a, env.Closed, time.Second), env.ErrReset)
}

// TestPatienceStartsAnew: a cut that healed does not count towards the patience with the next one.
func TestPatienceStartsAnew(t *testing.T) {
	l := newLink(t, steady())
	l.w.CutLink("a", "b")
	l.send(l.a, l.ca, "first")
	l.nothing(l.b, 5*time.Second)
	l.w.Heal()
	l.receive(l.b, "first", time.Second)
	l.w.CutLink("a", "b")
	l.send(l.a, l.ca, "second")
	l.nothing(l.a, 9900*time.Millisecond)
	l.wantErr(l.expect(l.a, env.Closed, time.Second), env.ErrTimeout)
}

func TestResets(t *testing.T) {
	l := newLink(t, steady())
	l.w.Reset("a", "b")
	l.wantErr(l.expect(l.a, env.Closed, 0), env.ErrReset)
	l.wantErr(l.expect(l.b, env.Closed, 0), env.ErrReset)
	l.ca, l.cb = l.dial()
	l.w.ResetOneEnd("a", "b")
	l.wantErr(l.expect(l.a, env.Closed, 0), env.ErrReset)
	l.nothing(l.b, time.Hour)
	l.send(l.b, l.cb, "hello?")
	l.wantErr(l.expect(l.b, env.Closed, time.Second), env.ErrReset)
}

func TestHoldAndRelease(t *testing.T) {
	l := newLink(t, steady())
	l.send(l.a, l.ca, "under way")
	l.w.Hold("a", "b")
	l.send(l.a, l.ca, "later")
	l.nothing(l.b, time.Hour)
	oldA, oldB := l.ca, l.cb
	l.ca, l.cb = l.dial() // a new connection overtakes
	l.send(l.a, l.ca, "new")
	l.receive(l.b, "new", time.Second)
	l.send(l.b, oldB, "the other way")
	l.receive(l.a, "the other way", time.Second)
	l.w.Release("a", "b")
	l.receive(l.b, "under way", time.Second)
	l.receive(l.b, "later", time.Second)
	_ = oldA
}

func TestLatencyAndBandwidth(t *testing.T) {
	o := steady()
	o.Network.BytesPerSecond = 1000
	l := newLink(t, o)
	start := l.w.Now()
	l.send(l.a, l.ca, "0123456789012345") // 20 bytes: 20 ms and 1 ms of latency
	l.receive(l.b, "0123456789012345", time.Second)
	if d := l.w.Now().Sub(start); d < 21*time.Millisecond || d > 21*time.Millisecond+10*time.Microsecond {
		t.Fatalf("20 bytes at 1000 bytes a second and 1 ms took %v, want 21 ms", d)
	}
	l.w.SlowLink("a", "b", netsim.Link{LatencyNanos: 3_000_000})
	start = l.w.Now()
	l.send(l.a, l.ca, "x")
	l.receive(l.b, "x", time.Second)
	if d := l.w.Now().Sub(start); d < 3*time.Millisecond || d > 3*time.Millisecond+10*time.Microsecond {
		t.Fatalf("over a 3 ms link took %v", d)
	}
}

func TestSlowReader(t *testing.T) {
	l := newLink(t, steady())
	l.w.SlowReader("b", 100)
	start := l.w.Now()
	for range 5 {
		l.send(l.a, l.ca, "0123456789012345")
	}
	for range 5 {
		l.receive(l.b, "0123456789012345", 2*time.Second)
	}
	if d := l.w.Now().Sub(start); d < time.Second {
		t.Fatalf("100 bytes at 100 bytes a second took %v", d)
	}
}

func TestTailAndSplitsHappen(t *testing.T) {
	o := steady()
	o.Network.TailPerMillion, o.Network.TailNanos, o.Network.SplitPerMillion = 100_000, int64(time.Second), 500_000
	l := newLink(t, o)
	slow := 0
	for range 200 {
		start := l.w.Now()
		l.send(l.a, l.ca, "0123456789")
		l.receive(l.b, "0123456789", 2*time.Second)
		if l.w.Now().Sub(start) > 20*time.Millisecond {
			slow++
		}
	}
	if slow < 10 || slow > 120 {
		t.Fatalf("%d of 200 frames met a tail of one in ten chunks", slow)
	}
}

// TestUnchangedBytes: changing bytes before Sent panics.
func TestUnchangedBytes(t *testing.T) {
	l := newLink(t, steady())
	b := []byte{0, 0, 0, 1, 'x'}
	l.a.Do(func(w *env.World) {
		w.Network.Send(1, l.ca, env.Segment{Bytes: b})
		b[4] = 'y'
	})
	err := l.w.RunFor(time.Second)
	var crash *CrashError
	if !errors.As(err, &crash) {
		t.Fatalf("bytes changed before Sent went unnoticed: %v", err)
	}
}

// TestReleasedMessageIsMangled: a message that was released reads as rubbish.
func TestReleasedMessageIsMangled(t *testing.T) {
	l := newLink(t, steady())
	l.send(l.a, l.ca, "precious")
	e := l.expect(l.b, env.Message, time.Second)
	f := e.Message.(*contract.Frame)
	e.Buffer.Release()
	if string(f.Payload) == "precious" {
		t.Fatal("a released buffer still holds the message")
	}
	defer func() {
		if recover() == nil {
			t.Fatal("a second Release went unnoticed")
		}
	}()
	e.Buffer.Release()
}

func TestConnectionsAreForgotten(t *testing.T) {
	l := newLink(t, steady())
	for range 10 {
		l.a.Do(func(w *env.World) { w.Network.Close(l.ca) })
		l.expect(l.a, env.Closed, time.Second)
		l.expect(l.b, env.Closed, time.Second)
		l.ca, l.cb = l.dial()
	}
	if n := l.w.Network().Conns(); n != 1 {
		t.Fatalf("%d connections are remembered, one is open", n)
	}
}

// TestCloseWithUnreadBytesResets: the kernel resets a peer whose bytes will not be read.
func TestCloseWithUnreadBytesResets(t *testing.T) {
	l := newLink(t, steady())
	l.b.Do(func(w *env.World) { w.Network.Pause(l.cb) })
	l.send(l.a, l.ca, "unread")
	l.nothing(l.b, time.Second)
	l.b.Do(func(w *env.World) { w.Network.Close(l.cb) })
	l.expect(l.b, env.Closed, time.Second)
	l.wantErr(l.expect(l.a, env.Closed, time.Second), env.ErrReset)
}
