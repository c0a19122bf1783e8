package broker_test

import (
	"encoding/binary"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/wire"
)

// answer is a response as it came.
type answer struct {
	key  int16
	resp kmsg.Response
}

// ask sends a request. One that expects no answer (produce with acks=0) is not waited for.
func (p *peer) ask(req kmsg.Request) {
	p.correl++
	p.out = append(p.out, wire.AppendRequest(nil, req, p.correl, "test"))
	if r, ok := req.(*kmsg.ProduceRequest); !ok || r.Acks != 0 {
		p.said = append(p.said, ask{p.correl, req.Key(), req.GetVersion()})
	}
}

// read cuts what has come into responses. They must come in the order of the requests.
func (p *peer) read() {
	for len(p.in) >= 4 {
		n := 4 + int(binary.BigEndian.Uint32(p.in))
		if len(p.in) < n {
			return
		}
		frame := p.in[:n:n]
		p.in = p.in[n:]
		id, err := wire.CorrelationID(frame)
		switch {
		case err != nil:
			p.world.t.Fatalf("response: %v", err)
		case len(p.said) == 0:
			p.world.t.Fatalf("a response with correlation id %d, but nothing was asked", id)
		case p.said[0].correlation != id:
			p.world.t.Fatalf("a response with correlation id %d, but %d comes first", id, p.said[0].correlation)
		}
		a := p.said[0]
		p.said = p.said[1:]
		resp, err := wire.DecodeResponse(frame, a.key, a.version)
		if err != nil {
			p.world.t.Fatalf("response: %v", err)
		}
		p.answers = append(p.answers, answer{a.key, resp})
	}
}

// call sends a request and runs the world until it is answered, or until nothing more happens; nil then.
func (p *peer) call(req kmsg.Request) kmsg.Response {
	p.ask(req)
	for len(p.answers) == 0 && p.world.once() {
	}
	if len(p.answers) == 0 {
		return nil
	}
	r := p.answers[0].resp
	p.answers = p.answers[1:]
	return r
}
