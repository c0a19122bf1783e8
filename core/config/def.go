package config

import (
	"strconv"
	"strings"
)

// Type is the type of a value, numbered as DescribeConfigs numbers it.
type Type int8

// The types of values.
const (
	Unknown  Type = 0 // of a name that no table has
	Boolean  Type = 1
	String   Type = 2
	Int      Type = 3 // 32 bits
	Short    Type = 4
	Long     Type = 5
	Double   Type = 6 // kept as millionths: see [Values.Millionths]
	List     Type = 7 // comma separated
	Class    Type = 8 // the name of a Java class
	Password Type = 9 // never shown
)

var typeNames = [...]string{"unknown", "boolean", "string", "int", "short", "long", "double", "list", "class",
	"password"}

func (t Type) String() string { return typeNames[t] }

// Importance is Kafka's judgement of how often a config needs thought.
type Importance int8

// The importances.
const (
	Low Importance = iota
	Medium
	High
)

func (i Importance) String() string { return [...]string{"low", "medium", "high"}[i] }

// Mode is how a broker config changes while the broker runs.
type Mode int8

// The modes.
const (
	ReadOnly    Mode = iota // with a restart
	PerBroker               // over the wire, for one broker
	PerListener             // over the wire, for one listener of one broker: listener.name.NAME.CONFIG
	ClusterWide             // over the wire, for one broker or for all
)

func (m Mode) String() string {
	return [...]string{"read-only", "per-broker", "per-listener", "cluster-wide"}[m]
}

// Def defines one config. It states the config's effect in Doc, or in Unused that there is none.
type Def struct {
	Name       string
	Type       Type
	Default    string // "" with HasDefault false: null
	HasDefault bool
	Importance Importance
	Mode       Mode // broker configs only
	Limit      Limit
	Internal   bool   // Kafka's tests use it; it is not listed
	Unused     string // why Gregor accepts it without effect; "" if it has one
	Refused    string // why no value but the default is accepted: ignoring one would be dangerous
	Differs    string // what is not as in Kafka, and why; "" if all is
	Doc        string // one sentence
	// Synonyms are the broker configs a config of a topic or group falls back to, the strongest first; of a broker
	// config, the names it shares a meaning with, itself included, or nil.
	Synonyms []Synonym
}

// Synonym is a broker config that gives a default. Its value times Unit is the value in the unit of the config
// it stands for.
type Synonym struct {
	Name string
	Unit int64
}

// Sensitive reports whether the value must not be shown.
func (d *Def) Sensitive() bool { return d.Type == Password || d.Type == Unknown }

// Limit is which values a config accepts beyond its type. The zero Limit accepts all. No list but that of [Replicas]
// accepts an empty item.
type Limit struct {
	Kind     LimitKind
	Min, Max int64 // of a double: in millionths
	OneOf    []string
	NotEmpty bool // a text or list has something in it
}

// LimitKind is which fields of a Limit matter.
type LimitKind int8

// The kinds of limits.
const (
	NoLimit    LimitKind = iota
	Between              // Min <= value <= Max
	BetweenOr1           // the same, or -1
	OneOf                // one of OneOf, or for a list: only these
	OneOfFold            // the same, upper and lower case being the same
	Replicas             // "*", or partition:broker pairs
	Addresses            // a list of host:port
	Matches              // a list of selector=pattern, the selectors being OneOf
	AddressMap           // address:number pairs
)

func atLeast(min int64) Limit            { return Limit{Kind: Between, Min: min, Max: maxLong} }
func between(min, max int64) Limit       { return Limit{Kind: Between, Min: min, Max: max} }
func betweenOrMinus1(lo, hi int64) Limit { return Limit{Kind: BetweenOr1, Min: lo, Max: hi} }
func oneOf(names ...string) Limit        { return Limit{Kind: OneOf, OneOf: names} }
func oneOfFold(names ...string) Limit    { return Limit{Kind: OneOfFold, OneOf: names} }
func someOf(names ...string) Limit       { return Limit{Kind: OneOf, OneOf: names, NotEmpty: true} }

var notEmpty = Limit{NotEmpty: true}

const (
	maxInt  = 1<<31 - 1
	maxLong = 1<<63 - 1
)

// describe ends the sentence "must be ...", for values of a type.
func (l Limit) describe(t Type) string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	if t == Double {
		number = millionthsText
	}
	switch l.Kind {
	case Between:
		if l.Max == maxLong {
			return number(l.Min) + " or more"
		}
		return number(l.Min) + " to " + number(l.Max)
	case BetweenOr1:
		return number(l.Min) + " to " + number(l.Max) + ", or -1"
	case OneOf, OneOfFold:
		return quotedAlternatives(l.OneOf)
	case Replicas:
		return "* or partition:broker,partition:broker"
	case Addresses:
		return "host:port,host:port"
	case Matches:
		return "SELECTOR=PATTERN, where SELECTOR is " + quotedAlternatives(l.OneOf)
	case AddressMap:
		return "address:number,address:number"
	}
	return "a value that is not empty"
}

// millionthsText writes millionths as a decimal number without zeros at its end.
func millionthsText(n int64) string {
	whole, fraction := n/millionths, n%millionths
	text := strings.TrimRight(strconv.FormatInt(whole, 10)+"."+strconv.FormatInt(millionths+fraction, 10)[1:], "0")
	return strings.TrimSuffix(text, ".")
}
