package wire

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

func forwardableAPIs() (list []*API) {
	for _, a := range APIs() {
		if a.Forwardable {
			list = append(list, a)
		}
	}
	return list
}

// A client's request goes to the controller in an Envelope and the answer comes back in one; both are what they
// would have been without it, in every version.
func TestEnvelopesCarryBothWays(t *testing.T) {
	for _, a := range forwardableAPIs() {
		t.Run(a.Name, rapid.MakeCheck(func(t *rapid.T) {
			req, resp := kmsg.RequestForKey(a.Key), kmsg.ResponseForKey(a.Key)
			fill(t, reflect.ValueOf(req).Elem())
			fill(t, reflect.ValueOf(resp).Elem())
			client := texts.Draw(t, "client id")
			for v := a.Min; v <= a.Max; v++ {
				req.SetVersion(v)
				resp.SetVersion(v)
				asksInEnvelope(t, req, client)
				answersInEnvelope(t, resp)
			}
		}))
	}
}

func asksInEnvelope(t *rapid.T, req kmsg.Request, client string) {
	envelope := kmsg.NewPtrEnvelopeRequest()
	envelope.RequestData = AppendBare([]byte("x"), req, 41, client)[1:]
	envelope.ClientHostAddress = []byte{127, 0, 0, 1}
	data := decoded(t, AppendRequest(nil, envelope, 7, "broker")).Body.(*kmsg.EnvelopeRequest).RequestData
	if frame := AppendRequest(nil, req, 41, client); !bytes.Equal(data, frame[4:]) {
		t.Fatalf("in the envelope\n% x\nin a frame\n% x", data, frame)
	}
	got, err := DecodeEnvelope(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	scribble(data)
	if got.Key != req.Key() || got.Version != req.GetVersion() || got.CorrelationID != 41 || got.ClientID != client {
		t.Fatalf("the header of %s v%d came as %s", Name(req.Key()), req.GetVersion(), got)
	}
	if want := req.AppendTo(nil); !bytes.Equal(got.Body.AppendTo(nil), want) {
		t.Fatalf("went in as\n% x\nand came as\n% x", want, got.Body.AppendTo(nil))
	}
}

func answersInEnvelope(t *rapid.T, resp kmsg.Response) {
	envelope := kmsg.NewPtrEnvelopeResponse()
	envelope.ResponseData = AppendBareResponse([]byte("x"), 41, resp)[1:]
	outer, err := DecodeResponse(AppendResponse(nil, 7, envelope), envelopeAPI.Key, 0)
	if err != nil {
		t.Fatal(err)
	}
	data := outer.(*kmsg.EnvelopeResponse).ResponseData
	if frame := AppendResponse(nil, 41, resp); !bytes.Equal(data, frame[4:]) {
		t.Fatalf("in the envelope\n% x\nin a frame\n% x", data, frame)
	}
	got, err := DecodeBareResponse(data, resp.Key(), resp.GetVersion())
	if err != nil {
		t.Fatal(err)
	}
	if want := resp.AppendTo(nil); !bytes.Equal(got.AppendTo(nil), want) {
		t.Fatalf("went in as\n% x\nand came as\n% x", want, got.AppendTo(nil))
	}
}

// What a broker does not forward is refused: above all an Envelope, whose nesting would have no end, and Produce
// and Fetch, whose decoding leaves slices of the frame behind.
func TestEnvelopesCarryOnlyWhatIsForwardable(t *testing.T) {
	for _, a := range APIs() {
		req := kmsg.RequestForKey(a.Key)
		req.SetVersion(a.Max)
		q, err := DecodeEnvelope(AppendBare(nil, req, 1, "c"), Limits{})
		switch {
		case a.Forwardable && err != nil:
			t.Errorf("%s: %v", a.Name, err)
		case !a.Forwardable && (q != nil || !errors.Is(err, errFrame)):
			t.Errorf("%s in an envelope came as %v, %v", a.Name, q, err)
		}
	}
	for _, never := range []*API{produceAPI, fetchAPI, envelopeAPI} {
		if never.Forwardable {
			t.Errorf("%s is forwardable", never.Name)
		}
	}
}

func TestEnvelopesAreBounded(t *testing.T) {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.Version, req.TopicNames = 5, make([]string, 11)
	data := AppendBare(nil, req, 1, "c")
	if q, err := DecodeEnvelope(data, Limits{Elements: 10}); !errors.Is(err, errFrame) {
		t.Errorf("11 names where 10 may be came as %v, %v", q, err)
	}
	if q, err := DecodeEnvelope(data, Limits{RequestBytes: len(data) - 1}); !errors.Is(err, errFrame) {
		t.Errorf("a byte above the cap came as %v, %v", q, err)
	}
	if q, err := DecodeEnvelope(data, Limits{Elements: 11, RequestBytes: len(data)}); err != nil {
		t.Errorf("within the limits came as %v, %v", q, err)
	}
	for cut := range data {
		if q, err := DecodeEnvelope(data[:cut], Limits{}); !errors.Is(err, errFrame) {
			t.Errorf("%d bytes of %d came as %v, %v", cut, len(data), q, err)
		}
	}
}

// A version the controller does not serve is for it to answer, as in a frame.
func TestEnvelopesCarryUnsupportedVersions(t *testing.T) {
	q, err := DecodeEnvelope([]byte{0, 19, 0, 99, 0, 0, 0, 3, 0, 1, 'c'}, Limits{})
	if err != nil || !q.Unsupported || q.Key != 19 || q.Version != 99 || q.CorrelationID != 3 || q.Body != nil {
		t.Errorf("came as %+v, %v", q, err)
	}
}

// FuzzEnvelope: whatever bytes come in an envelope, they are what they would be in a frame, or not forwardable.
func FuzzEnvelope(f *testing.F) {
	for _, a := range APIs() {
		req := kmsg.RequestForKey(a.Key)
		req.SetVersion(a.Max)
		f.Add(AppendBare(nil, req, 1, "c"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := DecodeEnvelope(data, fuzzLimits)
		if len(data) >= 2 && !forwardable(int16(be16(data))) {
			if err == nil {
				t.Fatalf("came as %s", q)
			}
			return
		}
		frame := endFrame(append([]byte{0, 0, 0, 0}, data...), 0)
		framed, framedErr := New(fuzzLimits).Decode(frame, nil)
		if (err == nil) != (framedErr == nil) {
			t.Fatalf("in an envelope: %v; in a frame: %v", err, framedErr)
		}
		if err == nil && (q.String() != framed.(*Request).String() ||
			!bytes.Equal(encodedBody(q), encodedBody(framed.(*Request)))) {
			t.Fatalf("in an envelope %s, in a frame %s", q, framed)
		}
	})
}
