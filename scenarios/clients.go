package scenarios

import (
	"fmt"
	"strings"
	"time"

	"gregor/core/client"
	"gregor/core/env"
)

// auditor is the consumer that reads every partition at the end of a run.
const auditor = "auditor"

// startSetting is a setting that clients of every kind have.
var startSetting = client.SettingInfo{Name: "start", Takes: "TIME", Default: "0s", Text: "when the client starts"}

// theScenarios are client settings that the scenario itself decides.
var theScenarios = map[string]string{
	"client.id":         "is the client's name: leave it out",
	"bootstrap.servers": "is every broker of the cluster: leave it out",
}

// check tries a client's settings.
func (c *Client) check() error {
	for _, s := range c.Settings {
		if why, own := theScenarios[s.Name]; own {
			return fmt.Errorf("%s %s", s.Name, why)
		}
		if s.Name == startSetting.Name {
			if _, err := time.ParseDuration(s.Value); err != nil || strings.HasPrefix(s.Value, "-") {
				return fmt.Errorf("start=%s is not a time from 0s up; write start=4s", s.Value)
			}
		}
	}
	_, err := c.node(someBroker, 0, 0, 0)
	return err
}

// start is when a client starts, and whether that is after the others.
func (c *Client) start() (at time.Duration, late bool) {
	at, err := time.ParseDuration(valueOf(c.Settings, startSetting.Name, "0s"))
	return at, err == nil && at > 0
}

// group is the group a consumer is in, "" if it is in none.
func (c *Client) group() string {
	return valueOf(c.Settings, "group.id", valueOf(c.Settings, "group", ""))
}

// node returns the constructor of an incarnation of the client. Each incarnation of a producer sends values of its own,
// so that none is sent twice; of given values it leaves out the first ones, which have been sent. since is when it
// starts.
func (c *Client) node(bootstrap []string, incarnation int, sent int64, since time.Duration) (func(env.World) env.Node,
	error) {
	switch c.Kind {
	case "producer":
		cfg, err := c.producer()
		cfg.Bootstrap, cfg.Workload.First = bootstrap, 0
		switch {
		case len(cfg.Workload.Values) > 0:
			cfg.Workload.First = sent
		case incarnation > 1:
			cfg.Workload.Prefix = fmt.Sprintf("%s.%d", cfg.Workload.Prefix, incarnation)
		}
		return func(w env.World) env.Node { return client.NewProducer(w, cfg) }, err
	case "consumer":
		cfg, err := c.consumer()
		cfg.Bootstrap = bootstrap
		return func(w env.World) env.Node { return client.NewConsumer(w, cfg) }, err
	}
	cfg, cmd, err := c.command()
	cmd.At = max(0, cmd.At-since) // a client counts from its own start
	cfg.Bootstrap, cfg.Commands = bootstrap, []client.Command{cmd}
	return func(w env.World) env.Node { return client.NewAdmin(w, cfg) }, err
}

// someBroker stands for the brokers while settings are checked.
var someBroker = []string{"b1:9092"}

// producer is a producer's configuration.
func (c *Client) producer() (client.ProducerConfig, error) {
	cfg := producerDefaults(c.Name)
	if err := c.set(cfg.Set); err != nil {
		return cfg, err
	}
	if len(cfg.Workload.Values) == 0 && cfg.Workload.Prefix == "" {
		cfg.Workload.Prefix = c.Name
	}
	if cfg.Workload.Topic == "" {
		return cfg, fmt.Errorf("a producer needs a topic: write topic=NAME")
	}
	return cfg, cfg.Validate()
}

// producerDefaults are the client's defaults with a rate of 100 records a second.
func producerDefaults(name string) client.ProducerConfig {
	cfg := client.NewProducerConfig(name)
	cfg.Bootstrap, cfg.Workload.RatePerSecond = someBroker, 100
	return cfg
}

// consumer is a consumer's configuration.
func (c *Client) consumer() (client.ConsumerConfig, error) {
	cfg := client.NewConsumerConfig(c.Name)
	cfg.Bootstrap = someBroker
	if err := c.set(cfg.Set); err != nil {
		return cfg, err
	}
	return cfg, cfg.Validate()
}

func (c *Client) set(set func(name, value string) error) error {
	for _, s := range c.Settings {
		if s.Name == startSetting.Name {
			continue
		}
		if err := set(s.Name, s.Value); err != nil {
			return err
		}
	}
	return nil
}
