package wire

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Request is one decoded request. Of Produce, Fetch and Body exactly one is set, unless Unsupported.
//
// Requests are pooled: once its Buffer is released, neither the Request nor what Produce and Fetch point to may
// be touched. Strings, and Body with all that is in it, may be kept.
type Request struct {
	Key           int16
	Version       int16
	CorrelationID int32
	ClientID      string // "" if null
	Body          kmsg.Request
	Produce       *Produce
	Fetch         *Fetch
	Unsupported   bool // the API is served, but not in this version: only the fields above Body are set

	produce  Produce
	fetch    Fetch
	names    names
	reader   reader // at work only during Decode; here because it would be an allocation of its own
	unpack   unpacking
	elements int  // the frame held
	crowded  bool // decoding failed because the frame holds more elements than its limits allow
}

// keptElements is how many array elements a Request may have held and still be used again: a rare large
// request must not pin its memory in the pool.
const keptElements = 4096

// pooled empties a Request for its next use, or makes one.
func pooled(reuse any) *Request {
	q, ok := reuse.(*Request)
	if !ok || q == nil || q.elements > keptElements {
		return new(Request)
	}
	q.Body, q.Produce, q.Fetch, q.Unsupported, q.unpack = nil, nil, nil, false, unpacking{}
	return q
}

// Elements is how many array elements the request's frame held, nested ones included.
func (q *Request) Elements() int { return q.elements }

// String names a request in one line of a log.
func (q *Request) String() string {
	return fmt.Sprintf("%s v%d correlation=%d client=%q", Name(q.Key), q.Version, q.CorrelationID, q.ClientID)
}

// decode takes a frame without its length prefix.
func (q *Request) decode(data []byte, lim *Limits) error {
	q.reader = reader{src: data, elements: lim.Elements, tags: lim.Tags}
	err := q.read(&q.reader, lim)
	q.crowded = q.reader.crowded
	q.reader = reader{}
	if err != nil {
		return fmt.Errorf("%w: %w", errFrame, err)
	}
	return nil
}

func (q *Request) read(r *reader, lim *Limits) error {
	q.Key, q.Version, q.CorrelationID = r.int16(), r.int16(), r.int32()
	q.ClientID = q.names.of(r.nullableString())
	if r.err != nil {
		return fmt.Errorf("request header: %w", r.err)
	}
	api := Lookup(q.Key)
	switch {
	case api == nil:
		return fmt.Errorf("API key %d (%s) is not served", q.Key, Name(q.Key))
	case !api.Has(q.Version):
		q.Unsupported = true
		return nil
	case q.Key != produceAPI.Key && len(r.src) > lim.RequestBytes:
		return fmt.Errorf("%s: size %d is above the cap of %d for all but Produce", q, len(r.src), lim.RequestBytes)
	}
	r.flexible = api.Flexible(q.Version)
	r.eachTag(nil)
	if r.err == nil {
		q.readBody(r, api, lim)
	}
	if r.err != nil {
		return fmt.Errorf("%s: %w", q, r.err)
	}
	q.elements = lim.Elements - r.elements
	return nil
}

func (q *Request) readBody(r *reader, api *API, lim *Limits) {
	switch api {
	case produceAPI:
		q.produce.read(r, q.Version, &q.names)
		q.Produce = &q.produce
		if r.err == nil {
			q.validate(lim)
		}
	case fetchAPI:
		q.fetch.read(r, q.Version, &q.names)
		q.Fetch = &q.fetch
	default:
		q.Body = readBody(r, api, q.Version)
	}
}

// readBody walks the body, and only then lets kmsg decode it, from a copy where kmsg would keep pieces of it.
func readBody(r *reader, api *API, version int16) kmsg.Request {
	body := r.src[r.at:]
	tags := r.tags
	api.body.walk(r, version)
	if r.err != nil {
		return nil
	}
	if r.tags < tags || api.body.holdsBytes() {
		body = slices.Clone(body)
	}
	req := kmsg.RequestForKey(api.Key)
	req.SetVersion(version)
	if err := req.ReadFrom(body); err != nil {
		r.fail("%v", err)
	}
	return req
}
