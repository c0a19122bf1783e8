package wire

import "fmt"

// Envelope (key 58): 0-0.
//
//	0     a broker passes a client's request on to the controller, with who the client is (KIP-590)
//
// What it carries, both ways, is a frame without its length prefix ([AppendBare], [DecodeEnvelope],
// [AppendBareResponse], [DecodeBareResponse]).
var envelopeAPI = serve(API{Key: 58, Name: "Envelope", Min: 0, Max: 0, Served: 0, FlexibleFrom: 0, On: OnController,
	body: newShape(`
	request bytes
	principal ?bytes
	host bytes
`)})

// DecodeEnvelope decodes the request that an Envelope carries (its RequestData) as Protocol.Decode does a frame,
// within the same limits. The request must be Forwardable, so an Envelope never holds another. Nothing in the
// Request points into data.
func DecodeEnvelope(data []byte, limits Limits) (*Request, error) {
	if len(data) >= 2 {
		if key := int16(be16(data)); !forwardable(key) {
			return nil, fmt.Errorf("%w: %s in an Envelope; it is not forwardable", errFrame, Name(key))
		}
	}
	q, lim := new(Request), limits.withDefaults()
	if err := q.decode(data, &lim); err != nil {
		return nil, err
	}
	return q, nil
}

func forwardable(key int16) bool {
	api := Lookup(key)
	return api != nil && api.Forwardable
}
