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

// decodeReply reads the answer to a request of this key and version. Byte slices in it are good until the end of
// the step, those of what a group's members agree on for good.
func decodeReply(frame []byte, key, version int16) (kmsg.Response, error) {
	if key == int16(kmsg.JoinGroup) || key == int16(kmsg.SyncGroup) {
		frame = slices.Clone(frame)
	}
	return wire.DecodeResponse(frame, key, version)
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
