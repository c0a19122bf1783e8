package wire

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"
)

// Our request frames are kmsg's own, byte for byte.
func TestRequestFramesAreKmsgs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.SampledFrom(APIs()).Draw(t, "api")
		req := kmsg.RequestForKey(a.Key)
		fill(t, reflect.ValueOf(req).Elem())
		req.SetVersion(rapid.Int16Range(a.Min, a.Max).Draw(t, "version"))
		client := texts.Draw(t, "client id")
		got := AppendRequest([]byte("before"), req, 7, client)[len("before"):]
		if want := frameOf(req, &client); !bytes.Equal(got, want) {
			t.Fatalf("%s v%d: the frame is\n% x\nwant\n% x", a.Name, req.GetVersion(), got, want)
		}
	})
}

func TestNegotiate(t *testing.T) {
	broker := &kmsg.ApiVersionsResponse{ApiKeys: []kmsg.ApiVersionsResponseApiKey{
		{ApiKey: 0, MinVersion: 0, MaxVersion: 7},   // an old broker
		{ApiKey: 1, MinVersion: 20, MaxVersion: 25}, // one far ahead
		{ApiKey: 3, MinVersion: 2, MaxVersion: 99},
		{ApiKey: 2, MinVersion: 0, MaxVersion: 0}, // one far behind
		{ApiKey: 999, MinVersion: 0, MaxVersion: 1},
		{ApiKey: -4, MinVersion: 0, MaxVersion: 1},
	}}
	v := Negotiate(broker)
	for _, c := range []struct {
		key, upTo, want int16
		ok              bool
	}{
		{0, 99, 7, true}, {0, 5, 5, true}, {0, 2, 2, false}, {1, 99, 18, false}, {3, 99, 13, true}, {2, 99, 0, false},
		{8, 99, 0, false}, {999, 99, 0, false}, {-4, 99, 0, false},
	} {
		if got, ok := v.Of(c.key, c.upTo); ok != c.ok || ok && got != c.want {
			t.Errorf("key %d up to %d: version %d %v, want %d %v", c.key, c.upTo, got, ok, c.want, c.ok)
		}
	}
}
