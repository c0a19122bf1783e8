package kafka

import (
	"strings"
	"testing"
)

func TestTopicNames(t *testing.T) {
	long := strings.Repeat("x", topicNameMax)
	for _, name := range []string{"orders", "a.b_c-D9", "...", long, OffsetsTopic} {
		if why := CheckTopicName(name); why != "" {
			t.Errorf("%q: %s", name, why)
		}
	}
	for _, name := range []string{"", ".", "..", "a b", "a/b", "ä", "a:b", long + "x"} {
		if CheckTopicName(name) == "" {
			t.Errorf("%q is accepted", name)
		}
	}
	if MetricName("a.b") != MetricName("a_b") || MetricName("a.b") == MetricName("a-b") {
		t.Error("exactly dot and underscore are one character in names of metrics")
	}
	if !IsInternalTopic(TransactionTopic) || IsInternalTopic(MetadataTopic) || IsInternalTopic("orders") {
		t.Error("the internal topics are those that a client sees and may not write to")
	}
}
