package peer_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/alarm"
	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/peer"
	"gregor/core/wire"
)

// bench is a network that notes what is submitted to it, a log, and a clock.
type bench struct {
	alarms alarm.Heap
	pool   *peer.Pool
	did    []string
	sent   [][]byte
	now    env.Now
}

func (b *bench) Dial(op env.OpID, addr string) {
	b.did = append(b.did, fmt.Sprintf("dial %s as %d", addr, op&0xff))
}

func (b *bench) Send(_ env.OpID, conn env.ConnID, parts ...env.Segment) {
	b.did = append(b.did, fmt.Sprintf("send on %d", conn))
	b.sent = append(b.sent, parts[0].Bytes)
}

func (b *bench) Close(conn env.ConnID) { b.did = append(b.did, fmt.Sprintf("close %d", conn)) }

func (b *bench) Note(level env.LogLevel, _, format string, args ...any) {
	b.did = append(b.did, "log "+level.Name()+": "+fmt.Sprintf(format, args...))
}

func newBench() *bench {
	b := &bench{}
	b.pool = peer.NewPool(b, &b.alarms, b, "gregor-1", env.NewRand(1))
	return b
}

// send asks node 2; what comes of it is noted under a name.
func (b *bench) send(name string) {
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version = 3
	b.pool.Send(b.now, peer.Key{Node: 2, Lane: peer.ControlLane}, "b2:9092", req, time.Second,
		func(_ env.Now, r peer.Result) {
			b.did = append(b.did, fmt.Sprintf("%s: %v", name, r.Err))
		})
}

// pass lets time pass, and wakes what is due.
func (b *bench) pass(d time.Duration) {
	b.now.Mono = b.now.Mono.Add(d)
	for w, ok := b.alarms.Due(b.now.Mono); ok; w, ok = b.alarms.Due(b.now.Mono) {
		w.Wake(b.now)
	}
	b.pool.Settle(b.now)
}

// up answers the dial with this number.
func (b *bench) up(dial env.OpID, conn env.ConnID) {
	b.pool.Dialed(b.now, env.Event{Kind: env.Dialed, Op: 1<<62 | dial, Conn: conn})
}

// answer answers the request that was sent as the i-th.
func (b *bench) answer(conn env.ConnID, i int) {
	resp := kmsg.NewPtrApiVersionsResponse()
	resp.Version = 3
	frame := wire.AppendResponse(nil, int32(binary.BigEndian.Uint32(b.sent[i][8:])), resp) // after length, API and version
	b.pool.Message(b.now, env.Event{Kind: env.Message, Conn: conn, Message: &wire.Frame{Bytes: frame}})
}

func (b *bench) want(t *testing.T, lines ...string) {
	t.Helper()
	if !slices.Equal(b.did, lines) {
		t.Errorf("the pool did\n  %s\nwant\n  %s", strings.Join(b.did, "\n  "), strings.Join(lines, "\n  "))
	}
	b.did = nil
}

func TestRequestsWaitForTheDialAndAreAnsweredInOrder(t *testing.T) {
	b := newBench()
	b.send("first")
	b.send("second")
	b.up(1, 7)
	b.answer(7, 0)
	b.answer(7, 1)
	b.want(t, "dial b2:9092 as 1", "send on 7", "send on 7", "first: <nil>", "second: <nil>")
	if at := b.alarms.Next(); at != env.Never {
		t.Errorf("an alarm is set for %v, though nothing waits", at)
	}
}

func TestACallThatTimesOutFailsThoseBehindIt(t *testing.T) {
	b := newBench()
	b.send("first")
	b.up(1, 7)
	b.pass(500 * time.Millisecond)
	b.send("second")
	b.pass(500 * time.Millisecond)
	b.want(t, "dial b2:9092 as 1", "send on 7", "send on 7",
		"log WARN: node 2 (b2:9092) cannot be reached: the node did not answer in time; retrying",
		"close 7", "first: "+peer.ErrSilent.Error(), "second: "+peer.ErrSilent.Error())
}

func TestNothingIsDialedDuringThePauseAfterAFailure(t *testing.T) {
	b := newBench()
	b.send("first")
	b.pool.Dialed(b.now, env.Event{Kind: env.Dialed, Op: 1<<62 | 1, Err: env.ErrRefused})
	b.send("second")
	b.want(t, "dial b2:9092 as 1") // failures are reported by Settle alone
	b.pool.Settle(b.now)
	b.want(t, "first: "+env.ErrRefused.Error(), "second: "+peer.ErrAway.Error())
	b.pass(time.Second)
	b.send("third")
	b.up(2, 8)
	b.want(t, "dial b2:9092 as 2", "send on 8")
}

func TestAResponseThatWasNotAskedForEndsTheConnection(t *testing.T) {
	b := newBench()
	b.send("first")
	b.send("second")
	b.up(1, 7)
	b.answer(7, 1)
	b.pool.Settle(b.now)
	if len(b.did) != 7 || !strings.Contains(b.did[3], "answered request 2, which was not asked next") ||
		b.did[4] != "close 7" {
		t.Errorf("the pool did %q", b.did)
	}
}

// gone is an active controller that notes whose machine refuses the connection.
type gone struct{ ids []kafka.NodeID }

func (g *gone) Address(id kafka.NodeID) (string, time.Duration) { return "b2:9092", time.Second }
func (g *gone) Asks() bool                                      { return true }
func (g *gone) Refused(_ env.Now, id kafka.NodeID, _ kafka.BrokerEpoch) {
	g.ids = append(g.ids, id)
}

func TestAProbeRepeatsWhatProvesNothing(t *testing.T) {
	b, g := newBench(), &gone{}
	peer.NewProber(b.pool, g).Probe(b.now, 2, 5)
	b.pool.Dialed(b.now, env.Event{Kind: env.Dialed, Op: 1<<62 | 1, Err: errors.New("no route")})
	b.pass(0)
	b.pass(30 * time.Millisecond)
	b.pool.Dialed(b.now, env.Event{Kind: env.Dialed, Op: 1<<62 | 2, Err: env.ErrRefused})
	b.pass(0)
	if !slices.Equal(g.ids, []kafka.NodeID{2}) {
		t.Errorf("the machines of %v refused the connection, want 2", g.ids)
	}
	b.want(t, "dial b2:9092 as 1", "dial b2:9092 as 2")
}
