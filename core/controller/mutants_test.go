//go:build mutants

package controller

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"gregor/core/mutants"
)

// TestWithout plays the conversations with the bugs they name: a file whose bug changes nothing shows nothing.
func TestWithout(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			got := play(t, string(want), func(names string) string { return breaks(t, names, string(want)) })
			if *rewrite {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			require.Equal(t, string(want), got)
		})
	}
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

// breaks plays a file with bugs and says which rule they broke, or else the first line that is not as it should be.
func breaks(t *testing.T, names, text string) string {
	want := play(t, text, nil)
	got := ""
	defer mutants.Plant(t, strings.Fields(names)...)()
	if said := found(func(w *witness) { got = play(w, text, nil) }); said != "" {
		return said
	}
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return strings.TrimSpace(b[i]) + ", in place of: " + strings.TrimSpace(a[i])
		}
	}
	t.Errorf("mutant %s changes nothing", names)
	return "nothing changes"
}

// TestLawsCatchMutants shows that chance and the laws together find the bugs that lose what is committed. NoEpochFence
// takes them some 20,000 lives, and has its conversation.
func TestLawsCatchMutants(t *testing.T) {
	for _, name := range []string{"NoELR", "IgnoreUncleanShutdown", "AllowFencedJoin", "BatchExpire"} {
		t.Run(name, func(t *testing.T) {
			mutants.Plant(t, name)
			for seed := range 5000 {
				if said := rapid.Custom(func(t *rapid.T) string { return found(func(w *witness) { liveWithData(t, w) }) }).Example(seed); said != "" {
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
