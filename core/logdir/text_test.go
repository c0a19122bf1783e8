package logdir

import (
	"testing"

	"gregor/core/kafka"
)

func TestCheckpointText(t *testing.T) {
	o := offsets{{Topic: "b", Partition: 10}: 3, {Topic: "b", Partition: 9}: 1 << 40, {Topic: "a-1", Partition: 0}: 0}
	text := string(formatOffsets(o))
	if want := "0\n3\na-1 0 0\nb 9 1099511627776\nb 10 3\n"; text != want {
		t.Errorf("%q, want %q", text, want)
	}
	back, err := parseOffsets([]byte(text))
	if err != nil || len(back) != 3 || back[kafka.TopicPartition{Topic: "b", Partition: 9}] != 1<<40 {
		t.Errorf("%v, %v", back, err)
	}
	for _, bad := range []string{"", "0", "1\n0\n", "0\n1\n", "0\n2\na 0 1\n", "0\nx\n", "0\n1\na 0\n", "0\n1\na 0 1 2\n",
		"0\n1\na -1 0\n",
		"0\n1\na 0 -1\n", "0\n1\na 0 99999999999999999999\n", "0\n1\na 2147483648 0\n", "0\n-1\n"} {
		if got, err := parseOffsets([]byte(bad)); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

// TestPartitionDirs: a topic's name may itself end in a dash and a number.
func TestPartitionDirs(t *testing.T) {
	for _, c := range []struct {
		name string
		tp   kafka.TopicPartition
		ok   bool
	}{
		{"orders-0", kafka.TopicPartition{Topic: "orders"}, true},
		{"a-1-12", kafka.TopicPartition{Topic: "a-1", Partition: 12}, true},
		{"orders", kafka.TopicPartition{}, false},
		{"-1", kafka.TopicPartition{}, false},
		{"orders-", kafka.TopicPartition{}, false},
		{"orders-0.0123-delete", kafka.TopicPartition{}, false},
		{"lost+found", kafka.TopicPartition{}, false},
		{"orders-99999999999", kafka.TopicPartition{}, false},
	} {
		if tp, ok := parsePartitionDir(c.name); ok != c.ok || ok && tp != c.tp {
			t.Errorf("%q is %v, %v; want %v, %v", c.name, tp, ok, c.tp, c.ok)
		}
	}
}

func TestOwnerOf(t *testing.T) {
	topic := kafka.UUID{2}
	for text, known := range map[string]bool{
		"version: 0\ntopic_id: " + topic.String():        true,
		"version: 0\ntopic_id: " + topic.String() + "\n": true,
		"version: 0\ntopic_id: " + topic.String()[:5]:    false, // torn: its owner is not known
		"version: 0\n": false,
		"":             false,
	} {
		if got, ok := ownerOf([]byte(text)); ok != known || ok && got != topic {
			t.Errorf("%q: owner %v, known %v", text, got, ok)
		}
	}
}
