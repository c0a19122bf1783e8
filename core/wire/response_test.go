package wire

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// Every response, in every version, comes back as it went out, and its header is the one Kafka has.
func TestEveryResponseComesThrough(t *testing.T) {
	for _, a := range APIs() {
		t.Run(a.Name, rapid.MakeCheck(func(t *rapid.T) {
			resp := kmsg.ResponseForKey(a.Key)
			fill(t, reflect.ValueOf(resp).Elem())
			for v := a.Min; v <= a.Max; v++ {
				resp.SetVersion(v)
				frame := AppendResponse([]byte("x"), -5, resp)[1:]
				body := resp.AppendTo(nil)
				if want := append(headerOf(a, v, len(body)), body...); !bytes.Equal(frame, want) {
					t.Fatalf("%s v%d: the frame is\n% x\nwant\n% x", a.Name, v, frame, want)
				}
				if a.Key == 18 && be16(body) == 35 {
					continue // would be read as version 0
				}
				got, err := DecodeResponse(frame, a.Key, v)
				if err != nil {
					t.Fatalf("%s v%d: %v", a.Name, v, err)
				}
				if again := got.AppendTo(nil); !bytes.Equal(again, body) {
					t.Fatalf("%s v%d: went out as\n% x\nand came as\n% x", a.Name, v, body, again)
				}
			}
		}))
	}
}

// headerOf writes length prefix and response header by hand: correlation id -5, and an empty tag section for
// flexible versions of all but ApiVersions.
func headerOf(a *API, v int16, body int) []byte {
	header := []byte{0, 0, byte((body + 4) >> 8), byte(body + 4), 0xff, 0xff, 0xff, 0xfb}
	if a.Flexible(v) && a.Key != 18 {
		header[2], header[3] = byte((body+5)>>8), byte(body+5)
		header = append(header, 0)
	}
	return header
}

func TestTornResponsesAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(APIs()).Draw(t, "api")
		resp := kmsg.ResponseForKey(a.Key)
		fill(t, reflect.ValueOf(resp).Elem())
		resp.SetVersion(rapid.Int16Range(a.Served, a.Max).Draw(t, "version"))
		if r, ok := resp.(*kmsg.ApiVersionsResponse); ok {
			r.ErrorCode = 0
		}
		frame := AppendResponse(nil, 1, resp)
		cut := rapid.IntRange(0, len(frame)-1).Draw(t, "cut")
		if got, err := DecodeResponse(frame[:cut], a.Key, resp.GetVersion()); err == nil {
			t.Fatalf("%s v%d: %d of %d bytes came as %+v", a.Name, resp.GetVersion(), cut, len(frame), got)
		}
	})
}
