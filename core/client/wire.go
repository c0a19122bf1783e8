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

// decodeReply reads the answer to req. It copies the frame once, so that the response is the caller's to keep.
func decodeReply(frame []byte, req kmsg.Request) (kmsg.Response, error) {
	return wire.DecodeResponse(slices.Clone(frame), req.Key(), req.GetVersion())
}
