package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func sortedKeys[K int16 | string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// report prints what the list does not permit, and what it permits for nothing, in the lines of the client suite. It
// reports whether there was neither.
func (t *table) report(w io.Writer) bool {
	failed := 0
	fail := func(format string, args ...any) {
		failed++
		fmt.Fprintf(w, "FAIL "+format+"\n", args...)
	}
	for _, text := range t.unlisted() {
		fail("unlisted: %s", text)
	}
	for _, p := range t.unused() {
		fail("unused: differences.txt:%d: no difference needs it any more (%s)", p.number, p.reason)
	}
	for _, key := range t.neverAsked() {
		fail("never asked: %s (key %d), which both serve", kmsg.NameForKey(key), key)
	}
	passed := 0
	if summary := fmt.Sprintf("%d responses compared, %d equal, the others as differences.txt lists them", t.compared,
		t.equal); failed == 0 {
		passed++
		fmt.Fprintln(w, "ok", summary)
	} else {
		fmt.Fprintf(w, "%d responses compared, %d equal\n", t.compared, t.equal)
		fmt.Fprintln(w, "mend Gregor, or list a difference in differences.txt with its reason; --run NAME --v prints the responses")
	}
	fmt.Fprintf(w, "%d passed, %d failed\n", passed, failed)
	return failed == 0
}

// unlisted are the differences that no line permits, the same in several versions once.
func (t *table) unlisted() []string {
	versions := map[string][]int16{}
	var order []string
	for _, d := range t.differences {
		if permit(t.list, d) != nil {
			continue
		}
		l := d.line()
		text := fmt.Sprintf("%s | %s | %s | %s", l[0], l[1], l[2], l[3])
		if versions[text] == nil {
			order = append(order, text)
		}
		versions[text] = append(versions[text], d.version)
	}
	for i, text := range order {
		order[i] = fmt.Sprintf("%s  (v%v)", text, slices.Compact(versions[text]))
	}
	return order
}

// unused are the lines that permitted nothing although what they are about was held.
func (t *table) unused() []*permitted {
	var out []*permitted
	for _, p := range t.list {
		if p.matched == 0 && (!p.old || !t.max) && (t.run == nil || p.only(t.run)) {
			out = append(out, p)
		}
	}
	return out
}

// neverAsked are the APIs that both serve and that no conversation asks for.
func (t *table) neverAsked() []int16 {
	if t.run != nil {
		return nil
	}
	return slices.DeleteFunc(sortedKeys(t.versions), func(key int16) bool { return t.asked[key] > 0 })
}
