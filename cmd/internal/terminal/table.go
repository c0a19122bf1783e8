package terminal

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Style is how a terminal shows a piece of text: the parameter of the escape sequence.
type Style string

// The styles.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Coloured reports whether out shows styles: a terminal does, unless NO_COLOR is set or TERM is dumb.
func Coloured(out io.Writer) bool {
	return Is(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// Is reports whether a stream is a terminal: a person reads what is written to it, or types what is read from it.
func Is(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Paint returns text in this style.
func (s Style) Paint(text string, coloured bool) string {
	if !coloured || s == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// Cell is one field of a table.
type Cell struct {
	Text  string
	Style Style
}

// Table is text in columns. A column of numbers is set flush right.
type Table struct {
	Head []string
	rows [][]Cell
}

// Add appends a row. A field may be a [Cell], to give it a style.
func (t *Table) Add(fields ...any) {
	row := make([]Cell, len(fields))
	for i, f := range fields {
		c, ok := f.(Cell)
		if !ok {
			c.Text = fmt.Sprint(f)
		}
		c.Text = Printable(c.Text)
		row[i] = c
	}
	t.rows = append(t.rows, row)
}

// Empty reports whether the table has no rows.
func (t *Table) Empty() bool { return len(t.rows) == 0 }

// HideEmpty removes the named columns in which every row holds "-".
func (t *Table) HideEmpty(heads ...string) {
	for _, head := range heads {
		i := slices.Index(t.Head, head)
		if slices.ContainsFunc(t.rows, func(row []Cell) bool { return row[i].Text != "-" }) {
			continue
		}
		t.Head = slices.Delete(t.Head, i, i+1)
		for r := range t.rows {
			t.rows[r] = slices.Delete(t.rows[r], i, i+1)
		}
	}
}

// Write prints the table.
func (t *Table) Write(out io.Writer) {
	widths, numbers := t.measure()
	coloured := Coloured(out)
	head := make([]Cell, len(t.Head))
	for i, h := range t.Head {
		head[i] = Cell{h, Dim}
	}
	for _, row := range append([][]Cell{head}, t.rows...) {
		line := ""
		for i, c := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.Text))
			switch {
			case numbers[i]:
				line += gap + c.Style.Paint(c.Text, coloured) + "  "
			case i == len(row)-1:
				line += c.Style.Paint(c.Text, coloured)
			default:
				line += c.Style.Paint(c.Text, coloured) + gap + "  "
			}
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

func (t *Table) measure() (widths []int, numbers []bool) {
	widths, numbers = make([]int, len(t.Head)), make([]bool, len(t.Head))
	for i, h := range t.Head {
		widths[i], numbers[i] = utf8.RuneCountInString(h), len(t.rows) > 0
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].Text))
			numbers[i] = numbers[i] && isNumber(row[i].Text)
		}
	}
	return widths, numbers
}

func isNumber(text string) bool {
	return text == "-" || text != "" && strings.Trim(text, "0123456789.-+") == ""
}
