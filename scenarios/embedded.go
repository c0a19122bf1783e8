package scenarios

import (
	"embed"
	"strings"
)

//go:embed *.scenario
var files embed.FS

const suffix = ".scenario"

// Embedded returns the text of a scenario that is compiled in.
func Embedded(name string) (string, bool) {
	b, err := files.ReadFile(name + suffix)
	return string(b), err == nil
}

// Names lists the scenarios that are compiled in, sorted.
func Names() []string {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic("scenarios: listing the embedded files: " + err.Error())
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), suffix))
	}
	return names
}
