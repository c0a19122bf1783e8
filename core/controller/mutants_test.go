//go:build mutants

package controller

import (
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"gregor/core/mutants"
	"gregor/internal/conversation"
)

// TestWithout plays the conversations with the bugs they name: a file whose bug changes nothing shows nothing.
func TestWithout(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string {
		return conversation.Without(t, text, func(names ...string) string { return breaks(t, text, names) })
	})
}

// witness is a tester whose first failure ends what it watches.
type witness struct{ said string }

func (w *witness) FailNow()                     { panic(w) }
func (w *witness) Fatalf(f string, args ...any) { w.Errorf(f, args...); panic(w) }
func (w *witness) Errorf(f string, args ...any) {
	w.said = fmt.Sprintf(f, args...)
	if m := regexp.MustCompile(`Messages:\s*(.*)`).FindStringSubmatch(w.said); m != nil {
		w.said = m[1]
	}
}

// breaks plays a file with bugs and returns the rule they broke, or else the first line that is not as it should be.
func breaks(t *testing.T, text string, names []string) string {
	want := play(t, text)
	got := ""
	defer mutants.Plant(t, names...)()
	if said := found(func(w *witness) { got = play(w, text) }); said != "" {
		return said
	}
	return conversation.Instead(want, got)
}

// TestLawsCatchMutants shows that chance and the laws together find the bugs that lose what is committed. NoEpochFence
// takes them some 20,000 lives, and has its conversation.
func TestLawsCatchMutants(t *testing.T) {
	for _, name := range []string{"NoELR", "IgnoreUncleanShutdown", "AllowFencedJoin", "BatchExpire"} {
		t.Run(name, func(t *testing.T) {
			mutants.Plant(t, name)
			for seed := range 5000 {
				if said := rapid.Custom(func(t *rapid.T) string {
					return found(func(w *witness) {
						liveWithData(t,
							w)
					})
				}).Example(seed); said != "" {
					t.Logf("found with seed %d: %s", seed, said)
					return
				}
			}
			t.Errorf("%s is not found in 5000 runs", name)
		})
	}
}

// found plays something and says what was wrong, if anything was.
func found(play func(*witness)) (said string) {
	w := &witness{}
	defer func() {
		if p := recover(); p == w {
			said = w.said
		} else if p != nil {
			panic(p)
		}
	}()
	play(w)
	return ""
}
