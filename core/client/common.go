package client

import (
	"fmt"
	"math"
	"time"
)

// Common is what every client is configured with, under Kafka's names.
type Common struct {
	ClientID  string   // client.id; also the client's name in the history
	Bootstrap []string // bootstrap.servers, each host:port

	RequestTimeout      time.Duration // request.timeout.ms
	RetryBackoff        time.Duration // retry.backoff.ms
	RetryBackoffMax     time.Duration // retry.backoff.max.ms
	ReconnectBackoff    time.Duration // reconnect.backoff.ms
	ReconnectBackoffMax time.Duration // reconnect.backoff.max.ms
	SetupTimeout        time.Duration // socket.connection.setup.timeout.ms
	SetupTimeoutMax     time.Duration // socket.connection.setup.timeout.max.ms
	MaxIdle             time.Duration // connections.max.idle.ms
	MetadataMaxAge      time.Duration // metadata.max.age.ms
	APITimeout          time.Duration // default.api.timeout.ms
	MaxInFlight         int           // max.in.flight.requests.per.connection
	AutoCreate          bool          // allow.auto.create.topics
}

func commonDefaults(name string) Common {
	return Common{
		ClientID:            name,
		RequestTimeout:      30 * time.Second,
		RetryBackoff:        100 * time.Millisecond,
		RetryBackoffMax:     time.Second,
		ReconnectBackoff:    50 * time.Millisecond,
		ReconnectBackoffMax: time.Second,
		SetupTimeout:        10 * time.Second,
		SetupTimeoutMax:     30 * time.Second,
		MaxIdle:             9 * time.Minute,
		MetadataMaxAge:      5 * time.Minute,
		APITimeout:          time.Minute,
		MaxInFlight:         100,
		AutoCreate:          true,
	}
}

func (c *Common) settings() []setting {
	return []setting{
		text("client.id", &c.ClientID, "the name the brokers log and the history keeps"),
		list("bootstrap.servers", &c.Bootstrap, "HOST:PORT[,...]", "brokers to begin with, each host:port"),
		millis("request.timeout.ms", &c.RequestTimeout, 1, math.MaxInt32, "how long an answer to one request may take"),
		millis("retry.backoff.ms", &c.RetryBackoff, 0, math.MaxInt32, "wait before the first retry"),
		millis("retry.backoff.max.ms", &c.RetryBackoffMax, 0, math.MaxInt32, "longest wait between retries"),
		millis("reconnect.backoff.ms", &c.ReconnectBackoff, 0, math.MaxInt32, "wait before a broker is dialed again"),
		millis("reconnect.backoff.max.ms", &c.ReconnectBackoffMax, 0, math.MaxInt32, "longest wait between dials"),
		millis("socket.connection.setup.timeout.ms", &c.SetupTimeout, 1, math.MaxInt32, "how long a first dial may take"),
		millis("socket.connection.setup.timeout.max.ms", &c.SetupTimeoutMax, 1, math.MaxInt32,
			"how long a later dial may take"),
		millis("connections.max.idle.ms", &c.MaxIdle, 1, math.MaxInt32, "an idle connection is closed after that"),
		millis("metadata.max.age.ms", &c.MetadataMaxAge, 1, math.MaxInt32, "metadata is asked for again after that"),
		millis("default.api.timeout.ms", &c.APITimeout, 0, math.MaxInt32, "how long a whole call may take, with its retries"),
	}
}

func (c *Common) validate() error {
	if c.ClientID == "" {
		return fmt.Errorf("client.id is empty; every client of a run needs a name of its own")
	}
	if len(c.Bootstrap) == 0 {
		return fmt.Errorf("bootstrap.servers is empty; want host:port, several separated by commas")
	}
	return nil
}
