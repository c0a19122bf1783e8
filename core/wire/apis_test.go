package wire

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"gregor/core/kafka"
)

// The table is Kafka 4.4's, as written down in testdata.
func TestTableIsKafka44(t *testing.T) {
	want, err := os.ReadFile("testdata/kafka-4.4.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, a := range APIs() {
		flexible := fmt.Sprint(a.FlexibleFrom)
		if a.FlexibleFrom > a.Max {
			flexible = "-"
		}
		forwardable := "-"
		if a.Forwardable {
			forwardable = "forwardable"
		}
		fmt.Fprintln(&got, a.Key, a.Name, a.Min, a.Max, flexible, listenerNames[a.On], forwardable)
	}
	if w := withoutComments(string(want)); got.String() != w {
		t.Errorf("the table is\n%s\nKafka 4.4 has\n%s", got.String(), w)
	}
}

var listenerNames = map[Listeners]string{OnBroker: "broker", OnController: "controller",
	OnBroker | OnController: "broker,controller"}

func withoutComments(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// The highest versions agree with franz-go's transcription of what a 4.4 broker answered, and those of the
// controller's listener with its union of what brokers and controllers answer.
func TestHighestVersionsAgreeWithKversion(t *testing.T) {
	golden, all := kversion.V4_4_0(), kversion.Stable()
	for _, a := range APIs() {
		want, ok := golden.LookupMaxKeyVersion(a.Key)
		if ok != (a.On&OnBroker != 0) {
			t.Errorf("%s: served on brokers %v, kversion says %v", a.Name, !ok, ok)
		}
		if !ok {
			want, _ = all.LookupMaxKeyVersion(a.Key)
		}
		if a.Max != want {
			t.Errorf("%s: highest version %d, kversion says %d", a.Name, a.Max, want)
		}
	}
	var min, max, finalized int16
	golden.EachSupportedFeature(func(name string, lo, hi int16) {
		if name == "metadata.version" {
			min, max = lo, hi
		}
	})
	golden.EachFinalizedFeature(func(name string, level int16) {
		if name == "metadata.version" {
			finalized = level
		}
	})
	if want := (Feature{"metadata.version", min, max, finalized}); MetadataVersion() != want {
		t.Errorf("metadata.version is %+v, kversion says %+v", MetadataVersion(), want)
	}
}

// kmsg, which decodes, and the table, which decides on headers, agree on what is flexible.
func TestFlexibleVersionsAgreeWithKmsg(t *testing.T) {
	for _, a := range APIs() {
		for v := a.Min; v <= a.Max; v++ {
			req := kmsg.RequestForKey(a.Key)
			req.SetVersion(v)
			if req.IsFlexible() != a.Flexible(v) {
				t.Errorf("%s v%d: flexible %v, kmsg says %v", a.Name, v, a.Flexible(v), req.IsFlexible())
			}
		}
	}
}

// Every row that refuses large requests has a refusal, and its response is that of its API in the request's version.
func TestRefusals(t *testing.T) {
	for _, api := range APIs() {
		if api.refuse == nil {
			if api.tooLarge != kafka.None {
				t.Errorf("%s refuses large requests with %v, and has no response for it", api.Name, api.tooLarge)
			}
			continue
		}
		r := kmsg.RequestForKey(api.Key)
		r.SetVersion(min(api.Max, r.MaxVersion()))
		resp := Refuse(r, kafka.NotController)
		if resp.Key() != api.Key || resp.GetVersion() != r.GetVersion() {
			t.Errorf("%s is refused with a %T of version %d", api.Name, resp, resp.GetVersion())
		}
	}
	if resp, ok := RefuseLarge(kmsg.NewPtrJoinGroupRequest()).(*kmsg.JoinGroupResponse); !ok ||
		resp.ErrorCode != int16(kafka.InvalidRequest) {
		t.Errorf("a large JoinGroup is refused with %+v", resp)
	}
	if resp := RefuseLarge(kmsg.NewPtrVoteRequest()); resp != nil {
		t.Errorf("a large Vote is refused with a %T: it closes its connection", resp)
	}
}
