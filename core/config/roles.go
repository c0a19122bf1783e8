package config

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Roles are what a node does in its cluster.
type Roles struct{ Broker, Controller bool }

// Roles returns process.roles; a node that names none does both.
func (b *Broker) Roles() Roles {
	all := b.List("process.roles")
	return Roles{
		Broker:     len(all) == 0 || slices.Contains(all, "broker"),
		Controller: len(all) == 0 || slices.Contains(all, "controller"),
	}
}

// checkRoles checks a node's roles against its other configs.
func (b *Broker) checkRoles(wrong func(format string, args ...any)) {
	roles := b.Roles()
	all, err := b.Listeners()
	if err != nil {
		return // reported by check
	}
	names := strings.Join(b.List("controller.listener.names"), ",")
	switch brokers, controllers := b.brokersOf(all), b.controllersOf(all); {
	case roles.Broker && len(brokers) == 0:
		wrong("listeners has none for the broker: all are in controller.listener.names=%s", names)
	case roles.Controller && len(controllers) == 0:
		wrong("listeners has none for the controller: none is in controller.listener.names=%s", names)
	case !roles.Controller && len(brokers) < len(all):
		wrong("listeners has one of controller.listener.names=%s, but by process.roles this node is not a controller", names)
	case roles.Broker && !hasListener(brokers, b.InterBrokerListener()):
		wrong("inter.broker.listener.name=%s is not one of the broker's listeners: %s", b.InterBrokerListener(),
			listenerNames(brokers))
	}
	b.checkAdvertised(wrong, all)
	b.checkVoter(wrong)
}

// checkAdvertised refuses, as Kafka does, addresses that no client could use: of listeners that do not exist, and the
// one that stands for every address of a machine.
func (b *Broker) checkAdvertised(wrong func(format string, args ...any), listeners []Listener) {
	all, err := b.advertised()
	if err != nil {
		return // reported by its own check
	}
	for _, l := range all {
		if !hasListener(listeners, l.Name) {
			wrong("advertised.listeners: %s is not one of listeners: %s", l.Name, listenerNames(listeners))
		}
	}
	own := b.brokersOf(all)
	for _, l := range own {
		if l.Host == "0.0.0.0" || l.Host == "::" {
			wrong("advertised.listeners: no client can connect to %s; set an address that clients reach, such as %s://NAME-OF-THIS-MACHINE:%d",
				l, l.Name, l.Port)
		}
	}
	if inter := b.InterBrokerListener(); b.Roles().Broker && hasListener(b.brokersOf(listeners), inter) &&
		!hasListener(own, inter) {
		wrong("advertised.listeners has no %s, and brokers reach each other by it: inter.broker.listener.name=%s", inter,
			inter)
	}
}

func listenerNames(all []Listener) string {
	var names []string
	for _, l := range all {
		names = append(names, l.Name)
	}
	return strings.Join(names, ",")
}

func hasListener(all []Listener, name string) bool {
	return slices.ContainsFunc(all, func(l Listener) bool { return l.Name == name })
}

// checkVoter checks that the quorum's members are the controllers.
func (b *Broker) checkVoter(wrong func(format string, args ...any)) {
	voters := b.List("controller.quorum.voters")
	if len(voters) == 0 {
		return
	}
	own := strconv.Itoa(int(b.NodeID()))
	votes := slices.ContainsFunc(voters, func(v string) bool { return strings.HasPrefix(v, own+"@") })
	switch isController := b.Roles().Controller; {
	case isController && !votes:
		wrong("controller.quorum.voters does not name node %s, which is a controller: is process.roles=broker meant?", own)
	case !isController && votes:
		wrong("controller.quorum.voters names node %s, which by process.roles is not a controller", own)
	}
}

// UncleanMetadata names the config that lets a node start without metadata that was committed.
const UncleanMetadata = "unclean.metadata.recovery.enable"

// checkClusterID checks a cluster id as Kafka's Uuid reads it: 16 bytes in URL-safe base64 without padding.
func checkClusterID(id string) error {
	if id == "" {
		return nil
	}
	if b, err := base64.RawURLEncoding.Strict().DecodeString(id); err != nil || len(b) != 16 {
		return fmt.Errorf("cluster.id=%s: must be 16 bytes in URL-safe base64, which is 22 characters", shown(id))
	}
	return nil
}
