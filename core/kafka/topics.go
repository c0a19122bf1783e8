package kafka

import (
	"fmt"
	"strings"
)

// The topics of Kafka's own.
const (
	OffsetsTopic     = "__consumer_offsets"
	TransactionTopic = "__transaction_state"
	ShareStateTopic  = "__share_group_state"
	MetadataTopic    = "__cluster_metadata"
)

// MetadataTopicID is the id of the metadata topic in every cluster.
var MetadataTopicID = UUID{15: 1}

// IsInternalTopic reports whether the name is that of a topic which clients may read but not write. The metadata topic
// is none: to clients it does not exist.
func IsInternalTopic(name string) bool {
	return name == OffsetsTopic || name == TransactionTopic || name == ShareStateTopic
}

// topicNameMax is Kafka's bound on a topic's name, so that its directory has a legal name.
const topicNameMax = 249

// CheckTopicName returns why a new topic cannot have the name, "" if it can.
func CheckTopicName(name string) string {
	switch {
	case name == "" || name == "." || name == "..":
		return fmt.Sprintf("topic name %q is not allowed", name)
	case len(name) > topicNameMax:
		return fmt.Sprintf("topic name has %d characters, %d are allowed", len(name), topicNameMax)
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-') {
			return fmt.Sprintf("topic name %q has a character other than a-z, A-Z, 0-9, dot, underscore and dash", name)
		}
	}
	return ""
}

// MetricName is the form in which a topic's name appears in the names of metrics. Two topics of one cluster must not
// share it.
func MetricName(topic string) string { return strings.ReplaceAll(topic, ".", "_") }
