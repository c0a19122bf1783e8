// Command wasm runs tokens and prints the hash of each: the simulator as the web page runs it. The test beside
// it builds it for GOOS=js GOARCH=wasm, runs it under Node, and compares with a native run.
package main

import (
	"fmt"
	"os"

	"gregor/scenarios"
)

func main() {
	for _, arg := range os.Args[1:] {
		t, err := scenarios.ParseToken(arg)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(64)
		}
		fmt.Println(Line(t))
	}
}

// Line is what is compared: the token, the verdict, and the hash over every event, byte and fact.
func Line(t scenarios.Token) string {
	r := scenarios.Do(t, scenarios.Options{})
	return fmt.Sprintf("%s %s %016x %d", t, r.Verdict, r.Hash, r.Stats.Events)
}
