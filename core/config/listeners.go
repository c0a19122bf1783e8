package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Listener is one address that a broker listens on or advertises: NAME://host:port.
type Listener struct {
	Name     string
	Protocol string // PLAINTEXT, the only one served
	Host     string // "" is every address of the machine
	Port     int    // 0: any free one
}

// Addr is the listener's host:port.
func (l Listener) Addr() string {
	if strings.Contains(l.Host, ":") {
		return "[" + l.Host + "]:" + strconv.Itoa(l.Port)
	}
	return l.Host + ":" + strconv.Itoa(l.Port)
}

func (l Listener) String() string { return l.Name + "://" + l.Addr() }

// Listeners returns where the broker listens.
func (b *Broker) Listeners() ([]Listener, error) { return b.parseListeners("listeners") }

// BrokerListeners returns those of the listeners where clients and other brokers come; none if the node is no broker.
func (b *Broker) BrokerListeners() ([]Listener, error) {
	all, err := b.Listeners()
	return b.brokersOf(all), err
}

// ControllerListeners returns those where the quorum and the brokers reach the controller; none if the node is no
// controller. Where no listener has a name of controller.listener.names, and that has its default, every listener
// serves the controller as well, so that a node with one listener needs no configuration.
func (b *Broker) ControllerListeners() ([]Listener, error) {
	all, err := b.Listeners()
	return b.controllersOf(all), err
}

// AdvertisedListeners returns where clients and other brokers reach the broker: advertised.listeners, or the
// broker's listeners where that is not set.
func (b *Broker) AdvertisedListeners() ([]Listener, error) {
	all, err := b.advertised()
	return b.brokersOf(all), err
}

// AdvertisedControllerListeners returns likewise where the controller is reached.
func (b *Broker) AdvertisedControllerListeners() ([]Listener, error) {
	told, err := b.advertised()
	own, err2 := b.ControllerListeners()
	switch {
	case err != nil || err2 != nil || len(own) == 0:
		return nil, errors.Join(err, err2)
	case b.isController(own[0].Name) && len(b.named(told)) == 0: // only the broker's are advertised otherwise
		return own, nil
	}
	return b.controllersOf(told), nil
}

func (b *Broker) advertised() ([]Listener, error) {
	if len(b.List("advertised.listeners")) > 0 {
		return b.parseListeners("advertised.listeners")
	}
	return b.Listeners()
}

// InterBrokerListener returns the name of the listener that brokers use among themselves: inter.broker.listener.name,
// or the only listener that a broker has, or the one named as security.inter.broker.protocol.
func (b *Broker) InterBrokerListener() string {
	if !b.IsNull("inter.broker.listener.name") {
		return strings.ToUpper(b.Text("inter.broker.listener.name"))
	}
	if own, err := b.BrokerListeners(); err == nil && len(own) == 1 {
		return own[0].Name
	}
	return b.Text("security.inter.broker.protocol")
}

func (b *Broker) brokersOf(all []Listener) (out []Listener) {
	if !b.Roles().Broker {
		return nil
	}
	for _, l := range all {
		if !b.isController(l.Name) {
			out = append(out, l)
		}
	}
	return out
}

func (b *Broker) controllersOf(all []Listener) (out []Listener) {
	if !b.Roles().Controller {
		return nil
	}
	out = b.named(all)
	if len(out) == 0 && b.Source("controller.listener.names") == Default {
		return all
	}
	return out
}

// named are the listeners that controller.listener.names names.
func (b *Broker) named(all []Listener) (out []Listener) {
	for _, l := range all {
		if b.isController(l.Name) {
			out = append(out, l)
		}
	}
	return out
}

func (b *Broker) isController(listener string) bool {
	for _, name := range b.List("controller.listener.names") {
		if strings.EqualFold(name, listener) {
			return true
		}
	}
	return false
}

func (b *Broker) parseListeners(config string) ([]Listener, error) {
	protocols, err := b.protocols()
	if err != nil {
		return nil, err
	}
	var out []Listener
	for _, text := range b.List(config) {
		l, err := parseListener(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", config, err)
		}
		protocol, ok := protocols[l.Name]
		if !ok && b.isController(l.Name) {
			protocol, ok = "PLAINTEXT", true
		}
		if !ok {
			return nil, fmt.Errorf("%s: listener %s is not in listener.security.protocol.map", config, l.Name)
		}
		for _, o := range out {
			if o.Name == l.Name {
				return nil, fmt.Errorf("%s: listener %s is listed twice", config, l.Name)
			}
		}
		if protocol != "PLAINTEXT" {
			return nil, fmt.Errorf("%s: listener %s asks for %s; Gregor speaks PLAINTEXT only", config, l.Name, protocol)
		}
		l.Protocol = protocol
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s names no listener", config)
	}
	return out, nil
}

// protocols reads listener.security.protocol.map.
func (b *Broker) protocols() (map[string]string, error) {
	const config = "listener.security.protocol.map"
	out := make(map[string]string)
	for _, pair := range splitList(b.Text(config)) {
		name, protocol, ok := strings.Cut(pair, ":")
		name, protocol = strings.ToUpper(strings.TrimSpace(name)), strings.ToUpper(strings.TrimSpace(protocol))
		switch protocol {
		case "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL":
		default:
			ok = false
		}
		if !ok || name == "" {
			return nil, fmt.Errorf("%s: %q is not NAME:PROTOCOL with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", config, pair)
		}
		out[name] = protocol
	}
	return out, nil
}

// parseListener reads NAME://host:port. A host may be empty, a name, an IPv4 address, or an IPv6 address in
// brackets.
func parseListener(text string) (Listener, error) {
	bad := fmt.Errorf("%s is not NAME://host:port", shown(text))
	name, addr, ok := strings.Cut(text, "://")
	if !ok || name == "" {
		return Listener{}, bad
	}
	at := strings.LastIndexByte(addr, ':')
	if at < 0 {
		return Listener{}, bad
	}
	port, err := strconv.ParseUint(addr[at+1:], 10, 16)
	host, ok := listenerHost(addr[:at])
	if err != nil || !ok {
		return Listener{}, bad
	}
	return Listener{Name: strings.ToUpper(name), Host: host, Port: int(port)}, nil
}

func listenerHost(host string) (string, bool) {
	if !strings.HasPrefix(host, "[") {
		return host, !strings.ContainsAny(host, ":/[] \t\r\n")
	}
	inner := strings.TrimSuffix(host[1:], "]")
	addr, err := netip.ParseAddr(inner)
	return inner, err == nil && addr.Is6() && len(inner)+2 == len(host)
}
