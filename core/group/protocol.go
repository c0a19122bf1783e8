package group

import "encoding/binary"

// consumerProtocol is the protocol type of Kafka's consumers, the one whose metadata Kafka reads.
const consumerProtocol = "consumer"

// supports reports whether a member that brings these protocols can be in the group: one of them must be
// known to everybody.
func (g *group) supports(protocolType string, ps []protocol) bool {
	if g.state == Empty {
		return protocolType != "" && len(ps) > 0
	}
	if protocolType != g.protocolType {
		return false
	}
	for _, p := range ps {
		if g.votes[p.name] == len(g.members) {
			return true
		}
	}
	return false
}

// selectProtocol lets every member vote for what it likes best of what all know. The most votes win; of equals,
// the one that was voted for first.
func (g *group) selectProtocol() string {
	var order []string
	votes := map[string]int{}
	for _, m := range g.members {
		name, ok := g.vote(m)
		if !ok {
			continue
		}
		if votes[name]++; votes[name] == 1 {
			order = append(order, name)
		}
	}
	best := ""
	for _, name := range order {
		if votes[name] > votes[best] {
			best = name
		}
	}
	return best
}

func (g *group) vote(m *member) (string, bool) {
	for _, p := range m.protocols {
		if g.votes[p.name] == len(g.members) {
			return p.name, true
		}
	}
	return "", false
}

// subscriptions is the set of topics the members subscribe to, nil if that cannot be told.
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

// subscribed reports whether a member reads the topic. When nobody can tell, consumers are taken to read all.
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
	for range n { // a name takes two bytes at least: the loop ends with b
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
