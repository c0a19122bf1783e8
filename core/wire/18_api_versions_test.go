package wire

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
)

// A client newer than us learns in version 0 that it is, and what we know instead (KIP-511).
func TestUnknownApiVersionsIsAnsweredInVersion0(t *testing.T) {
	// version 9: key 18, correlation id 3, client id "c", no tags, and a body that cannot be decoded here
	frame := []byte{0, 0, 0, 14, 0, 18, 0, 9, 0, 0, 0, 3, 0, 1, 'c', 0, 0xfe, 0xff}
	q := decodedAgain(t, frame, nil)
	if !q.Unsupported || q.Body != nil || q.CorrelationID != 3 {
		t.Fatalf("decoded as %+v", q)
	}
	resp := ApiVersionsResponse(q, OnBroker, []Feature{MetadataVersion()}, 0)
	out := AppendResponse(nil, q.CorrelationID, resp)
	// length, correlation id, error 35, then 4 bytes of count and 6 a key: nothing else
	n := len(resp.ApiKeys)
	if want := 4 + 4 + 2 + 4 + 6*n; n == 0 || len(out) != want || be16(out[8:]) != 35 || int(be32(out[10:])) != n {
		t.Errorf("answer of %d bytes, want %d: % x", len(out), want, out)
	}
	got, err := DecodeResponse(out, 18, 9)
	if err != nil || len(got.(*kmsg.ApiVersionsResponse).ApiKeys) != n {
		t.Errorf("the client reads %+v, %v", got, err)
	}
}

// A broker's listener does not list the quorum's APIs, nor a controller's the clients'; a listener of both roles
// lists all.
func TestApiVersionsTellsWhatTheListenerServes(t *testing.T) {
	const vote, produce, fetch = 52, 0, 1
	told := func(on Listeners) map[int16]bool {
		keys := map[int16]bool{}
		for _, k := range ApiVersionsResponse(&Request{Version: 4}, on, nil, 0).ApiKeys {
			keys[k.ApiKey] = true
		}
		return keys
	}
	broker, controller, both := told(OnBroker), told(OnController), told(OnBroker|OnController)
	if broker[vote] || !broker[produce] || !broker[fetch] {
		t.Errorf("a broker lists %v", broker)
	}
	if !controller[vote] || controller[produce] || !controller[fetch] {
		t.Errorf("a controller lists %v", controller)
	}
	if len(both) != len(APIs()) {
		t.Errorf("a listener of both roles lists %d APIs of %d", len(both), len(APIs()))
	}
}

func TestApiVersionsTellsFeatures(t *testing.T) {
	off := Feature{Name: "group.version", Min: 0, Max: 1}
	for v := int16(0); v <= 5; v++ {
		resp := ApiVersionsResponse(&Request{Version: v}, OnBroker, []Feature{MetadataVersion(), off}, 17)
		got, err := DecodeResponse(AppendResponse(nil, 1, resp), 18, v)
		if err != nil {
			t.Fatal(err)
		}
		r := got.(*kmsg.ApiVersionsResponse)
		supported, finalized := []int{0, 0, 0, 1, 2, 2}[v], []int{0, 0, 0, 1, 1, 1}[v]
		if len(r.SupportedFeatures) != supported || len(r.FinalizedFeatures) != finalized || r.ErrorCode != 0 {
			t.Errorf("v%d: %d features supported, %d finalized, want %d and %d", v, len(r.SupportedFeatures),
				len(r.FinalizedFeatures), supported, finalized)
		}
		if v >= 3 && (r.FinalizedFeaturesEpoch != 17 || r.FinalizedFeatures[0].MaxVersionLevel != 33) {
			t.Errorf("v%d: %+v", v, r)
		}
	}
}

func TestApiVersionsIsChecked(t *testing.T) {
	id := "cluster"
	for _, c := range []struct {
		version        int16
		name, software string
		cluster        *string
		node           int32
		want           kafka.ErrorCode
	}{
		{2, "", "", nil, -1, kafka.None},
		{3, "apache-kafka-java", "4.4.0", nil, -1, kafka.None},
		{3, "a", "1", nil, -1, kafka.None},
		{3, "", "1", nil, -1, kafka.InvalidRequest},
		{3, "-a", "1", nil, -1, kafka.InvalidRequest},
		{3, "a", "1.", nil, -1, kafka.InvalidRequest},
		{3, "a b", "1", nil, -1, kafka.InvalidRequest},
		{5, "a", "1", &id, 1, kafka.None},
		{5, "a", "1", &id, -1, kafka.InvalidRequest},
		{5, "a", "1", nil, 1, kafka.InvalidRequest},
		{5, "a", "1", &id, 2, kafka.RebootstrapRequired},
	} {
		req := &kmsg.ApiVersionsRequest{Version: c.version, ClientSoftwareName: c.name, ClientSoftwareVersion: c.software,
			ClusterID: c.cluster, NodeID: c.node}
		if got := CheckApiVersions(req, "cluster", 1); got != c.want {
			t.Errorf("%+v: %s, want %s", c, got, c.want)
		}
	}
}
