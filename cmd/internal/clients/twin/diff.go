package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// compare calls differs for every place in which two normalised values differ: its path, and both values as JSON. Lists
// whose elements have names are compared by name; the order within lists does not count.
func compare(path string, a, b any, differs func(path, a, b string)) {
	if asJSON(a) == asJSON(b) {
		return
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			compareFields(path, x, y, differs)
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			compareLists(path, x, y, differs)
			return
		}
	}
	differs(path, asJSON(a), asJSON(b))
}

func compareFields(path string, x, y map[string]any, differs func(path, a, b string)) {
	both := maps.Clone(x)
	maps.Copy(both, y)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		compare(path+"."+name, x[name], y[name], differs)
	}
}

func compareLists(path string, x, y []any, differs func(path, a, b string)) {
	if slices.Equal(sortedTexts(x), sortedTexts(y)) {
		return
	}
	byName, okX := named(x)
	other, okY := named(y)
	switch {
	case okX && okY && share(byName, other):
		compareNamed(path, byName, other, differs)
	case len(x) == len(y):
		for i := range x {
			compare(fmt.Sprintf("%s[%d]", path, i), x[i], y[i], differs)
		}
	default:
		differs(path, asJSON(x), asJSON(y))
	}
}

func sortedTexts(list []any) (out []string) {
	for _, e := range list {
		out = append(out, asJSON(e))
	}
	slices.Sort(out)
	return out
}

// named maps the elements of a list by name; false if some have none, or one twice.
func named(list []any) (map[string]any, bool) {
	out := map[string]any{}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, false
		}
		out[nameOf(m)] = e
	}
	return out, len(out) == len(list)
}

// share reports whether comparing by name leads anywhere.
func share(x, y map[string]any) bool {
	for name := range x {
		if _, ok := y[name]; ok {
			return true
		}
	}
	return len(x) != len(y)
}

func compareNamed(path string, x, y map[string]any, differs func(path, a, b string)) {
	both := maps.Clone(x)
	maps.Copy(both, y)
	for _, name := range slices.Sorted(maps.Keys(both)) {
		at := path + "[" + name + "]"
		switch {
		case y[name] == nil:
			differs(at, asJSON(x[name]), absent)
		case x[name] == nil:
			differs(at, absent, asJSON(y[name]))
		default:
			compare(at, x[name], y[name], differs)
		}
	}
}

const absent = "(absent)"

// nameFields are the fields by which elements of lists are named; a topic's id names it only if nothing else does.
var nameFields = []string{"Topic", "Type", "ResourceName", "Group", "GroupID", "Name", "Feature", "Partition", "NodeID",
	"MemberID", "Key", "Dir", "base"}

func nameOf(m map[string]any) string {
	var parts []string
	for _, f := range nameFields {
		if x, ok := m[f]; ok && x != "" && x != nil {
			parts = append(parts, fmt.Sprint(x))
		}
	}
	if id, ok := m["TopicID"]; ok && len(parts) == 0 {
		return fmt.Sprint(id)
	}
	return strings.Join(parts, "/")
}

func asJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("twin: %T does not become JSON: %v", v, err))
	}
	return strings.TrimSuffix(b.String(), "\n")
}
