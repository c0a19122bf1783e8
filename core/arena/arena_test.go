package arena_test

import (
	"strings"
	"testing"

	"gregor/core/arena"
)

// What was kept is never touched again, and what outgrew its room is not kept.
func TestWhatWasKeptIsNotOverwritten(t *testing.T) {
	var a arena.Arena
	var kept [][]byte
	for n := range 2000 {
		b := a.Tail(64)
		for range 1 + n%200 {
			b = append(b, byte(n))
		}
		kept = append(kept, a.Keep(b))
	}
	for n, b := range kept {
		if string(b) != strings.Repeat(string([]byte{byte(n)}), 1+n%200) {
			t.Fatalf("answer %d was overwritten: %v", n, b)
		}
	}
}
