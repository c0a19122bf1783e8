package main

import (
	"os"

	"gregor/cmd/internal/progress"
)

// bar counts work on stderr for a person; with --json there is none.
func bar(json bool, total int64, unit string) *progress.Bar {
	if json {
		return nil
	}
	return progress.New(os.Stderr, total, unit)
}
