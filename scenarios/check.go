package scenarios

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gregor/core/client"
	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
)

// whole checks the scenario after its last line. Whatever can be known before the run is refused by the parser.
func (p *parser) whole() {
	if len(p.seen) == 0 {
		p.line = max(p.line, 1)
		p.fail("", "the scenario is empty", "write at least a topic, a producer and a consumer; gregor run show tour prints an example")
	}
	if p.s.Run == 0 {
		p.s.Run = 20 * time.Second
	}
	p.clusterConfigs()
	for i := range p.s.Topics {
		p.wholeTopic(&p.s.Topics[i])
	}
	for i := range p.s.Clients {
		p.wholeClient(&p.s.Clients[i])
	}
	p.tails()
	for _, st := range p.s.Steps {
		p.line = st.Line
		p.within("", st.At)
		p.nodesKnown(st.Action)
	}
	for _, r := range p.s.Random {
		p.wholeRandom(r)
	}
	p.outcomes()
}

// within refuses a moment after the end of the run; what names it.
func (p *parser) within(what string, at time.Duration) {
	if at > p.s.Run {
		p.fail(what+short(at), "is after the end of the run, "+short(p.s.Run), "make the run longer")
	}
}

// randomMax is how many faults one random statement may stand for.
const randomMax = stepsMax / 10

func (p *parser) wholeRandom(r Random) {
	p.line = r.Line
	p.nodesKnown(r.Action)
	till := p.s.Run
	if r.Till > 0 {
		p.within("till ", r.Till)
		till = r.Till
	}
	switch between := till - r.From; {
	case between < 0:
		p.fail("from "+short(r.From), "is after the end, "+short(till), "start earlier")
	case r.Every.Lo > between:
		p.fail("every "+r.Every.String(), "never happens within "+short(between),
			"write a shorter time, or make the run longer")
	case between/((r.Every.Lo+r.Every.Hi)/2+1) > randomMax:
		p.fail("every "+r.Every.String(), fmt.Sprintf("happens more than %d times", randomMax), "write a longer time")
	}
}

// tails refuses a setting of network or disks for how long something takes, without the one for how often.
func (p *parser) tails() {
	if p.s.Swarm {
		return
	}
	needs(p, networkTable, p.s.Network)
	needs(p, diskTable, p.s.Disk)
}

func needs[O any](p *parser, table []setting[O], all []Setting) {
	for _, s := range all {
		if of := settingOf(table, s.Name).of; of != "" && valueOf(all, of, "") == "" {
			p.line = s.Line
			p.fail(s.Name, "has no effect without "+of, "add how often: "+of+"=1%")
		}
	}
}

// placed are the broker configs that come from the scenario's own settings, and which those are.
var placed = map[string]string{
	"node.id": "", "broker.id": "", "process.roles": "controllers=3 adds nodes that are nothing else",
	"controller.quorum.voters":            "controllers=3 adds voters",
	"controller.quorum.bootstrap.servers": "", "broker.rack": "racks=r1,r2", "cluster.id": "directory.ids=true",
	"log.dir": "", "log.dirs": "", "metadata.log.dir": "",
	"listeners": "", "advertised.listeners": "", "controller.listener.names": "", "inter.broker.listener.name": "",
	"listener.security.protocol.map": "",
}

// clusterConfigs checks the broker configs, which must make sense together: one may need another.
func (p *parser) clusterConfigs() {
	wrong := p.s.serverError(p.s.Cluster.Settings)
	blamed := false
	for i, set := range p.s.Cluster.Settings {
		p.line = set.Line
		p.effect(config.Brokers, "broker", set)
		if instead, own := placed[set.Name]; own {
			p.fail(set.Name, "set by the scenario itself", suggestInstead(instead))
		}
		if wrong != nil && p.s.serverError(slices.Delete(slices.Clone(p.s.Cluster.Settings), i, i+1)) == nil {
			p.fail(set.Name+"="+set.Value, wrong.Error(), "")
			blamed = true
		}
		if slices.Contains([]string{"default.replication.factor", "offsets.topic.replication.factor"}, set.Name) {
			p.replicas(set)
		}
	}
	if wrong != nil && !blamed {
		p.fail("cluster", wrong.Error(), "")
	}
}

// serverError is why no server starts with these configs of the cluster; nil if one does.
func (s *Scenario) serverError(settings []Setting) error {
	other := *s
	other.Cluster.Settings = settings
	_, err := config.NewBroker(other.config(other.Cluster.members()[0], env.NewRand(0)))
	return err
}

func suggestInstead(instead string) string {
	if instead == "" {
		return "leave it out"
	}
	return "write: cluster " + instead
}

// effect refuses a config that does not exist, or that is accepted by a broker and has no effect.
func (p *parser) effect(set *config.Set, what string, s Setting) {
	d, ok := set.Lookup(s.Name)
	switch {
	case ok && d.Unused != "":
		p.fail(s.Name, strings.TrimSuffix(d.Unused, "."), "leave it out")
	case ok:
		return
	}
	p.unknownConfig(set, what, s)
}

// unknownConfig refuses a config that does not exist, also among what a statement takes besides.
func (p *parser) unknownConfig(set *config.Set, what string, s Setting) {
	own := map[string][]string{"broker": {"brokers", "controllers", "racks", "directory.ids"},
		"topic": {"partitions", "replication.factor"}}[what]
	fix := suggest(s.Name, own, "")
	if meant, _ := set.Nearest(s.Name); fix == "" && meant != "" {
		fix = fmt.Sprintf("did you mean %q?", meant)
	}
	if fix == "" {
		fix = "gregor config list " + what + " lists them"
	}
	p.fail(s.Name, "unknown "+what+" config", fix)
}

// replicas refuses a replication factor above the number of brokers.
func (p *parser) replicas(set Setting) {
	n, err := count(set.Value)
	switch {
	case err != nil:
		p.fail(set.Name+"="+set.Value, err.Error(), "write a number of brokers")
	case n > p.s.Cluster.Brokers:
		p.fail(set.Name+"="+set.Value, fmt.Sprintf("the cluster has %s", plural(p.s.Cluster.Brokers, "broker")),
			fmt.Sprintf("write at most %d, or: cluster brokers=%d", p.s.Cluster.Brokers, n))
	}
}

func (p *parser) wholeTopic(t *Topic) {
	p.line = t.Line
	p.topicName(t.Name)
	for _, set := range t.Settings {
		if set.Name == "replication.factor" {
			p.replicas(set)
			continue
		}
		p.topicConfig(set)
	}
	if err := checkTopic(p.s, t); err != nil {
		p.fail("topic "+t.Name, err.Error(), "")
	}
}

// topicName refuses what no cluster accepts as the name of a new topic.
func (p *parser) topicName(name string) {
	if why := kafka.CheckTopicName(name); why != "" {
		p.fail(name, why, "choose another name")
	}
	if name == kafka.OffsetsTopic || name == "__transaction_state" || name == "__cluster_metadata" {
		p.fail(name, "an internal topic", "choose another name")
	}
	alike := func(n string) string { return strings.ReplaceAll(n, ".", "_") }
	for _, t := range p.s.Topics {
		if t.Name != name && alike(t.Name) == alike(name) {
			p.fail(name, fmt.Sprintf("collides with topic %s: only a dot or an underscore differs", t.Name),
				"choose another name")
		}
	}
}

func (p *parser) topicConfig(set Setting) {
	p.effect(config.Topics, "topic", set)
	if err := config.CheckTopic(config.Entry{Name: set.Name, Value: set.Value}); err != nil {
		p.fail(set.Name+"="+set.Value, err.Error(), "")
	}
}

// checkTopic checks values that only make sense together.
func checkTopic(s *Scenario, t *Topic) error {
	b, err := config.NewBroker(s.config(s.Cluster.members()[0], env.NewRand(0)))
	if err != nil {
		return err
	}
	var own []config.Entry
	for _, set := range t.Settings {
		if set.Name != "replication.factor" {
			own = append(own, config.Entry{Name: set.Name, Value: set.Value})
		}
	}
	_, err = b.Topic(own)
	return err
}

// autoCreates reports whether a scenario asks for topics to be created when clients name them.
func (s *Scenario) autoCreates() bool {
	return valueOf(s.Cluster.Settings, "auto.create.topics.enable", "") == "true"
}

// countOf is the number that a setting of the cluster has: one that is no count is refused elsewhere.
func (s *Scenario) countOf(name, otherwise string) int {
	n, err := count(valueOf(s.Cluster.Settings, name, otherwise))
	if err != nil {
		return 1
	}
	return n
}

// partitionsEver is the most partitions that a topic may have during the run, and whether it may exist.
func (s *Scenario) partitionsEver(topic string) (n int, known bool) {
	for _, t := range s.Topics {
		if t.Name == topic {
			n, known = max(n, t.Partitions), true
		}
	}
	usual := s.countOf("num.partitions", "1")
	if topic == kafka.OffsetsTopic { // brokers create it for the first group
		n, known = s.countOf("offsets.topic.num.partitions", offsetsPartitions), true
	}
	for _, cmd := range s.commands() {
		switch {
		case cmd.Topic != topic:
		case cmd.Op == client.CreateTopic && cmd.Partitions < 0:
			n, known = max(n, usual), true
		case cmd.Op == client.CreateTopic:
			n, known = max(n, int(cmd.Partitions)), true
		case cmd.Op == client.CreatePartitions:
			n = max(n, int(cmd.Partitions))
		}
	}
	if !known && s.autoCreates() && s.used(topic) {
		n, known = usual, true
	}
	return n, known
}

// topicNames lists the topics that statements or admins create.
func (p *parser) topicNames() (names []string) {
	for _, t := range p.s.Topics {
		names = append(names, t.Name)
	}
	for _, cmd := range p.s.commands() {
		if cmd.Op == client.CreateTopic && !contains(names, cmd.Topic) {
			names = append(names, cmd.Topic)
		}
	}
	return names
}

// topicKnown refuses a topic that nothing creates.
func (p *parser) topicKnown(setting, topic string) {
	if _, known := p.s.partitionsEver(topic); !known {
		p.fail(setting+"="+topic, "no statement creates this topic",
			suggest(topic, p.topicNames(), fmt.Sprintf("add: topic %s; or let clients create it: cluster auto.create.topics.enable=true", topic)))
	}
}

// partitionKnown refuses a partition that the topic will never have.
func (p *parser) partitionKnown(setting, topic string, partition int) {
	n, _ := p.s.partitionsEver(topic)
	if partition < n {
		return
	}
	more := fmt.Sprintf("topic %s partitions=%d", topic, partition+1)
	if topic == kafka.OffsetsTopic {
		more = fmt.Sprintf("cluster offsets.topic.num.partitions=%d", partition+1)
	}
	p.fail(setting, fmt.Sprintf("topic %s has %s", topic, plural(n, "partition")),
		fmt.Sprintf("write a partition from 0 to %d, or: %s", n-1, more))
}

// groups lists the groups that consumers are in.
func (p *parser) groups() (names []string) {
	for i := range p.s.Clients {
		if g := p.s.Clients[i].group(); g != "" && !contains(names, g) {
			names = append(names, g)
		}
	}
	return names
}
