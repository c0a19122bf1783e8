package netsim

import "gregor/core/env"

// Place is where a message under way is.
type Place string

// The places, in the order in which a message passes them.
const (
	Queued   Place = "queued"   // submitted; the window is full, or the kernel has not looked at it
	Flying   Place = "flying"   // on the wire
	Arrived  Place = "arrived"  // whole at the receiver, which has not read it
	Stranded Place = "stranded" // on the wire of a link that is cut, or held
)

// Message is a frame under way.
type Message struct {
	From, To string
	Accepted bool       // the receiver has accepted the connection, and not dialed it: a request
	Conn     env.ConnID // the dialing end's name of the connection
	Place    Place
	At       env.Instant // when its last byte arrives, if Flying
	Cause    uint64      // the event in which it was sent; 0 if that is not known any more
	Frame    []byte      // what is known of it: all, or its beginning if the rest is not submitted yet
}

// Cut is one direction between two nodes that lets nothing through.
type Cut struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Messages copies what is under way, in the order in which connections were dialed and their bytes were sent.
func (n *Net) Messages() (all []Message) {
	for _, c := range n.conns {
		if c == nil {
			continue
		}
		for i := range c.streams {
			all = append(all, c.streams[i].messages()...)
		}
	}
	return all
}

// Cuts returns the directions that are cut, by the numbers of their nodes.
func (n *Net) Cuts() (cuts []Cut) {
	for i := range n.links {
		for j := range n.links[i] {
			if n.links[i][j].cut {
				cuts = append(cuts, Cut{n.ports[i].name, n.ports[j].name})
			}
		}
	}
	return cuts
}

// Peer returns the number of the node at the other end of a connection, -1 if none has accepted it.
func (n *Net) Peer(node int, id env.ConnID) int {
	ends := n.ports[node].ends
	if id == 0 || int(id) > len(ends) || ends[id-1] == nil || ends[id-1].peer().port == nil {
		return -1
	}
	return ends[id-1].peer().port.node
}

// piece is a run of a stream's bytes that are in one place.
type piece struct {
	n     int
	place Place
	at    env.Instant
	cause uint64
}

// messages divides what is under way on a stream into frames.
func (s *stream) messages() (all []Message) {
	if s.from.port == nil || s.to.port == nil || s.to.state == gone {
		return nil
	}
	bytes, pieces := s.underWay()
	proto := s.to.reads().proto
	for len(bytes) > 0 {
		size, err := proto.FrameSize(bytes)
		if err != nil || size <= 0 || size > len(bytes) {
			size = len(bytes)
		}
		var last piece
		last, pieces = through(pieces, size)
		all = append(all, Message{From: s.from.port.name, To: s.to.port.name, Accepted: s.to.side == 1,
			Conn: s.conn.ends[0].id, Place: last.place, At: last.at, Cause: last.cause, Frame: bytes[:size:size]})
		bytes = bytes[size:]
	}
	return all
}

// underWay copies the bytes from the beginning of the frame that the receiver is reading, and where they are.
func (s *stream) underWay() (bytes []byte, pieces []piece) {
	if f := s.to.frame; f != nil {
		bytes = append(bytes, f.Bytes...)
		pieces = append(pieces, piece{n: len(f.Bytes), place: Arrived})
	}
	bytes = append(bytes, s.data[s.head:]...)
	for i := range s.origins.len() {
		o := s.origins.at(i)
		pieces = append(pieces, piece{n: o.n, place: Arrived, cause: o.cause})
	}
	place := Flying
	if s.held || s.conn.net.cut(s.from.port, s.to.port) {
		place = Stranded
	}
	for i := range s.flight.len() {
		c := s.flight.at(i)
		pieces = append(pieces, piece{n: c.n, place: place, at: c.at, cause: c.cause})
	}
	for i := range s.queue.len() {
		q := s.queue.at(i)
		before := len(bytes)
		bytes = s.peek(bytes, q)
		pieces = append(pieces, piece{n: len(bytes) - before, place: Queued, cause: q.cause})
	}
	return bytes, pieces
}

// peek appends what is left of a send. A region that cannot be read ends it.
func (s *stream) peek(to []byte, q *send) []byte {
	skip := q.done
	for i := q.part; i < len(q.parts); i++ {
		p := &q.parts[i]
		if p.Region.File == 0 {
			to = append(to, p.Bytes[skip:]...)
		} else {
			b := make([]byte, p.Len()-skip)
			if s.conn.net.engine.Region(s.from.port.node, p.Region.File, p.Region.Pos+env.Position(skip), b) != nil {
				return to
			}
			to = append(to, b...)
		}
		skip = 0
	}
	return to
}

// through drops n bytes from pieces and returns the piece with the last of them.
func through(pieces []piece, n int) (last piece, rest []piece) {
	for n > 0 && len(pieces) > 0 {
		last = pieces[0]
		take := min(n, pieces[0].n)
		n -= take
		if pieces[0].n -= take; pieces[0].n == 0 {
			pieces = pieces[1:]
		}
	}
	return last, pieces
}
