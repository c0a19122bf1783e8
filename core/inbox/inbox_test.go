package inbox

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/wire"
)

// net records what an inbox asks of the network.
type net struct{ did []string }

func (n *net) Dial(env.OpID, string) {}
func (n *net) Send(_ env.OpID, _ env.ConnID, parts ...env.Segment) {
	n.did = append(n.did, fmt.Sprintf("send %d", binary.BigEndian.Uint32(parts[0].Bytes[4:])))
}
func (n *net) Pause(env.ConnID)  { n.did = append(n.did, "pause") }
func (n *net) Resume(env.ConnID) { n.did = append(n.did, "resume") }
func (n *net) Close(env.ConnID)  { n.did = append(n.did, "close") }

// node keeps the tickets of requests that have begun, by correlation id, and answers none by itself.
type node struct {
	begun   []int32
	tickets map[int32]Ticket
	closed  bool // admits nothing
	lost    []Heartbeats
}

func (n *node) Admits(*wire.Request) bool { return !n.closed }

func (n *node) Serve(_ env.Now, q *Request, _ *wire.Request) {
	n.begun = append(n.begun, q.Correlation())
	n.tickets[q.Correlation()] = q.Ticket()
}

func (n *node) ConnectionLost(_ env.Now, h Heartbeats) { n.lost = append(n.lost, h) }

type stage struct {
	*testing.T
	net  net
	node node
	box  *Inbox
	next int32
}

func newStage(t *testing.T) *stage {
	s := &stage{T: t, node: node{tickets: map[int32]Ticket{}}}
	s.box = New(&env.World{Network: &s.net}, &s.node)
	s.box.Accepted(env.Event{Conn: 1, Peer: "10.0.0.1:5000"}, "PLAINTEXT", wire.OnBroker)
	return s
}

// ask has requests arrive, numbered from 1 in the order of their arrival: a produce each for p, a Metadata for m.
func (s *stage) ask(kinds string) {
	for _, k := range kinds {
		s.next++
		r := &wire.Request{Key: int16(kmsg.Metadata), Version: 9, CorrelationID: s.next, Body: kmsg.NewPtrMetadataRequest()}
		if k == 'p' {
			r = &wire.Request{Key: int16(kmsg.Produce), Version: 9, CorrelationID: s.next, Produce: &wire.Produce{}}
		}
		s.box.Message(env.Now{}, env.Event{Conn: 1, Message: r})
	}
}

func (s *stage) answer(n int32) {
	q := s.box.Find(s.node.tickets[n])
	require.NotNil(s, q, "request %d is not there to be answered", n)
	q.Reply(kmsg.NewPtrMetadataResponse())
	s.box.Settle(env.Now{})
}

func (s *stage) wants(begun []int32, did string) {
	s.Helper()
	require.Equal(s, begun, s.node.begun)
	require.Equal(s, did, strings.Join(s.net.did, ", "))
}

func TestResponsesLeaveInTheOrderOfTheRequests(t *testing.T) {
	s := newStage(t)
	s.ask("ppp")
	s.wants([]int32{1, 2, 3}, "")
	s.answer(3)
	s.answer(2)
	s.wants([]int32{1, 2, 3}, "")
	s.answer(1)
	s.wants([]int32{1, 2, 3}, "send 1, send 2, send 3")
}

// Only a produce begins while another request is unanswered, and only behind produces.
func TestARequestBeginsWhenTheOnesBeforeItAreAnswered(t *testing.T) {
	s := newStage(t)
	s.ask("pmp")
	s.wants([]int32{1}, "pause")
	s.answer(1)
	s.wants([]int32{1, 2}, "pause, send 1")
	s.answer(2)
	s.wants([]int32{1, 2, 3}, "pause, send 1, send 2, resume")
}

func TestATicketFindsNothingOnceItsRequestIsAnswered(t *testing.T) {
	s := newStage(t)
	s.ask("m")
	old := s.node.tickets[1]
	s.answer(1)
	require.Nil(t, s.box.Find(old))
	s.ask("m") // in the same memory
	require.Nil(t, s.box.Find(old))
	require.NotNil(t, s.box.Find(s.node.tickets[2]))
}

func TestAPeerFarAheadIsNotReadFrom(t *testing.T) {
	s := newStage(t)
	s.ask(strings.Repeat("p", slotsMax-1))
	require.Empty(t, s.net.did)
	s.ask("p")
	require.Equal(t, []string{"pause"}, s.net.did)
	for n := int32(1); n <= slotsMax-slotsResume-1; n++ {
		s.answer(n)
	}
	require.NotContains(t, s.net.did, "resume")
	s.answer(slotsMax - slotsResume)
	require.Contains(t, s.net.did, "resume")
}

func TestWhatIsNotAdmittedWaits(t *testing.T) {
	s := newStage(t)
	s.node.closed = true
	s.ask("m")
	s.wants(nil, "pause")
	s.node.closed = false
	s.box.Serve()
	s.box.Settle(env.Now{})
	s.wants([]int32{1}, "pause, resume")
}

// A step whose work is spent begins nothing; the next one does.
func TestASpentStepBeginsNothing(t *testing.T) {
	s := newStage(t)
	s.box.Work().Add(StepUnits)
	s.ask("m")
	s.wants(nil, "pause")
	require.Equal(t, 1, s.box.Unsettled())
	s.box.Settle(env.Now{})
	s.wants(nil, "pause")
	s.box.Work().Reset()
	s.box.Settle(env.Now{})
	s.wants([]int32{1}, "pause, resume")
}

// Of a connection that closes, what has begun is still found by its ticket, and nothing is sent; the node learns whose
// heartbeats it brought, unless the node closed it for its own stop.
func TestAClosedConnection(t *testing.T) {
	s := newStage(t)
	s.box.conns[1].SetHeartbeats(Heartbeats{Broker: 7, Epoch: 3})
	s.ask("mm")
	s.box.Closed(env.Now{}, env.Event{Conn: 1})
	require.Equal(t, []Heartbeats{{Broker: 7, Epoch: 3}}, s.node.lost)
	s.answer(1)
	s.wants([]int32{1}, "pause")
	require.Equal(t, Held{}, s.box.Held())
}

func TestAStopClosesAConnectionWhenItsRequestsAreAnswered(t *testing.T) {
	s := newStage(t)
	s.box.conns[1].SetHeartbeats(Heartbeats{Broker: 7, Epoch: 3})
	s.ask("p")
	s.box.Stop()
	s.wants([]int32{1}, "pause")
	s.ask("p") // is not accepted any more
	s.answer(1)
	s.wants([]int32{1}, "pause, send 1, close")
	s.box.Closed(env.Now{}, env.Event{Conn: 1})
	require.Equal(t, []Heartbeats{{}}, s.node.lost)
}

func TestAnsweringTwicePanics(t *testing.T) {
	s := newStage(t)
	s.ask("pp")
	q := s.box.Find(s.node.tickets[2])
	q.Drop()
	require.Panics(t, q.Drop)
}

// A connection keeps the principal that its listener reports, for as long as it lasts.
func TestAConnectionHasAPrincipal(t *testing.T) {
	s := newStage(t)
	s.box.Accepted(env.Event{Conn: 2, Peer: "10.0.0.2:5000", Principal: "User:CN=alice"}, "SSL", wire.OnBroker)
	require.Equal(t, kafka.AnonymousPrincipal, s.box.conns[1].Principal())
	require.Equal(t, "User:CN=alice", s.box.conns[2].Principal())
}
