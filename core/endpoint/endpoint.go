// Package endpoint is the addresses of a node: which roles' APIs each of its listeners serves, and what is advertised
// of them. A client is only ever sent to addresses of the listener that it came by, and brokers reach each other by the
// one that is theirs (inter.broker.listener.name).
//
// It reads them from the configuration and from where the host has bound them, and refuses what does not fit together.
// It does not listen.
package endpoint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gregor/core/config"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// Set is the endpoints of a node.
type Set struct {
	Brokers    []metadata.Endpoint // advertised to clients and brokers
	Controller metadata.Endpoint   // where the node is reached as a voter
	names      []string            // in the order of the config, as env.Event.Listener counts them
	served     []wire.Listeners    // by each of them
	between    string              // the name of the one that brokers use among themselves
}

// New reads a node's listeners. bound is where each of them is reached, in the order of the config.
func New(c *config.Broker, bound []string) (l Set, err error) {
	all, err := c.Listeners()
	brokers, err1 := c.AdvertisedListeners()
	controllers, err2 := c.AdvertisedControllerListeners()
	served, err3 := servedBy(c, all)
	if err := errors.Join(err, err1, err2, err3); err != nil {
		return l, err
	}
	l.served, l.between = served, c.InterBrokerListener()
	for _, at := range all {
		l.names = append(l.names, at.Name)
	}
	for _, at := range brokers {
		e, err := advertise(c, at, l.names, bound)
		if err != nil {
			return l, err
		}
		l.Brokers = append(l.Brokers, e)
	}
	if len(controllers) > 0 {
		l.Controller, err = advertise(c, controllers[0], l.names, bound)
	}
	return l, err
}

// advertise returns what is advertised of a listener: the configured address, with what that leaves open from where the
// listener is bound. Where no address is configured at all, that is all of it.
func advertise(c *config.Broker, l config.Listener, names, bound []string) (metadata.Endpoint, error) {
	e := metadata.Endpoint{Name: l.Name, Host: l.Host, Port: uint16(l.Port)}
	configured := c.Source("listeners") != config.Default || c.Source("advertised.listeners") != config.Default
	if configured && l.Host != "" && l.Port != 0 {
		return e, nil
	}
	i := slices.Index(names, l.Name)
	if i < 0 || i >= len(bound) {
		return e, fmt.Errorf("listener %s is bound nowhere: %s names %d listeners, and %d are bound", l,
			strings.Join(names, ","), len(names), len(bound))
	}
	host, port, err := splitAddress(bound[i])
	if err != nil || !configured {
		return metadata.Endpoint{Name: l.Name, Host: host, Port: port}, err
	}
	e.Host, e.Port = cmp.Or(e.Host, host), cmp.Or(e.Port, port)
	return e, nil
}

func splitAddress(addr string) (host string, port uint16, err error) {
	i := strings.LastIndexByte(addr, ':')
	if i < 0 {
		return "", 0, fmt.Errorf("address %q is not host:port", addr)
	}
	n, err := strconv.ParseUint(addr[i+1:], 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("address %q has no port", addr)
	}
	return strings.Trim(addr[:i], "[]"), uint16(n), nil
}

// servedBy sorts the listeners by the roles whose APIs they serve. One that is in both lists serves both, and then all
// do.
func servedBy(c *config.Broker, all []config.Listener) (served []wire.Listeners, err error) {
	brokers, err1 := c.BrokerListeners()
	controllers, err2 := c.ControllerListeners()
	for _, l := range all {
		var on wire.Listeners
		if slices.Contains(brokers, l) {
			on |= wire.OnBroker
		}
		if slices.Contains(controllers, l) {
			on |= wire.OnController
		}
		served = append(served, on)
	}
	return served, errors.Join(err1, err2)
}

// Name returns the name of the i-th listener.
func (l *Set) Name(i int) string { return l.names[i] }

// Serves returns the roles whose APIs are served on connections to the i-th listener.
func (l *Set) Serves(i int) wire.Listeners { return l.served[i] }

// Peer returns where other nodes reach a broker. A node that is only a controller need not have been configured with
// the name of the brokers' listener: where a broker has one listener, that is it.
func (l *Set) Peer(r *metadata.Broker) (metadata.Endpoint, bool) {
	if len(l.Brokers) == 0 && len(r.Endpoints) == 1 {
		return r.Endpoints[0], true
	}
	return r.Endpoint(l.between)
}
