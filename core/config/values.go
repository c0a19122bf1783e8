package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Source is the layer that a value came from, numbered as DescribeConfigs numbers it.
type Source int8

// The sources, weakest last.
const (
	DynamicTopic         Source = 1
	DynamicBroker        Source = 2 // for this broker
	DynamicDefaultBroker Source = 3 // for all brokers
	StaticBroker         Source = 4 // server.properties and flags
	Default              Source = 5
	DynamicBrokerLogger  Source = 6
	DynamicClientMetrics Source = 7
	DynamicGroup         Source = 8
)

var sourceNames = [...]string{"unknown", "topic", "broker (dynamic)", "all brokers (dynamic)", "broker (static)",
	"default",
	"broker's logger", "client metrics", "group"}

func (s Source) String() string { return sourceNames[s] }

// Value is one config's value and its origins, as DescribeConfigs shows them.
type Value struct {
	Def      *Def
	Text     string // "" if Null
	Given    string // as it was written
	Null     bool
	Source   Source
	Synonyms []SynonymValue // what could have given the value, the strongest first
}

// SynonymValue is one place a value can come from.
type SynonymValue struct {
	Name, Text string
	Source     Source
}

// Values is what brokers' and topics' snapshots have in common: typed access by name. It never changes. Asking
// for a name that is not in the table, or as another type, is a bug and panics.
type Values struct {
	set    *Set
	values []parsed // by the set's order
	source []Source
}

func (v *Values) get(name string, types ...Type) *parsed {
	i, ok := v.set.byName[name]
	if !ok {
		panic("config: unknown " + v.set.what + " config " + name)
	}
	if d := &v.set.defs[i]; !slices.Contains(types, d.Type) {
		panic("config: " + name + " was asked for as " + types[0].String() + " but is a " + d.Type.String())
	}
	return &v.values[i]
}

// Bool returns a boolean.
func (v *Values) Bool(name string) bool { return v.get(name, Boolean).num != 0 }

// Int returns an int or a short.
func (v *Values) Int(name string) int { return int(v.get(name, Int, Short).num) }

// Long returns any whole number.
func (v *Values) Long(name string) int64 { return v.get(name, Long, Int, Short).num }

// Millis returns a number of milliseconds as a duration. One too long for a duration, and -1 for none, become
// the longest.
func (v *Values) Millis(name string) time.Duration {
	ms := v.Long(name)
	if ms < 0 || ms > maxLong/int64(time.Millisecond) {
		return maxLong
	}
	return time.Duration(ms) * time.Millisecond
}

// Millionths returns a double in millionths, rounded towards zero.
func (v *Values) Millionths(name string) int64 { return v.get(name, Double).num }

// Percent returns a double in hundredths, rounded towards zero.
func (v *Values) Percent(name string) int { return int(v.Millionths(name) / (millionths / 100)) }

// Text returns a string, the name of a class, or a password; "" where it is null.
func (v *Values) Text(name string) string { return v.get(name, String, Class, Password).text }

// List returns a list, nil where it is null or empty. It must not be changed.
func (v *Values) List(name string) []string { return v.get(name, List).list }

// IsNull reports whether a config has neither a value nor a default.
func (v *Values) IsNull(name string) bool { return v.values[v.index(name)].null }

// Source returns where a value came from.
func (v *Values) Source(name string) Source { return v.source[v.index(name)] }

func (v *Values) index(name string) int {
	i, ok := v.set.byName[name]
	if !ok {
		panic("config: unknown " + v.set.what + " config " + name)
	}
	return i
}

// layer is the values of one source, by name.
type layer struct {
	source Source
	values map[string]parsed
	order  []string // names as they came first
}

// newLayer checks entries against a set. A later entry of a name replaces an earlier one. The error names
// every entry that is wrong, one a line.
func newLayer(set *Set, source Source, entries []Entry) (layer, error) {
	l := layer{source: source, values: make(map[string]parsed, len(entries))}
	var errs []error
	for _, e := range entries {
		d, ok := set.Find(e.Name)
		if !ok && keepsUnknown(set, source, e) {
			d, ok = &Def{Name: e.Name}, true
		}
		if !ok {
			errs = append(errs, unknownName(set, e))
			continue
		}
		p, err := d.parse(e.Value)
		if err != nil {
			errs = append(errs, badValue(set, d, e, err))
			continue
		}
		if _, twice := l.values[e.Name]; !twice {
			l.order = append(l.order, e.Name)
		}
		l.values[e.Name] = p
	}
	return l, errors.Join(errs...)
}

// keepsUnknown reports whether a name that no table has is kept, as in Kafka, where it may belong to a plugin: of a
// broker, from its file or over the wire. One on the command line is a mistake.
func keepsUnknown(set *Set, source Source, e Entry) bool {
	return set.what == "broker" && (e.InFile || source != StaticBroker)
}

func unknownName(set *Set, e Entry) error {
	return fmt.Errorf("%sunknown %s config %s%s", place(e), set.what, shown(e.Name), set.Hint(e.Name))
}

func badValue(set *Set, d *Def, e Entry, err error) error {
	value := shown(e.Value)
	if d.Sensitive() {
		value = "(hidden)"
	}
	return fmt.Errorf("%s%s config %s: value %s %w", place(e), set.what, e.Name, value, err)
}

func place(e Entry) string {
	if e.Origin == "" {
		return ""
	}
	return e.Origin + ": "
}

const shownBytesMax = 80 // of a wrong name or value in an error

func shown(s string) string {
	if len(s) > shownBytesMax {
		return fmt.Sprintf("%q... (%d bytes)", strings.ToValidUTF8(s[:shownBytesMax], ""), len(s))
	}
	return fmt.Sprintf("%q", s)
}

// defaultOf is the value a definition has by itself.
func (d *Def) defaultOf() parsed {
	if !d.HasDefault {
		return parsed{null: true}
	}
	p, err := d.parse(d.Default)
	if err != nil {
		panic(fmt.Sprintf("config: the default %q of %s %v: the table is wrong", d.Default, d.Name, err))
	}
	return p
}
