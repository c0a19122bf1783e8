package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// style is how a terminal shows a piece of text: the parameter of the escape sequence.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	yellow style = "33"
	cyan   style = "36"
)

// colours says whether out shows styles: a terminal does, unless NO_COLOR asks it not to.
func colours(out io.Writer) bool {
	return isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// isTerminal says whether a person looks at what is written to, or types what is read from, this stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (s style) paint(text string, coloured bool) string {
	if !coloured || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// cell is one field of a table.
type cell struct {
	text  string
	style style
}

// table is text in columns. A column of numbers is set flush right.
type table struct {
	head []string
	rows [][]cell
}

// add appends a row; a field may be a cell to give it a style.
func (t *table) add(fields ...any) {
	row := make([]cell, len(fields))
	for i, f := range fields {
		c, ok := f.(cell)
		if !ok {
			c.text = fmt.Sprint(f)
		}
		c.text = printable(c.text)
		row[i] = c
	}
	t.rows = append(t.rows, row)
}

// hideEmpty takes those of the named columns away that say nothing in any row.
func (t *table) hideEmpty(heads ...string) {
	for _, head := range heads {
		i := slices.Index(t.head, head)
		if slices.ContainsFunc(t.rows, func(row []cell) bool { return row[i].text != "-" }) {
			continue
		}
		t.head = slices.Delete(t.head, i, i+1)
		for r := range t.rows {
			t.rows[r] = slices.Delete(t.rows[r], i, i+1)
		}
	}
}

func (t *table) write(out io.Writer) {
	widths, numbers := t.measure()
	coloured := colours(out)
	head := make([]cell, len(t.head))
	for i, h := range t.head {
		head[i] = cell{h, dim}
	}
	for _, row := range append([][]cell{head}, t.rows...) {
		line := ""
		for i, c := range row {
			gap := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text))
			switch {
			case numbers[i]:
				line += gap + c.style.paint(c.text, coloured) + "  "
			case i == len(row)-1:
				line += c.style.paint(c.text, coloured)
			default:
				line += c.style.paint(c.text, coloured) + gap + "  "
			}
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

func (t *table) measure() (widths []int, numbers []bool) {
	widths, numbers = make([]int, len(t.head)), make([]bool, len(t.head))
	for i, h := range t.head {
		widths[i], numbers[i] = utf8.RuneCountInString(h), len(t.rows) > 0
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].text))
			numbers[i] = numbers[i] && isNumber(row[i].text)
		}
	}
	return widths, numbers
}

func isNumber(text string) bool {
	return text == "-" || text != "" && strings.Trim(text, "0123456789.-+") == ""
}

// printable quotes what would not be seen, or would make a terminal do things.
func printable(text string) string {
	for _, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(text)
		}
	}
	return text
}

// sizeText is a number of bytes as a person reads it.
func sizeText(n int64) string {
	switch {
	case n < 0:
		return "-"
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// timeText is a record's time as a person reads it, in UTC; "-" if it has none.
func timeText(millis int64) string {
	if millis < 0 {
		return "-"
	}
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}

// number is n, or "-" where a negative number says that it is not known.
func number[T ~int16 | ~int32 | ~int64](n T) string {
	if n < 0 {
		return "-"
	}
	return strconv.FormatInt(int64(n), 10)
}

// count is a number of things: 1 record, 2 records.
func count[T int | int32 | int64](n T, thing string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(thing, "ch"):
		thing += "es"
	case strings.HasSuffix(thing, "y"):
		thing = strings.TrimSuffix(thing, "y") + "ies"
	default:
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// ids is a list of brokers or partitions.
func ids(list []int32) string {
	if len(list) == 0 {
		return "-"
	}
	text := make([]string, len(list))
	for i, id := range list {
		text[i] = strconv.Itoa(int(id))
	}
	return strings.Join(text, ",")
}

// emit writes one JSON object on a line of its own.
func emit(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
