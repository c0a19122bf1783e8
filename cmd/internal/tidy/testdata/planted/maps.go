package planted

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"
)

func ranges(m map[string]int, s []int) []string {
	for k := range m { // want "a range over a map is banned in core; use slices.Sorted(maps.Keys(m))"
		println(k)
	}
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	var never []string
	for k := range m { // want "a range over a map is banned"
		never = append(never, k)
	}
	var early []string
	slices.Sort(early)
	for k := range m { // want "a range over a map is banned"
		early = append(early, k)
	}
	var filtered []string
	for k, v := range m {
		if v > len(k) {
			continue
		}
		if v > 3 {
			filtered = append(filtered, k)
		}
	}
	slices.SortFunc(filtered, strings.Compare)
	var first []string
	for k := range m { // want "a range over a map is banned"
		first = append(first, k)
		break
	}
	slices.Sort(first)
	var called []string
	for k := range m { // want "a range over a map is banned"
		called = append(called, strings.ToLower(k))
	}
	slices.Sort(called)
	var elsewhere []string
	for k := range m { // want "a range over a map is banned"
		elsewhere = append(elsewhere, k)
	}
	func() { slices.Sort(elsewhere) }()
	sum := 0
	//tidy:unordered a sum does not depend on the order
	for _, v := range m {
		sum += v
	}
	for i := range s {
		println(i)
	}
	return append(keys, never...)
}

type holder struct{ a, b []string }

func fields(m map[string]int, h, other *holder) {
	for k := range m {
		h.a = append(h.a, k)
	}
	slices.Sort(h.a)
	for k := range m { // want "a range over a map is banned"
		h.b = append(h.b, k)
	}
	slices.Sort(other.b)
}

type table map[int]bool

func walks(t table, m map[string]int) {
	for k := range t { // want "a range over a map is banned"
		println(k)
	}
	_ = slices.Sorted(maps.Keys(m))
	_ = slices.SortedFunc(maps.Values(m), func(a, b int) int { return a - b })
	_ = slices.Collect(maps.Keys(m)) // want "maps.Keys is banned"
	for k, v := range maps.All(m) {  // want "maps.All is banned"
		println(k, v)
	}
	maps.DeleteFunc(m, func(string, int) bool { return true }) // want "maps.DeleteFunc is banned"
	_ = maps.Clone(m)
	_ = reflect.ValueOf(m).MapKeys()  // want "reflect.Value.MapKeys is banned"
	_ = reflect.ValueOf(m).MapRange() // want "reflect.Value.MapRange is banned"
	fmt.Println(m)                    // fmt sorts
}
