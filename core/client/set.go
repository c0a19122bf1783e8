package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// setting is one named configuration value of a client.
type setting struct {
	name  string
	parse func(value string) error
}

// apply sets the setting called name, or says which name was probably meant.
func apply(kind string, all []setting, name, value string) error {
	for _, s := range all {
		if s.name != name {
			continue
		}
		if err := s.parse(value); err != nil {
			return fmt.Errorf("%s=%s: %w", name, value, err)
		}
		return nil
	}
	return fmt.Errorf("a %s has no setting %q; did you mean %q?", kind, name, nearest(name, all))
}

// names lists the settings' names in their order of declaration.
func names(all []setting) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.name
	}
	return out
}

func nearest(name string, all []setting) string {
	best, least := "", len(name)+64
	for _, s := range all {
		if d := editDistance(name, s.name); d < least {
			best, least = s.name, d
		}
	}
	return best
}

// editDistance counts the insertions, removals and replacements that turn a into b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// millis is a whole number of milliseconds between lo and hi, as Kafka writes durations.
func millis(name string, to *time.Duration, lo, hi int64) setting {
	return setting{name, func(v string) error {
		n, err := wholeNumber(v, lo, hi)
		*to = pick(err == nil, time.Duration(n)*time.Millisecond, *to)
		return err
	}}
}

// whole is a whole number between lo and hi.
func whole[T ~int | ~int16 | ~int32 | ~int64](name string, to *T, lo, hi int64) setting {
	return setting{name, func(v string) error {
		n, err := wholeNumber(v, lo, hi)
		*to = pick(err == nil, T(n), *to)
		return err
	}}
}

func wholeNumber(v string, lo, hi int64) (int64, error) {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("want a whole number from %d to %d", lo, hi)
	}
	if n < lo || n > hi {
		return 0, fmt.Errorf("%d is not between %d and %d", n, lo, hi)
	}
	return n, nil
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}

// truth is true or false.
func truth(name string, to *bool) setting {
	return setting{name, func(v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("want true or false")
		}
		*to = b
		return nil
	}}
}

// text is any string.
func text(name string, to *string) setting {
	return setting{name, func(v string) error { *to = v; return nil }}
}

// choice is one of a few words.
func choice[T any](name string, to *T, words []string, values []T) setting {
	return setting{name, func(v string) error {
		for i, w := range words {
			if strings.EqualFold(w, v) {
				*to = values[i]
				return nil
			}
		}
		return fmt.Errorf("want one of %s", strings.Join(words, ", "))
	}}
}

// list is a comma-separated list without empty parts.
func list(name string, to *[]string) setting {
	return setting{name, func(v string) error {
		var out []string
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
		*to = out
		return nil
	}}
}
