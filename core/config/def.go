package config

import "strconv"

// Type is the type of a value, numbered as DescribeConfigs numbers it.
type Type int8

// The types of values.
const (
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

var typeNames = [...]string{"unknown", "boolean", "string", "int", "short", "long", "double", "list", "class", "password"}

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

// Mode says how a broker config may be changed while the broker runs.
type Mode int8

// The modes.
const (
	ReadOnly    Mode = iota // only with a restart
	PerBroker               // by the wire, for one broker or for all
	ClusterWide             // by the wire, likewise; the value is meant to be the same everywhere
)

func (m Mode) String() string { return [...]string{"read-only", "per-broker", "cluster-wide"}[m] }

// Def defines one config.
type Def struct {
	Name       string
	Type       Type
	Default    string // "" with HasDefault false: null
	HasDefault bool
	Importance Importance
	Mode       Mode // broker configs only
	Limit      Limit
	Internal   bool   // Kafka's tests use it; it is not listed
	Unused     string // why Gregor accepts it and does nothing with it; "" if it is used
	Differs    string // why the default is not Kafka's; "" if it is
	Doc        string // one sentence
	// Synonyms are the broker configs a topic config falls back to, the strongest first; of a broker config,
	// the names it shares a meaning with, itself included, or nil.
	Synonyms []Synonym
}

// Synonym is a broker config that gives a default. Its value times Unit is the value in the unit of the config
// it stands for.
type Synonym struct {
	Name string
	Unit int64
}

// Sensitive reports whether the value must not be shown.
func (d *Def) Sensitive() bool { return d.Type == Password }

// Limit says which values a config takes beyond its type. The zero Limit takes all.
type Limit struct {
	Kind     LimitKind
	Min, Max int64
	OneOf    []string
}

// LimitKind says which fields of a Limit matter.
type LimitKind int8

// The kinds of limits.
const (
	NoLimit    LimitKind = iota
	Between              // Min <= value <= Max
	BetweenOr1           // the same, or -1
	OneOf                // one of OneOf, or for a list: only these
	OneOfFold            // the same, upper and lower case being the same
	Replicas             // "*", or partition:broker pairs
	NonEmpty             // not empty
)

func atLeast(min int64) Limit            { return Limit{Kind: Between, Min: min, Max: maxLong} }
func between(min, max int64) Limit       { return Limit{Kind: Between, Min: min, Max: max} }
func betweenOrMinus1(lo, hi int64) Limit { return Limit{Kind: BetweenOr1, Min: lo, Max: hi} }
func oneOf(names ...string) Limit        { return Limit{Kind: OneOf, OneOf: names} }
func oneOfFold(names ...string) Limit    { return Limit{Kind: OneOfFold, OneOf: names} }

const (
	maxInt  = 1<<31 - 1
	maxLong = 1<<63 - 1
)

// String says what the limit takes, to end the sentence "it takes ...".
func (l Limit) String() string {
	switch l.Kind {
	case Between:
		if l.Max == maxLong {
			return strconv.FormatInt(l.Min, 10) + " or more"
		}
		return strconv.FormatInt(l.Min, 10) + " to " + strconv.FormatInt(l.Max, 10)
	case BetweenOr1:
		return strconv.FormatInt(l.Min, 10) + " to " + strconv.FormatInt(l.Max, 10) + ", or -1"
	case OneOf, OneOfFold:
		return quotedAlternatives(l.OneOf)
	case Replicas:
		return "* or partition:broker,partition:broker"
	case NonEmpty:
		return "a value that is not empty"
	}
	return "anything"
}
