package kafka

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
)

func TestErrorCodesAreKafkas(t *testing.T) {
	renamed := map[ErrorCode]string{NotLeaderOrFollower: "NOT_LEADER_OR_FOLLOWER"} // since Kafka 2.6
	for c := ErrorCode(-1); c.known(); c++ {
		if c == None {
			continue
		}
		want, ok := kerr.ErrorForCode(int16(c)).(*kerr.Error)
		if !ok {
			t.Errorf("kerr does not know %d %s", c, c)
			continue
		}
		name := want.Message
		if renamed[c] != "" {
			name = renamed[c]
		}
		if c.String() != name || c.Retriable() != want.Retriable {
			t.Errorf("code %d is %s retriable=%v, want %s %v", c, c, c.Retriable(), name, want.Retriable)
		}
	}
	for c, want := range map[ErrorCode]string{None: "NONE", CorruptMessage: "CORRUPT_MESSAGE",
		RebootstrapRequired: "REBOOTSTRAP_REQUIRED", 999: "ERROR_999", -2: "ERROR_-2"} {
		if c.String() != want {
			t.Errorf("code %d is called %s, want %s", int16(c), c, want)
		}
	}
}
