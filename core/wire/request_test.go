package wire

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// Whatever kmsg can encode, in every version of every API, is walked to its last byte and decodes to the same.
func TestEveryRequestComesThrough(t *testing.T) {
	for _, a := range APIs() {
		if a.body == nil {
			continue // Produce and Fetch have their own test
		}
		t.Run(a.Name, rapid.MakeCheck(func(t *rapid.T) {
			req := kmsg.RequestForKey(a.Key)
			fill(t, reflect.ValueOf(req).Elem())
			client := rapid.Ptr(texts, true).Draw(t, "client id")
			for v := a.Min; v <= a.Max; v++ {
				req.SetVersion(v)
				comesThrough(t, a, req, client)
			}
		}))
	}
}

func comesThrough(t *rapid.T, a *API, req kmsg.Request, client *string) {
	frame := frameOf(req, client)
	body := req.AppendTo(nil)
	r := reader{src: body, flexible: req.IsFlexible(), elements: DefaultElements, tags: DefaultTags}
	a.body.walk(&r, req.GetVersion())
	if r.err != nil || r.at != len(body) {
		t.Fatalf("%s v%d: the walk ended at byte %d of %d: %v\n% x", a.Name, req.GetVersion(), r.at, len(body), r.err, body)
	}
	got := decoded(t, frame)
	if got.Key != a.Key || got.Version != req.GetVersion() || got.CorrelationID != 7 ||
		client != nil && got.ClientID != *client {
		t.Fatalf("the header of %s v%d came as %s", a.Name, req.GetVersion(), got)
	}
	scribble(frame)
	if again := got.Body.AppendTo(nil); !bytes.Equal(again, body) {
		t.Fatalf("%s v%d: went in as\n% x\nand came as\n% x", a.Name, req.GetVersion(), body, again)
	}
}

func decoded(t rapid.TB, frame []byte) *Request {
	p := New(Limits{})
	n, err := p.FrameSize(frame)
	if err != nil || n != len(frame) {
		t.Fatalf("FrameSize is %d, %v of a frame of %d bytes", n, err, len(frame))
	}
	q, err := p.Decode(frame, nil)
	if err != nil {
		t.Fatalf("Decode: %v\n% x", err, frame)
	}
	return q.(*Request)
}

// scribble is what the simulator does to a released buffer: nothing that may be kept must change.
func scribble(frame []byte) {
	for i := range frame {
		frame[i] = 0xdb
	}
}

// Every proper prefix of a body is refused, and never takes kmsg or us down.
func TestTruncatedRequestsAreRefused(t *testing.T) {
	for _, a := range APIs() {
		t.Run(a.Name, rapid.MakeCheck(func(t *rapid.T) {
			req := kmsg.RequestForKey(a.Key)
			fill(t, reflect.ValueOf(req).Elem())
			req.SetVersion(rapid.Int16Range(a.Served, a.Max).Draw(t, "version"))
			frame := frameOf(req, nil)
			cut := rapid.IntRange(4, len(frame)-1).Draw(t, "cut")
			short := endFrame(bytes.Clone(frame[:cut]), 0)
			if _, err := New(Limits{}).Decode(short, nil); err == nil {
				t.Fatalf("%s v%d: %d of %d bytes were taken for a request", a.Name, req.GetVersion(), cut, len(frame))
			}
		}))
	}
}

// Kafka's strings end at 32767 bytes, also where the length would allow more.
func TestStringsAreBounded(t *testing.T) {
	for n, taken := range map[int]bool{maxString: true, maxString + 1: false} {
		req := kmsg.NewPtrHeartbeatRequest()
		req.Version, req.Group = 4, strings.Repeat("g", n)
		if _, err := New(Limits{}).Decode(frameOf(req, nil), nil); (err == nil) != taken {
			t.Errorf("a group name of %d bytes: %v", n, err)
		}
	}
}

// A Request that is used again keeps nothing of its last use, and one that grew large is not kept.
func TestRequestsAreUsedAgain(t *testing.T) {
	p := New(Limits{})
	var reuse any
	again := func(frame []byte) *Request {
		q, err := p.Decode(frame, reuse)
		if err != nil {
			t.Fatal(err)
		}
		same := reuse == nil || reuse == q
		reuse = q
		if !same {
			return nil
		}
		return q.(*Request)
	}
	metadata := kmsg.NewPtrMetadataRequest()
	if q := again(produceFrame(9, 3, 10)); q.Produce == nil || q.Fetch != nil || q.Body != nil {
		t.Errorf("a produce came as %+v", q)
	}
	if q := again(frameOf(metadata, nil)); q.Produce != nil || q.Fetch != nil || q.Body == nil || q.ClientID != "" {
		t.Errorf("a metadata came as %+v", q)
	}
	if q := again(fetchFrame(12, 1)); q.Produce != nil || q.Fetch == nil || q.Body != nil {
		t.Errorf("a fetch came as %+v", q)
	}
	if q := again([]byte{0, 0, 0, 10, 0, 18, 0, 99, 0, 0, 0, 3, 255, 255}); q.Produce != nil || q.Fetch != nil ||
		q.Body != nil || !q.Unsupported {
		t.Errorf("a version of the future came as %+v", q)
	}
	if q := again(fetchFrame(12, 1)); q.Unsupported || len(q.Fetch.Topics[0].Partitions) != 1 {
		t.Errorf("a fetch came as %+v", q)
	}
	again(fetchFrame(12, keptElements+1))
	if q := again(fetchFrame(12, 1)); q != nil {
		t.Errorf("a Request that held %d partitions was kept", keptElements+1)
	}
}

// A frame is heavy if it holds so many elements that its Request is not used again; a light one decodes as ever.
func TestHeavyFrames(t *testing.T) {
	p := New(Limits{})
	for _, c := range []struct {
		names int
		heavy bool
	}{{1, false}, {keptElements, false}, {keptElements + 1, true}, {DefaultElements, true}} {
		r := kmsg.NewPtrMetadataRequest()
		r.SetVersion(4)
		r.Topics = make([]kmsg.MetadataRequestTopic, c.names)
		frame := AppendRequest(nil, r, 1, "")
		m, heavy, err := p.DecodeLight(frame, nil)
		if heavy != c.heavy || heavy == (m != nil) || heavy == (err == nil) {
			t.Errorf("%d names: heavy %t, decoded %t, %v", c.names, heavy, m != nil, err)
		}
		if m, err := p.Decode(frame, nil); err != nil || m.(*Request).Elements() != c.names {
			t.Errorf("%d names: %v", c.names, err)
		}
	}
	if m, heavy, err := p.DecodeLight([]byte{0, 0, 0, 1, 7}, nil); m != nil || heavy || err == nil {
		t.Errorf("what is no frame is not heavy but wrong: %v %t %v", m, heavy, err)
	}
}
