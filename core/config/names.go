package config

import (
	"slices"
	"strings"

	"gregor/core/near"
)

// Set is a table of definitions, sorted by name.
type Set struct {
	what   string // "broker", "topic", "group", "client-metrics"
	defs   []Def
	byName map[string]int
}

// The tables of the four kinds of configs.
var (
	Brokers       = newSet("broker", slices.Concat(brokerDefs, unusedBrokerDefs()))
	Topics        = newSet("topic", topicDefs)
	Groups        = newSet("group", groupDefs)
	ClientMetrics = newSet("client-metrics", clientMetricsDefs)
)

func newSet(what string, defs []Def) *Set {
	defs = slices.Clone(defs)
	slices.SortFunc(defs, func(a, b Def) int { return strings.Compare(a.Name, b.Name) })
	s := &Set{what: what, defs: defs, byName: make(map[string]int, len(defs))}
	for i := range defs {
		if _, twice := s.byName[defs[i].Name]; twice {
			panic("config: " + what + " config " + defs[i].Name + " is defined twice")
		}
		s.byName[defs[i].Name] = i
		defs[i].complete()
	}
	if what == "broker" {
		shareSynonyms(s)
	}
	return s
}

// complete fills in what many entries have in common.
func (d *Def) complete() {
	if d.Doc == "" {
		d.Doc = "Known, " + d.Unused
	}
	if d.Type == Class && d.Differs == "" && d.Refused == "" {
		d.Differs = noClassLoaded
	}
}

// shareSynonyms gives each broker config of a family (log.retention.ms, .minutes, .hours) the whole family.
func shareSynonyms(s *Set) {
	for _, t := range topicDefs {
		if len(t.Synonyms) < 2 {
			continue
		}
		for _, syn := range t.Synonyms {
			s.defs[s.byName[syn.Name]].Synonyms = t.Synonyms
		}
	}
}

// All returns every definition, sorted by name. It must not be changed.
func (s *Set) All() []Def { return s.defs }

// Lookup finds a definition by its exact name.
func (s *Set) Lookup(name string) (*Def, bool) {
	i, ok := s.byName[name]
	if !ok {
		return nil, false
	}
	return &s.defs[i], true
}

// Find is Lookup for names a person wrote: a broker's listener prefix stands before names that may differ
// per listener.
func (s *Set) Find(name string) (*Def, bool) {
	if d, ok := s.Lookup(name); ok {
		return d, true
	}
	if s.what != "broker" {
		return nil, false
	}
	rest, ok := strings.CutPrefix(name, "listener.name.")
	if !ok {
		return nil, false
	}
	_, rest, ok = strings.Cut(rest, ".")
	for ok {
		if d, found := s.Lookup(rest); found {
			return d, true
		}
		_, rest, ok = strings.Cut(rest, ".") // a SASL mechanism may stand between
	}
	return nil, false
}

// Nearest returns the name that was probably meant by one that does not exist, and why, or "" if none is near.
func (s *Set) Nearest(name string) (nearest, why string) {
	name = strings.ToLower(strings.TrimSpace(name))
	if _, ok := s.Lookup(name); ok {
		return name, ""
	}
	if found := s.otherTable(name); found != "" {
		return found, " (" + name + " is the name of a " + other(s.what) + " config)"
	}
	dotted := strings.NewReplacer("_", ".", "-", ".").Replace(name)
	best, bestDistance := "", 1+min(len(name)/3, 6)
	for i := range s.defs {
		if s.defs[i].Internal {
			continue
		}
		if d := near.Distance(dotted, s.defs[i].Name, bestDistance); d < bestDistance {
			best, bestDistance = s.defs[i].Name, d
		}
	}
	return best, ""
}

func other(what string) string {
	if what == "broker" {
		return "topic"
	}
	return "broker"
}

// otherTable finds what a name of the other table is called here.
func (s *Set) otherTable(name string) string {
	for i := range topicDefs {
		t := &topicDefs[i]
		if s.what == "broker" && t.Name == name && len(t.Synonyms) > 0 {
			return t.Synonyms[0].Name
		}
		if s.what == "topic" && slices.ContainsFunc(t.Synonyms, func(y Synonym) bool { return y.Name == name }) {
			return t.Name
		}
	}
	return ""
}

// quotedAlternatives writes names as "a", "b" or "c".
func quotedAlternatives(names []string) string {
	var b strings.Builder
	for i, n := range names {
		switch {
		case i > 0 && i == len(names)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(n)
	}
	return b.String()
}
