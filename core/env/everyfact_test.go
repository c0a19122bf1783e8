package env

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEveryFactIsListed compares EveryFact with the types that this package declares as facts.
func TestEveryFactIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, f := range EveryFact() {
		listed[reflect.TypeOf(f).Name()] = true
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	declaration := regexp.MustCompile(`(?m)^func \((\w+)\) +isFact\(\)`)
	declared := map[string]bool{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		for _, m := range declaration.FindAllStringSubmatch(string(text), -1) {
			declared[m[1]] = true
		}
	}
	require.Equal(t, declared, listed, "a new fact goes into EveryFact as well")
}
