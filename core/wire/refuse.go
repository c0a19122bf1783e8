package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// refusal makes the response that refuses a request with one code.
type refusal func(r kmsg.Request, code kafka.ErrorCode) kmsg.Response

// refusing is the refusal of an API whose response is filled otherwise, such as with a code for each element.
func refusing[R kmsg.Request, A kmsg.Response](fill func(r R, a A, code int16)) refusal {
	return func(r kmsg.Request, code kafka.ErrorCode) kmsg.Response {
		resp := r.ResponseKind()
		fill(r.(R), resp.(A), int16(code))
		return resp
	}
}

// withCode is the refusal of an API whose response has a code for the request as a whole.
func withCode[A kmsg.Response](at func(a A) *int16) refusal {
	return func(r kmsg.Request, code kafka.ErrorCode) kmsg.Response {
		resp := r.ResponseKind()
		*at(resp.(A)) = int16(code)
		return resp
	}
}

// Refuse returns the response that refuses all that a request asks for with one code; nil if its API has none.
func Refuse(r kmsg.Request, code kafka.ErrorCode) kmsg.Response {
	if api := Lookup(r.Key()); api != nil && api.refuse != nil {
		return api.refuse(r, code)
	}
	return nil
}

// RefuseLarge returns the response that refuses a request for its size; nil if its API has no code for that.
func RefuseLarge(r kmsg.Request) kmsg.Response {
	if api := Lookup(r.Key()); api != nil && api.tooLarge != kafka.None {
		return Refuse(r, api.tooLarge)
	}
	return nil
}
