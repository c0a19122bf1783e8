package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// atMost are pairs of broker configs of which the first is at most the second, below those of [boundsOf].
var atMost = [][2]string{
	{"group.min.session.timeout.ms", "group.max.session.timeout.ms"},
	{"group.share.max.size", "group.share.max.share.sessions"},
	{"group.streams.num.standby.replicas", "group.streams.max.standby.replicas"},
	{"replica.fetch.wait.max.ms", "replica.socket.timeout.ms"},
	{"replica.fetch.wait.max.ms", "replica.lag.time.max.ms"},
}

// below are pairs of which the first is below the second.
var below = [][2]string{
	{"group.consumer.heartbeat.interval.ms", "group.consumer.session.timeout.ms"},
	{"group.share.heartbeat.interval.ms", "group.share.session.timeout.ms"},
	{"group.streams.heartbeat.interval.ms", "group.streams.session.timeout.ms"},
}

// boundsOf returns the broker configs between which group.KIND.NAME lies: group.KIND.min.NAME and group.KIND.max.NAME;
// "" where there is none.
func boundsOf(name string) (least, greatest string) {
	parts := strings.SplitN(name, ".", 3)
	if len(parts) < 3 || parts[0] != "group" {
		return "", ""
	}
	bound := func(which string) string {
		full := parts[0] + "." + parts[1] + "." + which + "." + parts[2]
		if _, ok := Brokers.Lookup(full); ok {
			return full
		}
		return ""
	}
	least, greatest = bound("min"), bound("max")
	if name == "group.streams.num.standby.replicas" {
		greatest = "group.streams.max.standby.replicas"
	}
	return least, greatest
}

// checkRelations checks broker configs against each other, as Kafka does at start.
func (b *Broker) checkRelations(wrong func(format string, args ...any)) {
	for _, p := range b.pairsAtMost() {
		if x, y := b.Long(p[0]), b.Long(p[1]); x > y {
			wrong("%s=%d is above %s=%d", p[0], x, p[1], y)
		}
	}
	for _, p := range below {
		if x, y := b.Long(p[0]), b.Long(p[1]); x >= y {
			wrong("%s=%d is not below %s=%d", p[0], x, p[1], y)
		}
	}
	b.checkBytes(wrong)
	b.checkConnections(wrong)
	if own := b.List("group.coordinator.rebalance.protocols"); !slices.Contains(own, "classic") {
		wrong("group.coordinator.rebalance.protocols=%s lacks classic, which every broker speaks", strings.Join(own, ","))
	}
	if servers := b.List("controller.quorum.bootstrap.servers"); len(servers) > 0 &&
		len(b.List("controller.quorum.voters")) == 0 {
		wrong("controller.quorum.bootstrap.servers=%s: Gregor's voters do not change while they run; name them in controller.quorum.voters",
			strings.Join(servers, ","))
	}
	b.checkTopicDefaults(wrong)
	all, err := b.Listeners()
	for _, name := range b.List("early.start.listeners") {
		if err == nil && !hasListener(all, strings.ToUpper(name)) {
			wrong("early.start.listeners: %s is not one of listeners: %s", name, listenerNames(all))
		}
	}
}

func (b *Broker) pairsAtMost() [][2]string {
	pairs := slices.Clone(atMost)
	for i := range Brokers.defs {
		name := Brokers.defs[i].Name
		least, greatest := boundsOf(name)
		if least != "" {
			pairs = append(pairs, [2]string{least, name})
		}
		if greatest != "" {
			pairs = append(pairs, [2]string{name, greatest})
		}
	}
	return pairs
}

// cleanerThreadBytes is what log.cleaner.dedupe.buffer.size has to hold more of than there are threads.
const cleanerThreadBytes = 1 << 20

func (b *Broker) checkBytes(wrong func(format string, args ...any)) {
	buffer, threads := b.Long("log.cleaner.dedupe.buffer.size"), b.Long("log.cleaner.threads")
	if threads == 0 || buffer/threads <= cleanerThreadBytes {
		wrong("log.cleaner.dedupe.buffer.size=%d is not above %d for each of log.cleaner.threads=%d", buffer,
			cleanerThreadBytes, threads)
	}
	queued, request := b.Long("queued.max.request.bytes"), b.Long("socket.request.max.bytes")
	if queued > 0 && queued < request {
		wrong("queued.max.request.bytes=%d is below socket.request.max.bytes=%d", queued, request)
	}
}

func (b *Broker) checkConnections(wrong func(format string, args ...any)) {
	delay, idle := b.Long("connection.failed.authentication.delay.ms"), b.Long("connections.max.idle.ms")
	if idle >= 0 && delay >= idle {
		wrong("connections.max.idle.ms=%d is not above connection.failed.authentication.delay.ms=%d", idle, delay)
	}
	if b.Long("max.connections.per.ip") == 0 && b.Text("max.connections.per.ip.overrides") == "" {
		wrong("max.connections.per.ip=0 lets nothing in unless max.connections.per.ip.overrides names addresses")
	}
}

// checkTopicDefaults refuses a broker config that gives topics a default which they do not accept.
func (b *Broker) checkTopicDefaults(wrong func(format string, args ...any)) {
	for i := range Topics.defs {
		for _, s := range Topics.defs[i].Synonyms {
			p := b.values[b.index(s.Name)]
			if p.null || p.num < 0 && retains(Topics.defs[i].Name) {
				continue
			}
			if p.num == 0 && retains(Topics.defs[i].Name) {
				wrong("%s=0: must be 1 or more, or -1 for no limit", s.Name)
			} else if d := &Topics.defs[i]; !d.Limit.allows(d.Type, inUnit(p, s.Unit)) {
				wrong("%s=%s is not allowed: must be %s", s.Name, shown(p.text), d.Limit.describe(d.Type))
			}
		}
	}
}

// retains reports whether a topic config is the one whose broker configs Kafka reads otherwise: 0 is refused, and every
// negative number is no limit.
func retains(topicConfig string) bool { return topicConfig == "retention.ms" }

// checkGroup refuses values outside the bounds that brokers set for groups.
func checkGroup(g *Resource) error {
	var errs []error
	for i := range Groups.defs {
		d := &Groups.defs[i]
		if len(d.Synonyms) == 0 {
			continue
		}
		n := g.values[i].num
		least, greatest := boundsOf(d.Synonyms[0].Name)
		if least != "" && n < g.broker.Long(least) {
			errs = append(errs, fmt.Errorf("%s=%d is below %s=%d", d.Name, n, least, g.broker.Long(least)))
		}
		if greatest != "" && n > g.broker.Long(greatest) {
			errs = append(errs, fmt.Errorf("%s=%d is above %s=%d", d.Name, n, greatest, g.broker.Long(greatest)))
		}
	}
	for _, kind := range []string{"consumer", "share", "streams"} {
		beat, session := g.Long(kind+".heartbeat.interval.ms"), g.Long(kind+".session.timeout.ms")
		if beat >= session {
			errs = append(errs, fmt.Errorf("%s.heartbeat.interval.ms=%d is not below %s.session.timeout.ms=%d", kind, beat, kind,
				session))
		}
	}
	return errors.Join(errs...)
}
