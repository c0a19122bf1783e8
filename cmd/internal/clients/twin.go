package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// twinPart is the part that compares Gregor with Apache Kafka, response by response. It starts both itself.
const twinPart = "twin"

func (s *suite) twin(ctx context.Context, b built) {
	s.tally.client = twinPart
	program := filepath.Join(b.dir, "twin")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./twin")
	build.Dir = s.source
	if out, err := build.CombinedOutput(); err != nil {
		s.tally.step("compiles", func() error { return errors.Join(err, fmt.Errorf("%s", out)) })
		return
	}
	s.program(ctx, s.source, nil, program, "--jars", filepath.Join(s.cache, "java"), "--gregor", b.binary, "--max")
}
