package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Printable quotes a text that holds what would not be seen, or what a terminal would act on.
func Printable(text string) string {
	for _, r := range text {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return strconv.Quote(text)
		}
	}
	return text
}

// Size returns a number of bytes as a person reads it: 1.5 KiB.
func Size(n int64) string {
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

// Time returns a record's time as a person reads it, in UTC; "-" if it has none.
func Time(millis int64) string {
	if millis < 0 {
		return "-"
	}
	return time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
}

// Number returns n; "-" for a negative one, which stands for what is not known.
func Number[T ~int16 | ~int32 | ~int64](n T) string {
	if n < 0 {
		return "-"
	}
	return strconv.FormatInt(int64(n), 10)
}

// Count returns a number of things: 1 record, 2 records.
func Count[T int | int32 | int64](n T, thing string) string {
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

// IDs returns a list of brokers or partitions: 1,2,3.
func IDs(list []int32) string {
	if len(list) == 0 {
		return "-"
	}
	text := make([]string, len(list))
	for i, id := range list {
		text[i] = strconv.Itoa(int(id))
	}
	return strings.Join(text, ",")
}

// JSON writes one JSON object on a line of its own.
func JSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Shortened returns the beginning of a text, for an error.
func Shortened(text string) string {
	if len(text) > 60 {
		return text[:60] + "…"
	}
	return text
}

// Bytes returns a key or value as a person reads it.
func Bytes(b []byte) string {
	if b == nil {
		return "null"
	}
	return Printable(string(b))
}

// TextOrBytes returns b as a text if it is one, and as bytes if not.
func TextOrBytes(b []byte) (*string, []byte) {
	if b == nil || !utf8.Valid(b) {
		return nil, b
	}
	text := string(b)
	return &text, nil
}

// SortedKeys returns the names that a map holds.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Header is a record's header as the commands print it. A name may come twice, and the order of headers counts.
type Header struct {
	Key         string  `json:"key"`
	Value       *string `json:"value"`
	ValueBase64 []byte  `json:"value_base64,omitempty"`
}

// Cut returns the first columns of a line, with … at its end if there is more.
func Cut(line string, columns int) string {
	r := []rune(line)
	if len(r) <= columns {
		return line
	}
	return string(r[:max(0, columns-1)]) + "…"
}
