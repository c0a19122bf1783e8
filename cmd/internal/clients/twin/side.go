package main

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// side is one broker in one conversation.
type side struct {
	broker
	conns       map[string]net.Conn
	out         []*outcome
	topics      map[[16]byte]string // names of topics, by id
	producers   map[int64]int       // numbers of producer ids, in the order met
	forced      map[int16]int16     // versions, by key
	versions    ranges
	correlation int32
	patience    time.Duration // how long a response may take: Kafka leaves some requests without one
}

const usualPatience = 4 * time.Second

// outcome is what became of one request.
type outcome struct {
	label   string
	key     int16 // of the request; notes and raw bytes have none
	version int16
	status  string // "ok", "closed", "timeout" …
	tree    any    // the normalised response
	took    time.Duration
}

// Keys of outcomes that belong to no API.
const (
	noteKey = -1
	rawKey  = -2
)

func newSide(b broker, versions ranges) *side {
	return &side{broker: b, conns: map[string]net.Conn{}, topics: map[[16]byte]string{},
		producers: map[int64]int{}, forced: map[int16]int16{}, versions: versions, patience: usualPatience}
}

func (s *side) close() {
	for _, c := range s.conns {
		c.Close()
	}
}

// conn returns the connection of that name.
func (s *side) conn(name string) net.Conn {
	c := s.conns[name]
	if c == nil {
		var err error
		if c, err = net.DialTimeout("tcp", s.addr, usualPatience); err != nil {
			panic(err)
		}
		s.conns[name] = c
	}
	return c
}

func (s *side) drop(name string) {
	if c := s.conns[name]; c != nil {
		c.Close()
		delete(s.conns, name)
	}
}

// version returns the version a request of that key is sent in.
func (s *side) version(key int16) int16 {
	if v, ok := s.forced[key]; ok {
		return v
	}
	return s.versions[key].last
}

func frame(req kmsg.Request, correlation int32, client string) []byte {
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID(client)).AppendRequest(nil, req, correlation)
}

const largestFrame = 200 << 20

func readFrame(c net.Conn, within time.Duration) ([]byte, error) {
	c.SetReadDeadline(time.Now().Add(within))
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > largestFrame {
		return nil, fmt.Errorf("a frame of %d bytes", n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	return b, err
}

func statusOf(err error) string {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return "timeout"
	}
	return "closed"
}

// pending is a request under way.
type pending struct {
	side  *side
	out   *outcome
	conn  string
	req   kmsg.Request
	begin time.Time
	done  chan kmsg.Response
	resp  kmsg.Response // once it has come
}

// start sends a request on the named connection, in the version of the conversation.
func (s *side) start(conn, label string, req kmsg.Request) *pending {
	req.SetVersion(s.version(req.Key()))
	return s.startAs(conn, label, req)
}

// startAs sends a request in the version it has.
func (s *side) startAs(conn, label string, req kmsg.Request) *pending {
	s.correlation++
	p := &pending{side: s, out: &outcome{label: label, key: req.Key(), version: req.GetVersion()}, conn: conn, req: req,
		begin: time.Now(), done: make(chan kmsg.Response, 1)}
	s.out = append(s.out, p.out)
	c := s.conn(conn)
	if _, err := c.Write(frame(req, s.correlation, "twin")); err != nil {
		p.out.status = "closed"
		p.done <- nil
		return p
	}
	if produce, ok := req.(*kmsg.ProduceRequest); ok && produce.Acks == 0 {
		p.out.status = "sent"
		p.done <- req.ResponseKind()
		return p
	}
	correlation := s.correlation
	go func() { p.done <- p.receive(c, correlation) }()
	return p
}

// receive reads the response; nil if there is none.
func (p *pending) receive(c net.Conn, correlation int32) kmsg.Response {
	raw, err := readFrame(c, p.side.patience)
	p.out.took = time.Since(p.begin)
	switch {
	case err != nil:
		p.out.status = statusOf(err)
		return nil
	case len(raw) < 4 || int32(binary.BigEndian.Uint32(raw)) != correlation:
		p.out.status = "wrong correlation id"
		return nil
	}
	return p.decode(raw[4:])
}

// decode reads a response after its correlation id.
func (p *pending) decode(body []byte) kmsg.Response {
	resp := p.req.ResponseKind()
	resp.SetVersion(p.req.GetVersion())
	if resp.IsFlexible() && resp.Key() != apiVersionsKey {
		if len(body) == 0 || body[0] != 0 {
			p.out.status = fmt.Sprintf("header with tags %x", body[:min(8, len(body))])
			return nil
		}
		body = body[1:]
	}
	p.out.status = "ok"
	err := resp.ReadFrom(body)
	if err != nil && resp.Key() == apiVersionsKey { // a version that is not known is answered in version 0
		p.out.status = "ok, in version 0"
		resp.SetVersion(0)
		err = resp.ReadFrom(body)
	}
	switch again := len(resp.AppendTo(nil)) - len(body); {
	case err != nil:
		p.out.status = fmt.Sprintf("undecodable: %v: %s", err, hex.EncodeToString(body[:min(60, len(body))]))
		return nil
	case again != 0 && resp.Key() != fetchKey: // of which kmsg drops what it does not know
		p.out.status = fmt.Sprintf("ok, but %+d bytes when it is encoded again", again)
	}
	return resp
}

const (
	fetchKey       = 1
	apiVersionsKey = 18
)

// end waits for the response. It returns an empty one if none came, so that the conversation can go on.
func (p *pending) end() kmsg.Response {
	if p.resp != nil {
		return p.resp
	}
	if p.resp = <-p.done; p.resp == nil {
		p.side.drop(p.conn)
		p.resp = p.req.ResponseKind()
		p.resp.SetVersion(p.req.GetVersion())
		return p.resp
	}
	if p.out.status != "sent" {
		p.side.learn(p.resp)
		p.out.tree = p.side.normal(p.resp)
	}
	return p.resp
}

// do sends a request and waits for the response.
func do[R kmsg.Response](s *side, label string, req kmsg.Request) R {
	return on[R](s, "main", label, req)
}

// on is do on a connection of that name.
func on[R kmsg.Response](s *side, conn, label string, req kmsg.Request) R {
	return s.start(conn, label, req).end().(R)
}

// doAs is do in a version of its own.
func doAs[R kmsg.Response](s *side, label string, version int16, req kmsg.Request) R {
	req.SetVersion(version)
	return s.startAs("main", label, req).end().(R)
}

// note records a fact to compare that is no response.
func (s *side) note(label string, v any) {
	s.out = append(s.out, &outcome{label: label, key: noteKey, status: "note", tree: v})
}

// raw sends bytes on a connection of their own, with their length before them if they are a frame, and records what
// comes.
func (s *side) raw(label string, payload []byte, framed bool) {
	o := &outcome{label: label, key: rawKey}
	s.out = append(s.out, o)
	c, err := net.DialTimeout("tcp", s.addr, usualPatience)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	if framed {
		payload = append(binary.BigEndian.AppendUint32(nil, uint32(len(payload))), payload...)
	}
	begin := time.Now()
	c.Write(payload)
	answer, err := readFrame(c, rawPatience)
	if o.took = time.Since(begin); err != nil {
		o.status = statusOf(err)
		return
	}
	o.status, o.tree = "answered", s.hex(answer)
}

const rawPatience = 1500 * time.Millisecond
