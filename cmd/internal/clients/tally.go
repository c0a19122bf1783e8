package main

import (
	"fmt"
	"strings"
	"time"
)

// tally counts and prints steps.
type tally struct {
	client         string
	passed, failed int
}

// step runs one step.
func (t *tally) step(name string, f func() error) {
	begin := time.Now()
	err := f()
	if err == nil {
		t.passed++
		fmt.Printf("ok    %s: %s (%.1fs)\n", t.client, name, time.Since(begin).Seconds())
		return
	}
	t.failed++
	fmt.Printf("FAIL  %s: %s: %v\n", t.client, name, err)
}

// line passes on a line of a program that prints steps itself, and counts it.
func (t *tally) line(text string) {
	status, rest, _ := strings.Cut(text, " ")
	switch status {
	case "ok":
		t.passed++
	case "FAIL":
		t.failed++
	default:
		fmt.Println("      " + text)
		return
	}
	fmt.Printf("%-5s %s: %s\n", status, t.client, strings.TrimSpace(rest))
}
