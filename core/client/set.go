package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gregor/core/near"
)

// setting is one named configuration value of a client: what it takes, what it is for, how it is read and shown.
type setting struct {
	name, takes, text string
	parse             func(value string) error
	show              func() string // the present value
}

// SettingInfo describes a setting of a client to people.
type SettingInfo struct {
	Name    string
	Takes   string // what its value looks like
	Default string // "": none
	Text    string // one sentence
}

// none is the present value of a setting that has none to show.
func none() string { return "" }

// describe lists settings in their order of declaration.
func describe(all []setting) []SettingInfo {
	out := make([]SettingInfo, len(all))
	for i, s := range all {
		out[i] = SettingInfo{s.name, s.takes, s.show(), s.text}
	}
	return out
}

// apply sets the setting called name, or returns which name was probably meant.
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
	text := fmt.Sprintf("unknown %s setting %q", kind, name)
	if meant := near.Name(name, names(all)); meant != "" {
		text += fmt.Sprintf("; did you mean %q?", meant)
	}
	return fmt.Errorf("%s", text)
}

// names lists the settings' names in their order of declaration.
func names(all []setting) []string {
	out := make([]string, len(all))
	for i, s := range all {
		out[i] = s.name
	}
	return out
}

// millis is a whole number of milliseconds between lo and hi, as Kafka writes durations.
func millis(name string, to *time.Duration, lo, hi int64, text string) setting {
	return setting{name, "MS", text, func(v string) error {
		n, err := wholeNumber(v, lo, hi)
		*to = pick(err == nil, time.Duration(n)*time.Millisecond, *to)
		return err
	}, func() string { return strconv.FormatInt(to.Milliseconds(), 10) }}
}

// whole is a whole number between lo and hi.
func whole[T ~int | ~int16 | ~int32 | ~int64](name string, to *T, lo, hi int64, text string) setting {
	return setting{name, "N", text, func(v string) error {
		n, err := wholeNumber(v, lo, hi)
		*to = pick(err == nil, T(n), *to)
		return err
	}, func() string { return strconv.FormatInt(int64(*to), 10) }}
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
func truth(name string, to *bool, text string) setting {
	return setting{name, "true|false", text, func(v string) error {
		b, err := strconv.ParseBool(v)
		if err != nil {
			return fmt.Errorf("want true or false")
		}
		*to = b
		return nil
	}, func() string { return strconv.FormatBool(*to) }}
}

// text is any string.
func text(name string, to *string, text string) setting {
	return setting{name, "TEXT", text, func(v string) error { *to = v; return nil }, func() string { return *to }}
}

// choice is one of a few words.
func choice[T comparable](name string, to *T, words []string, values []T, text string) setting {
	return setting{name, strings.Join(words, "|"), text, func(v string) error {
		for i, w := range words {
			if strings.EqualFold(w, v) {
				*to = values[i]
				return nil
			}
		}
		return fmt.Errorf("want one of %s", strings.Join(words, ", "))
	}, func() string {
		for i, v := range values {
			if v == *to {
				return words[i]
			}
		}
		return ""
	}}
}

// list is a comma-separated list without empty parts.
func list(name string, to *[]string, takes, text string) setting {
	return setting{name, takes, text, func(v string) error {
		var out []string
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
		*to = out
		return nil
	}, func() string { return strings.Join(*to, ",") }}
}
