package config

import (
	"errors"
	"fmt"
)

// Resource is the configuration of a topic, a group or a client-metrics subscription at one moment: its own values over
// the broker's over the defaults. It never changes.
type Resource struct {
	Values
	own    layer
	broker *Broker
}

// Topic is a topic's configuration.
type Topic struct{ Resource }

// Topic checks a topic's own values and puts them over the broker's.
func (b *Broker) Topic(own []Entry) (*Topic, error) {
	r, err := b.resource(Topics, DynamicTopic, topicDefaults, own)
	if err != nil {
		return nil, err
	}
	t := &Topic{r}
	return t, t.check()
}

// TopicStored is Topic for the values that the metadata log holds. One that does not hold (another version or a Kafka
// broker has stored it, or the broker's own values have changed) is left out, and the error says why. Were all left
// out, a topic would lose what it was to keep.
func (b *Broker) TopicStored(own []Entry) (*Topic, error) {
	t, err := b.Topic(own)
	if err == nil {
		return t, nil
	}
	good, err := goodOf(own, func(all []Entry) error { _, err := b.Topic(all); return err })
	t, _ = b.Topic(good)
	return t, err
}

// goodOf leaves out the entries that do not hold together with those before them; the error says why.
func goodOf(entries []Entry, check func([]Entry) error) (good []Entry, err error) {
	var errs []error
	for _, e := range entries {
		if err := check(append(good, e)); err != nil {
			errs = append(errs, err)
			continue
		}
		good = append(good, e)
	}
	return good, errors.Join(errs...)
}

// Group checks a group's own values and puts them over the broker's.
func (b *Broker) Group(own []Entry) (*Resource, error) {
	r, err := b.resource(Groups, DynamicGroup, groupDefaults, own)
	if err != nil {
		return nil, err
	}
	return &r, checkGroup(&r)
}

// ClientMetrics checks the values of a client-metrics subscription.
func (b *Broker) ClientMetrics(own []Entry) (*Resource, error) {
	r, err := b.resource(ClientMetrics, DynamicClientMetrics, clientMetricsDefaults, own)
	return &r, err
}

func (b *Broker) resource(set *Set, source Source, defaults []parsed, own []Entry) (Resource, error) {
	l, err := newLayer(set, source, own)
	if err != nil {
		return Resource{}, err
	}
	r := Resource{own: l, broker: b}
	r.Values = Values{set: set, values: make([]parsed, len(defaults)), source: make([]Source, len(defaults))}
	for i := range set.defs {
		d := &set.defs[i]
		if p, ok := l.values[d.Name]; ok {
			r.values[i], r.source[i] = p, source
			continue
		}
		r.values[i], r.source[i] = b.fallback(d, defaults[i])
	}
	return r, nil
}

// CheckTopic checks one value of a topic by itself.
func CheckTopic(e Entry) error {
	_, err := newLayer(Topics, DynamicTopic, []Entry{e})
	return err
}

// fallback is what a config falls back to: the strongest synonym that is not null.
func (b *Broker) fallback(d *Def, own parsed) (parsed, Source) {
	for _, s := range d.Synonyms {
		i := Brokers.byName[s.Name]
		switch p := b.values[i]; {
		case p.null:
		case p.num < 0 && retains(d.Name):
			return number(-1), b.source[i]
		default:
			return inUnit(p, s.Unit), b.source[i]
		}
	}
	return own, Default
}

// inUnit converts hours or minutes to milliseconds.
func inUnit(p parsed, unit int64) parsed {
	if unit == 1 {
		return p
	}
	return number(p.num * unit) // an int times 3.6 million fits
}

// check checks values against each other.
func (t *Topic) check() error {
	if lo, hi := t.Long("min.compaction.lag.ms"), t.Long("max.compaction.lag.ms"); lo > hi {
		return fmt.Errorf("min.compaction.lag.ms=%d is above max.compaction.lag.ms=%d", lo, hi)
	}
	return nil
}

// Has reports whether cleanup.policy names the policy: "delete" or "compact".
func (t *Topic) Has(policy string) bool {
	for _, p := range t.List("cleanup.policy") {
		if p == policy {
			return true
		}
	}
	return false
}

// SegmentBytes returns the size a segment is rolled at; internal.segment.bytes, which may be smaller than
// Kafka lets segment.bytes be, goes before.
func (t *Topic) SegmentBytes() int {
	if !t.IsNull("internal.segment.bytes") {
		return t.Int("internal.segment.bytes")
	}
	return t.Int("segment.bytes")
}

// Describe returns every value with its origins as DescribeConfigs shows them, sorted by name.
func (r *Resource) Describe() []Value {
	var out []Value
	for i := range r.set.defs {
		d := &r.set.defs[i]
		if d.Internal && r.source[i] == Default {
			continue
		}
		var synonyms []SynonymValue
		if r.source[i] == r.own.source {
			synonyms = append(synonyms, SynonymValue{d.Name, r.values[i].text, r.own.source})
		}
		switch {
		case len(d.Synonyms) > 0:
			synonyms = append(synonyms, r.broker.synonymValues(d.Synonyms[0].Name, d.Synonyms)...)
		case r.set == Groups:
			synonyms = append(synonyms, SynonymValue{d.Name, d.Default, Default})
		}
		out = append(out, describe(d, &r.values[i], synonyms))
	}
	return out
}

// Own returns the resource's own values as they were given, in the order they were given.
func (r *Resource) Own() []Entry {
	var out []Entry
	for _, name := range r.own.order {
		out = append(out, Entry{Name: name, Value: r.own.values[name].given})
	}
	return out
}
