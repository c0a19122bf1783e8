// Command tour takes a simulated three-broker cluster through a leader crash, a partition and a power cut, and judges
// what came of it. It is what `gregor` does without arguments, in a program that compiles in half the time: it has no
// network, no client library and no command line.
package main

import (
	"fmt"
	"os"
	"time"

	"gregor/cmd/internal/story"
	"gregor/scenarios"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "tour: takes no arguments; everything else is in: go run ./cmd/gregor --help")
		os.Exit(64)
	}
	story.Tune()
	token, err := scenarios.ParseToken("tour@1")
	if err != nil {
		fmt.Fprintln(os.Stderr, "tour:", err)
		os.Exit(2)
	}
	begin := time.Now()
	r := scenarios.Do(token, scenarios.Options{Trace: story.TraceEvents})
	story.Print(os.Stdout, story.Run{Token: r.Token}, r, time.Since(begin), false)
	if r.Verdict != scenarios.Holds {
		os.Exit(4)
	}
}
