// Package progress shows a person how far a long command is: a line on a terminal that is redrawn as work is done and
// removed when it ends. A program that reads the output gets nothing, since nothing is drawn where the output is not a
// terminal.
package progress

import (
	"fmt"
	"os"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// Bar is the line. A nil Bar draws nothing, and its methods may be called by several goroutines at once.
type Bar struct {
	lines *mpb.Progress
	line  *mpb.Bar
	text  atomic.Pointer[string]
}

// New draws a line on w that counts up to total units of work; a total of 0 or less counts without an end. It returns
// nil if w is not a terminal.
func New(w *os.File, total int64, unit string) *Bar {
	if !term.IsTerminal(int(w.Fd())) {
		return nil
	}
	b := &Bar{lines: mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))}
	counted := decor.Any(func(s decor.Statistics) string {
		if total <= 0 {
			return fmt.Sprintf(" %d %s", s.Current, unit)
		}
		return fmt.Sprintf(" %d of %d %s", s.Current, s.Total, unit)
	})
	b.line = b.lines.New(max(0, total), filler(total), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(b.described)),
		mpb.AppendDecorators(counted, decor.Elapsed(decor.ET_STYLE_GO, decor.WC{C: decor.DextraSpace})))
	return b
}

// filler draws the bar between the texts; nothing where there is no total to fill it up to.
func filler(total int64) mpb.BarFillerBuilder {
	if total <= 0 {
		return mpb.NopStyle()
	}
	return mpb.BarStyle()
}

func (b *Bar) described(decor.Statistics) string {
	if text := b.text.Load(); text != nil {
		return *text + " "
	}
	return ""
}

// Add counts n more units.
func (b *Bar) Add(n int) {
	if b != nil {
		b.line.IncrBy(n)
	}
}

// Set moves the count to what is done by now.
func (b *Bar) Set(done int64) {
	if b != nil {
		b.line.SetCurrent(done)
	}
}

// Describe writes a text in front of the bar.
func (b *Bar) Describe(format string, args ...any) {
	if b != nil {
		text := fmt.Sprintf(format, args...)
		b.text.Store(&text)
	}
}

// End removes the line.
func (b *Bar) End() {
	if b != nil {
		b.line.SetTotal(-1, true)
		b.line.Abort(true)
		b.lines.Wait()
	}
}
