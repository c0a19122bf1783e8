package config

import "strings"

// replaced are broker configs of older Kafka versions, and what to do about them.
var replaced = map[string]string{
	"advertised.host.name":                    "use advertised.listeners",
	"advertised.port":                         "use advertised.listeners",
	"broker.id.generation.enable":             "set node.id",
	"control.plane.listener.name":             "use controller.listener.names",
	"host.name":                               "use listeners",
	"port":                                    "use listeners",
	"inter.broker.protocol.version":           "Kafka 4 has no such config; metadata.version is a feature, see gregor quorum",
	"log.message.format.version":              "Kafka 4 has no such config; every record is of format 2",
	"message.format.version":                  "Kafka 4 has no such config; every record is of format 2",
	"log.message.timestamp.difference.max.ms": "use log.message.timestamp.before.max.ms and log.message.timestamp.after.max.ms",
	"log.message.downconversion.enable":       "Kafka 4 has no such config; no record is converted",
	"offsets.commit.required.acks":            "Kafka 4 has no such config; a commit waits for every in-sync replica",
	"quota.consumer.default":                  "Kafka 4 has no such config; quotas are set over the wire",
	"quota.producer.default":                  "Kafka 4 has no such config; quotas are set over the wire",
	"reserved.broker.max.id":                  "Kafka 4 has no such config",
	"leader.imbalance.per.broker.percentage":  "Kafka 4 has no such config; every leadership goes back to its preferred replica",
	"group.coordinator.new.enable":            "use group.coordinator.rebalance.protocols",
}

// replacedFamilies are the beginnings of such names.
var replacedFamilies = []struct{ prefix, text string }{
	{"zookeeper.", "Kafka 4 has no ZooKeeper; use process.roles and controller.quorum.voters"},
	{"password.encoder.", "Kafka 4 has no such config; it belonged to ZooKeeper"},
}

// Hint is what to do about a name that no table has, to end a sentence: what replaced it, or which name was meant; ""
// if neither is known.
func (s *Set) Hint(name string) string {
	if text, ok := replaced[name]; ok {
		return "; " + text
	}
	for _, f := range replacedFamilies {
		if strings.HasPrefix(name, f.prefix) {
			return "; " + f.text
		}
	}
	if nearest, why := s.Nearest(name); nearest != "" {
		return "; did you mean " + nearest + "?" + why
	}
	return ""
}
