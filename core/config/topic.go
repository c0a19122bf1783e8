package config

import "fmt"

// Topic is a topic's configuration at one moment: its own values over the broker's over the defaults. It never
// changes.
type Topic struct {
	Values
	overrides layer
	broker    *Broker
}

// Topic checks a topic's own values and puts them over the broker's.
func (b *Broker) Topic(overrides []Entry) (*Topic, error) {
	l, err := newLayer(Topics, DynamicTopic, overrides)
	if err != nil {
		return nil, err
	}
	t := &Topic{overrides: l, broker: b}
	t.Values = Values{set: Topics, values: make([]parsed, len(topicDefaults)), source: make([]Source, len(topicDefaults))}
	for i := range Topics.defs {
		d := &Topics.defs[i]
		if p, ok := l.values[d.Name]; ok {
			t.values[i], t.source[i] = p, DynamicTopic
			continue
		}
		t.values[i], t.source[i] = b.topicDefault(d, topicDefaults[i])
	}
	return t, t.check()
}

// CheckTopic checks one value of a topic by itself.
func CheckTopic(e Entry) error {
	_, err := newLayer(Topics, DynamicTopic, []Entry{e})
	return err
}

// topicDefault is what a topic config falls back to: the strongest synonym that is not null.
func (b *Broker) topicDefault(d *Def, own parsed) (parsed, Source) {
	for _, s := range d.Synonyms {
		i := Brokers.byName[s.Name]
		if p := b.values[i]; !p.null {
			return inUnit(p, s.Unit), b.source[i]
		}
	}
	return own, Default
}

// inUnit converts hours or minutes to milliseconds; a negative number means no limit in any unit.
func inUnit(p parsed, unit int64) parsed {
	switch {
	case unit == 1:
		return p
	case p.num < 0:
		return number(-1)
	}
	return number(p.num * unit) // an int times 3.6 million fits
}

// check looks at values that only make sense together.
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

// Describe returns every value with its origins as DescribeConfigs tells them, sorted by name.
func (t *Topic) Describe() []Value {
	var out []Value
	for i := range Topics.defs {
		d := &Topics.defs[i]
		if d.Internal && t.source[i] == Default {
			continue
		}
		var synonyms []SynonymValue
		if t.source[i] == DynamicTopic {
			synonyms = append(synonyms, SynonymValue{d.Name, t.values[i].text, DynamicTopic})
		}
		if len(d.Synonyms) > 0 {
			synonyms = append(synonyms, t.broker.synonymValues(d.Synonyms[0].Name, d.Synonyms)...)
		}
		out = append(out, describe(d, &t.values[i], synonyms))
	}
	return out
}

// Overrides returns the topic's own values, in the order they were given.
func (t *Topic) Overrides() []Entry {
	var out []Entry
	for _, name := range t.overrides.order {
		out = append(out, Entry{Name: name, Value: t.overrides.values[name].text})
	}
	return out
}
