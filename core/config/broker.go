package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Broker is a broker's configuration at one moment. It never changes; [Broker.With] makes the next one.
type Broker struct {
	Values
	layers [3]layer // strongest first: DynamicBroker, DynamicDefaultBroker, StaticBroker
}

// NewBroker checks static entries (of a file, then of flags: the later one wins) and fills in defaults. The
// error names everything that is wrong, one a line.
func NewBroker(static []Entry) (*Broker, error) {
	l, err := newLayer(Brokers, StaticBroker, static)
	if err != nil {
		return nil, err
	}
	l.pair("node.id", "broker.id")
	return newBroker([3]layer{{source: DynamicBroker}, {source: DynamicDefaultBroker}, l})
}

// pair gives two names for one thing the same value where only one is set.
func (l *layer) pair(a, b string) {
	pa, hasA := l.values[a]
	pb, hasB := l.values[b]
	switch {
	case hasA && !hasB:
		l.values[b], l.order = pa, append(l.order, b)
	case hasB && !hasA:
		l.values[a], l.order = pb, append(l.order, a)
	}
}

// With returns the configuration with other dynamic entries: those for this broker and those for all. A name
// that only a restart can change is an error, and so is a name of one broker for all.
func (b *Broker) With(own, all []Entry) (*Broker, error) {
	ownLayer, err1 := newDynamicLayer(DynamicBroker, own)
	allLayer, err2 := newDynamicLayer(DynamicDefaultBroker, all)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return newBroker([3]layer{ownLayer, allLayer, b.layers[2]})
}

// WithStored is With for the entries that the metadata log holds. What another version or a Kafka broker has stored and
// this one refuses is left out; the error says why.
func (b *Broker) WithStored(own, all []Entry) (*Broker, error) {
	next, err := b.With(own, all)
	if err == nil {
		return next, nil
	}
	goodAll, err1 := goodOf(all, func(all []Entry) error { _, err := b.With(nil, all); return err })
	goodOwn, err2 := goodOf(own, func(own []Entry) error { _, err := b.With(own, goodAll); return err })
	if next, err = b.With(goodOwn, goodAll); err != nil {
		panic(fmt.Sprintf("config: entries that hold one by one do not hold together: %v; does a check depend on their order?", err))
	}
	return next, errors.Join(err1, err2)
}

// WithOwn is With for other entries of this broker.
func (b *Broker) WithOwn(own []Entry) (*Broker, error) {
	l, err := newDynamicLayer(DynamicBroker, own)
	if err != nil {
		return nil, err
	}
	return newBroker([3]layer{l, b.layers[1], b.layers[2]})
}

func newDynamicLayer(source Source, entries []Entry) (layer, error) {
	var errs []error
	for _, e := range entries {
		if d, ok := Brokers.Find(e.Name); ok {
			errs = append(errs, d.checkDynamic(source, e))
		}
	}
	l, err := newLayer(Brokers, source, entries)
	return l, errors.Join(errors.Join(errs...), err)
}

// checkDynamic refuses what cannot change while a broker runs.
func (d *Def) checkDynamic(source Source, e Entry) error {
	perBroker := d.Mode == PerBroker || d.Mode == PerListener
	switch {
	case d.Mode == ReadOnly:
		return fmt.Errorf("%sbroker config %s is read-only: it changes with server.properties and a restart", place(e),
			e.Name)
	case perBroker && source == DynamicDefaultBroker:
		return fmt.Errorf("%sbroker config %s belongs to one broker; name its id", place(e), e.Name)
	case d.Mode == PerListener && e.Name == d.Name:
		return fmt.Errorf("%sbroker config %s changes for one listener only, as listener.name.NAME.%s", place(e), e.Name,
			d.Name)
	}
	return nil
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

var (
	brokerDefaults, topicDefaults        = defaultsOf(Brokers), defaultsOf(Topics)
	groupDefaults, clientMetricsDefaults = defaultsOf(Groups), defaultsOf(ClientMetrics)
)

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

// check checks values against each other.
func (b *Broker) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if node, broker := b.Int("node.id"), b.Int("broker.id"); b.source[b.index("broker.id")] != Default && node != broker {
		wrong("node.id=%d and broker.id=%d differ; one of them is enough", node, broker)
	}
	switch dirs := b.LogDirs(); {
	case len(dirs) == 0:
		wrong("log.dirs is empty")
	case len(dirs) > 1:
		wrong("log.dirs=%s: Gregor writes to one directory; name one", shown(strings.Join(dirs, ",")))
	}
	if dir := b.Text("metadata.log.dir"); dir != "" && !slices.Contains(b.LogDirs(), dir) {
		wrong("metadata.log.dir=%s: Gregor keeps the metadata log in log.dirs=%s", shown(dir), strings.Join(b.LogDirs(), ","))
	}
	b.checkRelations(wrong)
	b.checkRoles(wrong)
	if err := checkClusterID(b.Text("cluster.id")); err != nil {
		errs = append(errs, err)
	}
	_, err := b.Listeners()
	_, err2 := b.AdvertisedListeners()
	return errors.Join(append(errs, err, err2)...)
}

// NodeID returns node.id.
func (b *Broker) NodeID() int32 { return int32(b.Int("node.id")) }

// LogDirs returns log.dirs, or log.dir where that is not set.
func (b *Broker) LogDirs() []string {
	dirs := b.List("log.dirs")
	if b.IsNull("log.dirs") {
		dirs = b.List("log.dir")
	}
	return slices.DeleteFunc(slices.Clone(dirs), func(d string) bool { return d == "" })
}

// Describe returns every value with its origins as DescribeConfigs shows them, sorted by name; then those of one
// listener, and those that no table has.
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
	for _, name := range b.others() {
		out = append(out, b.describeOther(name))
	}
	return out
}

// others are the names that are set and have no entry in the table of their own, sorted.
func (b *Broker) others() (names []string) {
	for i := range b.layers {
		for _, name := range b.layers[i].order {
			if _, ok := Brokers.Lookup(name); !ok {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// describeOther describes such a name: a config of one listener stands over that of all, and of an unknown one the
// value is not shown, since it may be a secret.
func (b *Broker) describeOther(name string) Value {
	d, names := Def{Name: name, Doc: "Unknown to Gregor, and kept without effect."}, []Synonym{{Name: name}}
	if base, ok := Brokers.Find(name); ok {
		d, names = *base, append(names, Synonym{Name: base.Name})
		d.Name, d.Mode = name, ReadOnly
	}
	var p parsed
	for i := len(b.layers) - 1; i >= 0; i-- {
		if v, ok := b.layers[i].values[name]; ok {
			p = v
		}
	}
	return describe(&d, &p, b.synonymValues(name, names))
}

// WithoutEffect names what was set and has no effect: configs that are [Def.Unused], and unknown ones. It is sorted.
func (b *Broker) WithoutEffect() (unused, unknown []string) {
	for i := range Brokers.defs {
		if d := &Brokers.defs[i]; d.Unused != "" && b.source[i] != Default {
			unused = append(unused, d.Name)
		}
	}
	for _, name := range b.others() {
		if d, ok := Brokers.Find(name); !ok {
			unknown = append(unknown, name)
		} else if d.Unused != "" {
			unused = append(unused, name)
		}
	}
	return unused, unknown
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

// describe returns the source as Kafka does: that of the first synonym, or the default.
func describe(d *Def, p *parsed, synonyms []SynonymValue) Value {
	v := Value{Def: d, Text: p.text, Given: p.given, Null: p.null, Source: Default, Synonyms: synonyms}
	if len(synonyms) > 0 {
		v.Source = synonyms[0].Source
	}
	if d.Sensitive() {
		v.Text, v.Given, v.Null = "", "", true
		for i := range v.Synonyms {
			v.Synonyms[i].Text = ""
		}
	}
	return v
}

// number makes a parsed whole number.
func number(n int64) parsed {
	text := strconv.FormatInt(n, 10)
	return parsed{given: text, text: text, num: n}
}
