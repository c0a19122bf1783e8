package wire

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// AppendResponse appends a whole response frame: length prefix, header, body. The response's version is the
// request's (SetVersion).
//
// The header is version 1 (with a tag section) if the body is flexible, else version 0. ApiVersions always has
// version 0: the client does not know yet what the broker can read (KIP-511).
func AppendResponse(dst []byte, correlationID int32, resp kmsg.Response) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	return endFrame(AppendBareResponse(dst, correlationID, resp), start)
}

// AppendBareResponse is [AppendResponse] without the length prefix: what an Envelope's response carries.
func AppendBareResponse(dst []byte, correlationID int32, resp kmsg.Response) []byte {
	dst = appendInt32(dst, correlationID)
	dst = appendNoTags(dst, flexibleResponseHeader(resp))
	return resp.AppendTo(dst)
}

func flexibleResponseHeader(resp kmsg.Response) bool {
	return resp.IsFlexible() && resp.Key() != apiVersionsAPI.Key
}

// appendResponseHeader reserves the length prefix and appends the header.
func appendResponseHeader(dst []byte, flexible bool, correlationID int32) []byte {
	dst = append(dst, 0, 0, 0, 0)
	dst = appendInt32(dst, correlationID)
	return appendNoTags(dst, flexible)
}

// endFrame sets the length prefix of the frame that begins at start.
func endFrame(dst []byte, start int) []byte {
	putLength(dst[start:], len(dst)-start-4)
	return dst
}

func putLength(dst []byte, n int) {
	if n > math.MaxInt32 {
		panic(fmt.Sprintf("wire: a frame of %d bytes; did the fetch ignore max bytes?", n))
	}
	binary.BigEndian.PutUint32(dst, uint32(n))
}
