package client

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"gregor/core/env"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxResponseSize bounds one response. Kafka bounds requests at 100 MiB; a fetch response may be as large.
const maxResponseSize = 128 << 20

// Reply is one response as it came, without its length: the client knows by the correlation id what it asked.
type Reply []byte

// protocol cuts responses out of a stream. It holds no state.
type protocol struct{}

// Protocol is the half of a connection that every client of this package needs: pass it to the transport.
func Protocol() env.Protocol { return protocol{} }

func (protocol) FrameSize(head []byte) (int, error) {
	if len(head) < 4 {
		return 0, nil
	}
	n := int32(binary.BigEndian.Uint32(head))
	if n < 4 || n > maxResponseSize {
		return 0, fmt.Errorf("response of %d bytes: want 4 to %d", n, maxResponseSize)
	}
	return int(n) + 4, nil
}

func (protocol) Decode(frame []byte, _ any) (any, error) {
	if len(frame) < 8 {
		return nil, fmt.Errorf("response frame of %d bytes: want at least 8", len(frame))
	}
	return Reply(frame[4:]), nil
}

func (r Reply) correlation() int32 { return int32(binary.BigEndian.Uint32(r)) }

// appendRequest frames a request: length, header of the version the API asks for, body.
func appendRequest(dst []byte, req kmsg.Request, correlation int32, clientID string) []byte {
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID)).AppendRequest(dst, req, correlation)
}

const apiVersionsKey = 18

// decodeReply reads the answer to req. The result does not point into r.
func decodeReply(r Reply, req kmsg.Request) (resp kmsg.Response, err error) {
	resp = req.ResponseKind()
	body := bytes.Clone(r[4:]) // byte slices of the response point into it
	switch {
	case req.Key() == apiVersionsKey:
		// The header is always version 0, and a broker that does not know the version asked for answers
		// with UNSUPPORTED_VERSION in version 0 (KIP-511).
		if len(body) >= 2 && int16(binary.BigEndian.Uint16(body)) == unsupportedVersion {
			resp.SetVersion(0)
		}
	case resp.IsFlexible():
		if body, err = skipTags(body); err != nil {
			return nil, err
		}
	}
	if err := resp.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("response to %s: %w", kmsg.NameForKey(req.Key()), err)
	}
	return resp, nil
}

// skipTags passes over the tag buffer of a flexible response header. Each tag takes at least two bytes, so the
// loop is bounded by the body.
func skipTags(b []byte) ([]byte, error) {
	count, n := binary.Uvarint(b)
	for b = b[max(n, 0):]; n > 0 && count > 0; count-- {
		_, tag := binary.Uvarint(b)
		size, length := binary.Uvarint(b[max(tag, 0):])
		if tag <= 0 || length <= 0 || size > uint64(len(b)-tag-length) {
			return nil, fmt.Errorf("response header: tags run over the end")
		}
		b = b[tag+length+int(size):]
	}
	if n <= 0 {
		return nil, fmt.Errorf("response header: no tag buffer")
	}
	return b, nil
}
