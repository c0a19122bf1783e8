package main

import (
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows progress to a person; a program gets none.
type bar struct{ p *progressbar.ProgressBar }

func progress(o runOptions, n int) bar {
	if o.json || !term.IsTerminal(int(os.Stderr.Fd())) {
		return bar{}
	}
	return bar{progressbar.NewOptions(n, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("runs"), progressbar.OptionClearOnFinish())}
}

func (b bar) add(n int) {
	if b.p != nil {
		_ = b.p.Add(n) // a bar that cannot be drawn is no reason to stop
	}
}

func (b bar) end() {
	if b.p != nil {
		_ = b.p.Finish()
	}
}
