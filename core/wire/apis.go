package wire

import (
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/must"
)

// API is one row of the routing table: an API this broker serves, in Kafka 4.4's version range.
type API struct {
	Key          int16
	Name         string // Kafka's
	Min, Max     int16  // as advertised in ApiVersions
	Served       int16  // the first version that gets more than UNSUPPORTED_VERSION; Min but for Produce
	FlexibleFrom int16  // the first version with compact lengths and tags; above Max if none is
	On           Listeners
	Forwardable  bool  // a broker may pass it on to the controller in an Envelope
	body         shape // of the request; empty for Produce and Fetch, which are decoded by hand

	refuse   refusal         // the response with one code for all that a request asks for; nil: it has none
	tooLarge kafka.ErrorCode // refuses a request that asks for more than one Step may do; None: no code does
	parts    *parts          // how a request is cut into several; nil: it is served as a whole
}

// Listeners are those on which an API is served, and so advertised.
type Listeners uint8

// The listeners of a node's roles.
const (
	OnBroker     Listeners = 1 << iota // where clients and other brokers come
	OnController                       // where the quorum and the brokers come
)

// Has reports whether the version is one that requests may come in.
func (a *API) Has(version int16) bool { return version >= a.Min && version <= a.Max }

// Flexible reports whether requests and responses of the version are flexible (KIP-482).
func (a *API) Flexible(version int16) bool { return version >= a.FlexibleFrom }

// never is the FlexibleFrom of an API that is not flexible in any version.
const never = 1 << 14

// Keys is above every API key that may be served.
const Keys = 128

// apiByKey is the routing table.
var apiByKey [Keys]*API

// serve adds a row to the table while the package is initialized.
func serve(a API) *API {
	if apiByKey[a.Key] != nil {
		must.Fail("wire: API %d is both %s and %s; was a key copied?", a.Key, apiByKey[a.Key].Name, a.Name)
	}
	apiByKey[a.Key] = &a
	return &a
}

// APIs lists what is served, by key.
func APIs() (table []*API) {
	for _, a := range apiByKey {
		if a != nil {
			table = append(table, a)
		}
	}
	return table
}

// Lookup finds an API by its key; nil if it is not served.
func Lookup(key int16) *API {
	if key < 0 || int(key) >= len(apiByKey) {
		return nil
	}
	return apiByKey[key]
}

// Name is Kafka's name of an API key, served or not.
func Name(key int16) string {
	if a := Lookup(key); a != nil {
		return a.Name
	}
	return kmsg.NameForKey(key)
}
