package env

import "testing"

// TestForks: a stream is forked from its parent once, whichever copy of the parent is asked.
func TestForks(t *testing.T) {
	root := NewRand(1)
	copied := root
	first := root.Fork("uuids")
	for name, again := range map[string]func(){
		"by the parent":             func() { root.Fork("uuids") },
		"by a copy of it":           func() { copied.Fork("uuids") },
		"the n-th":                  func() { copied.ForkN("log", 3) },
		"of a stream that was made": func() { first.Fork("one"); first.Fork("one") },
		"of a stream without a root": func() {
			var r Rand
			r.Fork("one")
			r.Fork("one")
		},
	} {
		if name == "the n-th" {
			root.ForkN("log", 3)
		}
		if !panics(again) {
			t.Errorf("a stream that is forked twice %s draws the same numbers, and nothing stops it", name)
		}
	}
	second, third := root.ForkN("log", 4), root.ForkN("log", 5)
	if second.Uint64() == third.Uint64() {
		t.Error("two streams of one label are the same")
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
