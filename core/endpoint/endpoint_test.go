package endpoint_test

import (
	"strings"
	"testing"

	"gregor/core/config"
	"gregor/core/endpoint"
	"gregor/core/metadata"
	"gregor/core/wire"
)

func set(t *testing.T, bound []string, entries ...string) (endpoint.Set, error) {
	t.Helper()
	var all []config.Entry
	for i := 0; i < len(entries); i += 2 {
		all = append(all, config.Entry{Name: entries[i], Value: entries[i+1]})
	}
	c, err := config.NewBroker(all)
	if err != nil {
		t.Fatal(err)
	}
	return endpoint.New(c, bound)
}

func TestWhatTheConfigurationLeavesOpenIsWhereTheListenerIsBound(t *testing.T) {
	s, err := set(t, []string{"10.0.0.1:7777"}, "listeners", "PLAINTEXT://:0")
	if err != nil {
		t.Fatal(err)
	}
	if at := s.Brokers[0]; at.Host != "10.0.0.1" || at.Port != 7777 {
		t.Errorf("advertised is %s:%d, bound is 10.0.0.1:7777", at.Host, at.Port)
	}
	s, err = set(t, []string{"10.0.0.1:7777"}, "listeners", "PLAINTEXT://:0", "advertised.listeners",
		"PLAINTEXT://kafka.example:0")
	if err != nil {
		t.Fatal(err)
	}
	if at := s.Brokers[0]; at.Host != "kafka.example" || at.Port != 7777 {
		t.Errorf("advertised is %s:%d, want the configured host and the bound port", at.Host, at.Port)
	}
}

func TestAListenerThatIsNotBoundIsRefused(t *testing.T) {
	if _, err := set(t, nil, "listeners", "PLAINTEXT://:0"); err == nil ||
		!strings.Contains(err.Error(), "bound nowhere") {
		t.Errorf("a listener that is bound nowhere: %v", err)
	}
}

// Where a broker has one listener, brokers reach it by that one, whatever its name.
func TestAControllerReachesABrokerOfOneListener(t *testing.T) {
	s, err := set(t, []string{"c:9093"}, "process.roles", "controller", "node.id", "1", "controller.quorum.voters",
		"1@c:9093",
		"listeners", "CONTROLLER://c:9093", "controller.listener.names", "CONTROLLER")
	if err != nil {
		t.Fatal(err)
	}
	one := &metadata.Broker{Endpoints: []metadata.Endpoint{{Name: "INSIDE", Host: "b", Port: 9092}}}
	if at, ok := s.Peer(one); !ok || at.Host != "b" {
		t.Errorf("the broker is reached at %+v, %v", at, ok)
	}
	if s.Serves(0)&wire.OnController == 0 || s.Name(0) != "CONTROLLER" {
		t.Errorf("listener %s serves %v", s.Name(0), s.Serves(0))
	}
}
