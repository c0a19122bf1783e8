package env

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every type that has a Line is declared as a fact, once.
func TestEveryFactIsDeclared(t *testing.T) {
	var listed []string
	for _, f := range EveryFact() {
		listed = append(listed, reflect.TypeOf(f).Name())
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	line := regexp.MustCompile(`(?m)^func \(\w* ?(\w+)\) +Line\(`)
	var types []string
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			types = append(types, m[1])
		}
	}
	require.ElementsMatch(t, types, listed, "a fact has one line var _ = declare(X{}) below its type")
	require.Len(t, HistoryFacts(), len(listed)-4, "Rolled, Logged, LoggerSet and RequestFailed are for the host")
}
