package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Broker is a broker's configuration at one moment. It never changes; [Broker.With] makes the next one.
type Broker struct {
	Values
	layers [3]layer // strongest first: DynamicBroker, DynamicDefaultBroker, StaticBroker
	extra  []Entry  // names with a listener prefix, in order
}

// NewBroker checks static entries (of a file, then of flags: the later one wins) and fills in defaults. The
// error names everything that is wrong, one a line.
func NewBroker(static []Entry) (*Broker, error) {
	l, err := newLayer(Brokers, StaticBroker, static)
	if err != nil {
		return nil, err
	}
	return newBroker([3]layer{{source: DynamicBroker}, {source: DynamicDefaultBroker}, l})
}

// With returns the configuration with other dynamic entries: those for this broker and those for all. A name
// that only a restart can change is an error.
func (b *Broker) With(own, all []Entry) (*Broker, error) {
	ownLayer, err1 := newDynamicLayer(DynamicBroker, own)
	allLayer, err2 := newDynamicLayer(DynamicDefaultBroker, all)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return newBroker([3]layer{ownLayer, allLayer, b.layers[2]})
}

func newDynamicLayer(source Source, entries []Entry) (layer, error) {
	var errs []error
	for _, e := range entries {
		if d, ok := Brokers.find(e.Name); ok && d.Mode == ReadOnly {
			errs = append(errs, fmt.Errorf("%sbroker config %s is read-only: it changes with server.properties and a restart", place(e), e.Name))
		}
	}
	l, err := newLayer(Brokers, source, entries)
	return l, errors.Join(errors.Join(errs...), err)
}

func newBroker(layers [3]layer) (*Broker, error) {
	b := &Broker{layers: layers}
	b.Values = Values{set: Brokers, values: slices.Clone(brokerDefaults), source: make([]Source, len(brokerDefaults))}
	for i := range b.source {
		b.source[i] = Default
	}
	for n := len(layers) - 1; n >= 0; n-- {
		for _, name := range layers[n].order {
			if i, ok := Brokers.byName[name]; ok {
				b.values[i], b.source[i] = layers[n].values[name], layers[n].source
			}
		}
	}
	return b, b.check()
}

var brokerDefaults, topicDefaults = defaultsOf(Brokers), defaultsOf(Topics)

func defaultsOf(s *Set) []parsed {
	values := make([]parsed, len(s.defs))
	for i := range s.defs {
		values[i] = s.defs[i].defaultOf()
	}
	return values
}

// ListenerText returns a value that may be set for one listener only (listener.name.<listener>.<name>), and
// whether it is.
func (b *Broker) ListenerText(listener, name string) (string, bool) {
	full := "listener.name." + listener + "." + name
	for i := range b.layers {
		if p, ok := b.layers[i].values[full]; ok {
			return p.text, true
		}
	}
	return "", false
}

// check looks at values that only make sense together.
func (b *Broker) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if lo, hi := b.Long("group.min.session.timeout.ms"), b.Long("group.max.session.timeout.ms"); lo > hi {
		wrong("group.min.session.timeout.ms=%d is above group.max.session.timeout.ms=%d", lo, hi)
	}
	if node, broker := b.Int("node.id"), b.Int("broker.id"); broker != -1 && b.source[b.index("node.id")] != Default && node != broker {
		wrong("node.id=%d and broker.id=%d differ; one of them is enough", node, broker)
	}
	for _, name := range []string{"log.retention.ms", "log.retention.minutes", "log.retention.hours"} {
		if n := b.Long(name); n == 0 && !b.IsNull(name) || n < -1 {
			wrong("%s=%d: retention takes 1 or more, or -1 for no limit", name, n)
		}
	}
	if len(b.LogDirs()) == 0 {
		wrong("log.dirs is empty")
	}
	for _, r := range refused {
		if b.source[b.index(r.name)] != Default && b.values[b.index(r.name)].text != r.harmless {
			wrong("%s=%s: %s", r.name, shown(b.values[b.index(r.name)].text), r.why)
		}
	}
	b.checkRoles(wrong)
	if err := checkClusterID(b.Text("cluster.id")); err != nil {
		errs = append(errs, err)
	}
	_, err := b.Listeners()
	_, err2 := b.AdvertisedListeners()
	return errors.Join(append(errs, err, err2)...)
}

// refused are configs that must not be ignored: whoever sets them relies on what they do.
var refused = []struct{ name, harmless, why string }{
	{"authorizer.class.name", "", "Gregor has no authorization, and nobody should believe it has"},
	{"create.topic.policy.class.name", "", "Gregor runs no Java classes, so the policy would not hold"},
	{"alter.config.policy.class.name", "", "Gregor runs no Java classes, so the policy would not hold"},
	{"remote.log.storage.system.enable", "false", "Gregor has no tiered storage"},
}

// NodeID returns node.id, or broker.id where only that is set.
func (b *Broker) NodeID() int32 {
	if id := b.Int("broker.id"); id != -1 && b.Values.Source("node.id") == Default {
		return int32(id)
	}
	return int32(b.Int("node.id"))
}

// LogDirs returns log.dirs, or log.dir where that is not set.
func (b *Broker) LogDirs() []string {
	dirs := b.List("log.dirs")
	if b.IsNull("log.dirs") {
		dirs = b.List("log.dir")
	}
	return slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return d == "" })
}

// Describe returns every value with its origins as DescribeConfigs tells them, sorted by name.
func (b *Broker) Describe() []Value {
	var out []Value
	for i := range Brokers.defs {
		d := &Brokers.defs[i]
		if d.Internal && b.source[i] == Default {
			continue
		}
		names := d.Synonyms
		if names == nil {
			names = []Synonym{{Name: d.Name}}
		}
		out = append(out, describe(d, &b.values[i], b.synonymValues(d.Name, names)))
	}
	return out
}

// WithoutEffect names what was set of the configs that nothing is done with ([Def.Unused]), sorted.
func (b *Broker) WithoutEffect() (names []string) {
	for i := range Brokers.defs {
		if d := &Brokers.defs[i]; d.Unused != "" && b.source[i] != Default {
			names = append(names, d.Name)
		}
	}
	return names
}

// synonymValues lists, layer by layer, what each name is set to. As in Kafka, what comes before the first value
// of the name itself is left out: a retention.ms that follows from log.retention.hours alone has no synonyms.
func (b *Broker) synonymValues(name string, names []Synonym) []SynonymValue {
	var out []SynonymValue
	for i := range b.layers {
		for _, n := range names {
			if p, ok := b.layers[i].values[n.Name]; ok {
				out = append(out, SynonymValue{n.Name, p.text, b.layers[i].source})
			}
		}
	}
	for _, n := range names {
		if d, ok := Brokers.Lookup(n.Name); ok && d.HasDefault {
			out = append(out, SynonymValue{n.Name, d.Default, Default})
		}
	}
	own := slices.IndexFunc(out, func(s SynonymValue) bool { return s.Name == name })
	if own < 0 {
		return nil
	}
	return out[own:]
}

// describe tells the source as Kafka does: that of the first synonym, or the default.
func describe(d *Def, p *parsed, synonyms []SynonymValue) Value {
	v := Value{Def: d, Text: p.text, Null: p.null, Source: Default, Synonyms: synonyms}
	if len(synonyms) > 0 {
		v.Source = synonyms[0].Source
	}
	if d.Sensitive() {
		v.Text, v.Null = "", true
		for i := range v.Synonyms {
			v.Synonyms[i].Text = ""
		}
	}
	return v
}

// number makes a parsed whole number.
func number(n int64) parsed { return parsed{text: strconv.FormatInt(n, 10), num: n} }
