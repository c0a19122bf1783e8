package inbox

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
	"gregor/core/must"
	"gregor/core/slab"
	"gregor/core/wire"
)

// Request is one request from its arrival until its response has left. Its memory is used again: after the response,
// only its ticket may be kept.
type Request struct {
	inbox       *Inbox
	conn        *Conn
	message     *wire.Request // until it begins
	ticket      Ticket
	key         int16
	version     int16
	correlation int32
	clientID    string
	buffer      *env.Buffer // that the request was read into
	waiter      Waiter
	parts       *parts // of a response that is put together over several steps
	answer      []env.Segment
	pins        []Pin
	done        bool
	silent      bool // nothing is sent: acks=0, or the connection is gone
	next        *Request
}

// Waiter is what a request waits for that is of no use without its connection.
type Waiter interface{ Abandon() }

// Ticket finds a request again, and finds nothing once that has been answered.
type Ticket uint64

// Ticket returns the request's ticket.
func (q *Request) Ticket() Ticket { return q.ticket }

// Conn returns the connection by which the request came.
func (q *Request) Conn() *Conn { return q.conn }

// Key returns the request's API key.
func (q *Request) Key() int16 { return q.key }

// Version returns the request's version.
func (q *Request) Version() int16 { return q.version }

// Correlation returns the request's correlation id.
func (q *Request) Correlation() int32 { return q.correlation }

// ClientID returns the client.id in the request's header.
func (q *Request) ClientID() string { return q.clientID }

// Buffer returns the buffer that holds the batches of a Produce.
func (q *Request) Buffer() *env.Buffer { return q.buffer }

// WaitFor registers what the request waits for: w is abandoned if the connection closes first. Nil: nothing.
func (q *Request) WaitFor(w Waiter) { q.waiter = w }

// Pin keeps a file that the response is read from until the response has left.
func (q *Request) Pin(p Pin) { q.pins = append(q.pins, p) }

// AnswerAs sets the version in which the request is answered: of an ApiVersions whose own version is not served.
func (q *Request) AnswerAs(version int16) { q.version = version }

// Reply answers the request with a response of kmsg, whose version is set here. To one that is answered in parts it
// adds the response to a part.
func (q *Request) Reply(r kmsg.Response) {
	r.SetVersion(q.version)
	if q.parts != nil {
		q.addPart(r)
		return
	}
	q.SendBytes(wire.AppendResponse(q.Room(256), q.correlation, r))
}

// Room returns an empty slice with room for a response of about so many bytes.
func (q *Request) Room(bytes int) []byte { return q.inbox.arena.Tail(bytes) }

// SendBytes answers the request with an encoded response, which grew from [Request.Room].
func (q *Request) SendBytes(out []byte) {
	q.inbox.work.encoded(len(out))
	q.answer = append(q.answer, env.Segment{Bytes: q.inbox.arena.Keep(out)})
	q.finish()
}

// Segments returns the empty list of a response that is made of segments.
func (q *Request) Segments() []env.Segment { return q.answer[:0] }

// SetSegments sets the response: head is all that grew from [Request.Room]. [Request.Finish] sends it.
func (q *Request) SetSegments(head []byte, answer []env.Segment) {
	q.inbox.work.encoded(len(head))
	q.inbox.arena.Keep(head)
	q.answer = answer
}

// Mute has nothing sent for the request.
func (q *Request) Mute() { q.silent = true }

// Drop answers the request with nothing: acks=0.
func (q *Request) Drop() {
	q.silent = true
	q.finish()
}

// HangUp closes the connection of a request that cannot be answered: its peer broke the protocol, or its acks=0 produce
// failed.
func (q *Request) HangUp(code kafka.ErrorCode, text string) {
	q.silent = true
	q.inbox.world.Emit(env.RequestFailed{Conn: q.conn.id, API: q.key, Code: code, Text: text})
	q.inbox.end(q.conn)
	q.finish()
}

// Finish marks the request answered and sends what has become ready at the head of its connection. What was held behind
// it begins before the step ends.
func (q *Request) Finish() { q.finish() }

func (q *Request) finish() {
	if q.done {
		must.Fail("inbox: %s was answered twice; do two owners hold one ticket?", wire.Name(q.key))
	}
	q.done = true
	c := q.conn
	c.running--
	if q.key != produceKey {
		c.others--
	}
	if c.held != nil {
		q.inbox.runLater(c)
	}
	q.inbox.drain(c)
}

// table gives out requests and takes them back. Its size is bounded by connections times slotsMax.
type table struct {
	all     []*Request
	indexes slab.Numbers
}

func (t *table) take() *Request {
	i, fresh := t.indexes.Take()
	if fresh {
		t.all = append(t.all, &Request{ticket: Ticket(i)})
	}
	return t.all[i]
}

// give takes the request back under a new ticket, so that the old one finds nothing.
func (t *table) give(q *Request) {
	index := uint32(q.ticket)
	*q = Request{ticket: q.ticket + 1<<32, answer: q.answer[:0], pins: q.pins[:0]}
	t.indexes.Return(index)
}

// find returns the request the ticket was given for, nil if it has been answered.
func (t *table) find(k Ticket) *Request {
	if q := t.all[uint32(k)]; q.ticket == k {
		return q
	}
	return nil
}
