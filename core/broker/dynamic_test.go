package broker

import (
	"fmt"
	"strconv"
	"testing"

	"gregor/core/admit"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/replication"
	"gregor/core/settings"
)

// TestEveryDynamicConfigReachesTheBroker: a config that changes over the wire and has an effect changes something that
// the broker makes of its configuration when that changes. One that is read at start only is no dynamic config.
func TestEveryDynamicConfigReachesTheBroker(t *testing.T) {
	before, err := config.NewBroker(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range config.Brokers.All() {
		if d.Mode == config.ReadOnly || d.Unused != "" || d.Refused != "" {
			continue
		}
		after := otherwise(t, before, &d)
		if made(t, before) == made(t, after) {
			t.Errorf("%s can change over the wire, and nothing in the broker does: read it in reconfigure, or make it ReadOnly with a Differs", d.Name)
		}
	}
}

// otherwise changes a config to a value that it accepts.
func otherwise(t *testing.T, c *config.Broker, d *config.Def) *config.Broker {
	candidates := []string{"12345", "true", "false", "0.25", "compact", "zstd", "LogAppendTime"}
	if n, err := strconv.ParseInt(d.Default, 10, 64); err == nil {
		candidates = append([]string{strconv.FormatInt(2*n+1, 10), strconv.FormatInt(n+1, 10), strconv.FormatInt(n-1, 10)},
			candidates...)
	}
	for _, value := range candidates {
		if next, err := c.With(nil, []config.Entry{{Name: d.Name, Value: value}}); err == nil && value != d.Default {
			return next
		}
	}
	t.Fatalf("no value to try for %s; add one to the candidates", d.Name)
	return nil
}

// made is what reconfigure makes of a configuration, for the broker, a topic and its logs.
func made(t *testing.T, c *config.Broker) string {
	topic, err := c.Topic(nil)
	if err != nil {
		t.Fatal(err)
	}
	quotas := replication.NewQuotas()
	quotas.Configure(env.Now{}, c)
	return fmt.Sprint(quotas, settings.Log(c, topic), admit.TopicOf(topic), topic.Int("min.insync.replicas"),
		topic.Bool("unclean.leader.election.enable"))
}
