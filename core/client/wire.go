package client

import (
	"slices"

	"gregor/core/env"
	"gregor/core/wire"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxResponse bounds one response: room for fetch.max.bytes and one oversized batch.
const maxResponse = 128 << 20

// Protocol is the half of a connection that every client of this package needs: pass it to the transport.
func Protocol() env.Protocol { return wire.NewClient(wire.Limits{FrameBytes: maxResponse}) }

// decode reads the answer to a request of this key and version. What comes all the time is good until the end of
// the step, anything else for good.
func (p *pool) decode(frame []byte, key, version int16) (kmsg.Response, error) {
	switch kmsg.Key(key) {
	case kmsg.Produce, kmsg.Fetch, kmsg.OffsetCommit, kmsg.Heartbeat:
		resp := p.answers[key]
		if resp == nil || resp.GetVersion() != version {
			resp = kmsg.ResponseForKey(key)
			p.answers[key] = resp
		}
		return resp, wire.DecodeInto(resp, frame, version)
	}
	return wire.DecodeResponse(slices.Clone(frame), key, version)
}

// frames makes the bytes of requests. The transport may look at them as long as it likes, so each gets bytes of its
// own, cut from larger pieces.
type frames struct {
	scratch []byte
	piece   []byte
}

// pieceBytes is how much is allocated at once for small requests.
const pieceBytes = 16 << 10

func (f *frames) request(req kmsg.Request, correlationID int32, clientID string) []byte {
	f.scratch = wire.AppendRequest(f.scratch[:0], req, correlationID, clientID)
	n := len(f.scratch)
	if n > pieceBytes/4 {
		whole := f.scratch
		f.scratch = nil
		return whole
	}
	if n > len(f.piece) {
		f.piece = make([]byte, pieceBytes)
	}
	out := f.piece[:n:n]
	f.piece = f.piece[n:]
	copy(out, f.scratch)
	return out
}
