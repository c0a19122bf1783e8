package wire

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/env"
	"gregor/core/kafka"
)

// ClientProtocol is the client's half of a connection: responses come in. It only frames them, since what a
// frame holds depends on the request it answers; Decode returns a *[Frame].
type ClientProtocol struct{ limits Limits }

var _ env.Protocol = (*ClientProtocol)(nil)

// Frame is a response that came in, length prefix included.
type Frame struct{ Bytes []byte }

// NewClient makes a client's Protocol. Of limits it uses FrameBytes.
func NewClient(limits Limits) *ClientProtocol { return &ClientProtocol{limits: limits.withDefaults()} }

// FrameSize implements env.Protocol.
func (p *ClientProtocol) FrameSize(head []byte) (int, error) {
	return frameSize(head, p.limits.FrameBytes, "the client's frame cap")
}

// Decode implements env.Protocol: it returns a *[Frame].
func (p *ClientProtocol) Decode(frame []byte, reuse any) (any, error) {
	if len(frame) < 8 {
		return nil, fmt.Errorf("%w: a response of %d bytes", errFrame, len(frame))
	}
	f, ok := reuse.(*Frame)
	if !ok {
		f = new(Frame)
	}
	f.Bytes = frame
	return f, nil
}

// AppendRequest appends a whole request frame: length prefix, header version 1 (2 if the body is flexible), body.
// The client id stays a plain string in both (KIP-482).
func AppendRequest(dst []byte, req kmsg.Request, correlationID int32, clientID string) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	return endFrame(AppendBare(dst, req, correlationID, clientID), start)
}

// AppendBare is [AppendRequest] without the length prefix: what an Envelope carries.
func AppendBare(dst []byte, req kmsg.Request, correlationID int32, clientID string) []byte {
	dst = appendInt16(dst, req.Key())
	dst = appendInt16(dst, req.GetVersion())
	dst = appendInt32(dst, correlationID)
	dst = appendString(dst, false, clientID)
	dst = appendNoTags(dst, req.IsFlexible())
	if f, ok := req.(*kmsg.FetchRequest); ok && isReplicaFetch(f) {
		return appendReplicaFetch(dst, f)
	}
	return req.AppendTo(dst)
}

// CorrelationID is the correlation id of a response frame, which names the request that it answers.
func CorrelationID(frame []byte) (int32, error) {
	if len(frame) < 8 {
		return 0, fmt.Errorf("%w: a response of %d bytes", errFrame, len(frame))
	}
	return int32(be32(frame[4:])), nil
}

// DecodeResponse decodes the response frame to a request of this key and version. Byte slices in it (fetched
// records) point into frame. An ApiVersions response that says UNSUPPORTED_VERSION comes as version 0, whatever
// was asked for (KIP-511).
func DecodeResponse(frame []byte, key, version int16) (kmsg.Response, error) {
	return DecodeBareResponse(withoutLength(frame), key, version)
}

// DecodeBareResponse is [DecodeResponse] without the length prefix: what an Envelope's response carries.
func DecodeBareResponse(data []byte, key, version int16) (kmsg.Response, error) {
	resp := kmsg.ResponseForKey(key)
	if resp == nil {
		panic(fmt.Sprintf("wire: a response to API key %d, which kmsg does not know; was the request's key passed?", key))
	}
	if err := decodeInto(resp, data, version); err != nil {
		return nil, err
	}
	return resp, nil
}

// DecodeInto is [DecodeResponse] into a response there is, using its room again.
func DecodeInto(resp kmsg.Response, frame []byte, version int16) error {
	return decodeInto(resp, withoutLength(frame), version)
}

func withoutLength(frame []byte) []byte { return frame[min(4, len(frame)):] }

func decodeInto(resp kmsg.Response, data []byte, version int16) error {
	resp.SetVersion(version)
	body, err := afterHeader(data, flexibleResponseHeader(resp))
	if resp.Key() == apiVersionsAPI.Key && len(body) >= 2 && kafka.ErrorCode(be16(body)) == kafka.UnsupportedVersion {
		resp.SetVersion(0)
	}
	if err == nil {
		err = resp.ReadFrom(body)
	}
	if err != nil {
		return fmt.Errorf("%w: %s v%d response: %w", errFrame, Name(resp.Key()), version, err)
	}
	return nil
}

// afterHeader is a response's body: what follows its correlation id, and in a flexible version the header's
// tagged fields.
func afterHeader(data []byte, flexible bool) ([]byte, error) {
	at := min(4, len(data))
	switch {
	case !flexible:
		return data[at:], nil
	case len(data) > at && data[at] == 0: // no tags, as always so far
		return data[at+1:], nil
	}
	r := reader{src: data, at: at, tags: DefaultTags, flexible: true}
	r.eachTag(nil)
	return data[r.at:], r.err
}

// Versions is what a client and its broker have in common.
type Versions struct{ ranges [128]versionRange }

type versionRange struct {
	min, max int16
	served   bool
}

// Negotiate takes a broker's answer to ApiVersions.
func Negotiate(resp *kmsg.ApiVersionsResponse) *Versions {
	v := new(Versions)
	for _, k := range resp.ApiKeys {
		if k.ApiKey >= 0 && int(k.ApiKey) < len(v.ranges) {
			v.ranges[k.ApiKey] = versionRange{k.MinVersion, k.MaxVersion, true}
		}
	}
	return v
}

// Of is the highest version of the API that both sides know; false if there is none. upTo caps it further.
func (v *Versions) Of(key, upTo int16) (int16, bool) {
	api := Lookup(key)
	if api == nil || !v.ranges[key].served {
		return 0, false
	}
	theirs := v.ranges[key]
	best := min(api.Max, theirs.max, upTo)
	return best, best >= max(api.Served, theirs.min)
}
