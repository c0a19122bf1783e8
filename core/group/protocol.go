package group

import (
	"encoding/binary"

	"gregor/core/must"
)

// consumerProtocol is the protocol type of Kafka's consumers, the one whose metadata Kafka reads.
const consumerProtocol = "consumer"

// ballot counts the members that know each protocol.
type ballot map[string]int

// count adds the votes of one member, or takes them back.
func (b ballot) count(ps []protocol, by int) {
	for _, p := range ps {
		b[p.name] += by
		must.AtLeast("group: members that know a protocol", b[p.name], "zero", 0, p.name,
			"did a member change its protocols uncounted?")
		if b[p.name] == 0 {
			delete(b, p.name)
		}
	}
}

// best returns the first of a member's protocols that all members know.
func (b ballot) best(ps []protocol, members int) (string, bool) {
	for _, p := range ps {
		if b[p.name] == members {
			return p.name, true
		}
	}
	return "", false
}

// mostVotes returns the name that comes most often; of equals, the one that comes first.
func mostVotes(names []string) (most string) {
	votes := map[string]int{}
	for _, name := range names {
		votes[name]++
	}
	for i, name := range names {
		if i == 0 || votes[name] > votes[most] {
			most = name
		}
	}
	return most
}

// supports reports whether a member with these protocols can be in the group: all members must know one of them.
func (g *group) supports(protocolType string, ps []protocol) bool {
	if g.state == Empty {
		return protocolType != "" && len(ps) > 0
	}
	_, ok := g.known.best(ps, len(g.members))
	return ok && protocolType == g.protocolType
}

// selectProtocol has every member vote for the protocol that it prefers among those that all know.
func (g *group) selectProtocol() string {
	var votes []string
	for _, m := range g.members {
		if name, ok := g.known.best(m.protocols, len(g.members)); ok {
			votes = append(votes, name)
		}
	}
	return mostVotes(votes)
}

// subscriptions returns the topics that the members subscribe to, nil if their metadata cannot be read.
func (g *group) subscriptions() map[string]bool {
	if g.protocolType != consumerProtocol {
		return nil
	}
	all := map[string]bool{}
	if len(g.members) == 0 {
		return all
	}
	if g.protocol == nil {
		return nil
	}
	for _, m := range g.members {
		if !readSubscription(m.metadata(*g.protocol), all) {
			return nil
		}
	}
	return all
}

// subscribed reports whether a member reads the topic. Where that is not known, consumers count as reading all topics.
func (g *group) subscribed(topic string) bool {
	if g.topics == nil {
		return g.protocolType == consumerProtocol
	}
	return g.topics[topic]
}

// readSubscription adds the topics of a consumer's metadata to all. It reads the part that every version
// begins with: a version, and an array of topic names.
func readSubscription(b []byte, all map[string]bool) bool {
	if len(b) < 6 || int16(binary.BigEndian.Uint16(b)) < 0 {
		return false
	}
	n := int32(binary.BigEndian.Uint32(b[2:]))
	b = b[6:]
	for range n { // a name is two bytes at least: the loop ends with b
		if len(b) < 2 {
			return false
		}
		size := int(binary.BigEndian.Uint16(b))
		if size > len(b)-2 {
			return false
		}
		all[string(b[2:2+size])] = true
		b = b[2+size:]
	}
	return n >= 0
}
