package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// bounded is a flag's value with bounds. What was said and lies outside of them is refused: a zero never means that
// nothing was said.
type bounded[T cmp.Ordered] struct {
	to          *T
	least, most T
	kind        string // for the help: int, duration...
	wanted      string // "a number of 1 or more"
	parse       func(string) (T, error)
	show        func(T) string
}

func (n *bounded[T]) Set(text string) error {
	v, err := n.read(text)
	if err == nil {
		*n.to = v
	}
	return err
}

func (n *bounded[T]) read(text string) (T, error) {
	v, err := n.parse(strings.TrimSpace(text))
	if err != nil || !(v >= n.least && v <= n.most) { // which no NaN is
		return v, fmt.Errorf("it takes %s", n.wanted)
	}
	return v, nil
}

func (n *bounded[T]) String() string {
	if n.to == nil { // pflag asks a zero value what a zero looks like
		return ""
	}
	return n.show(*n.to)
}

func (n *bounded[T]) Type() string { return n.kind }

// integer is any of Go's integers that a flag may have.
type integer interface {
	~int | ~int16 | ~int32 | ~uint64
}

// between is a whole number from least to most.
func between[T integer](to *T, value, least, most T) *bounded[T] {
	*to = value
	wanted := fmt.Sprintf("a whole number of %d or more", least)
	if most < largest[T]() {
		wanted = fmt.Sprintf("a whole number from %d to %d", least, most)
	}
	return &bounded[T]{to, least, most, "int", wanted, wholeNumber[T], func(v T) string { return fmt.Sprint(v) }}
}

// atLeast is a whole number that is not below least.
func atLeast[T integer](to *T, value, least T) *bounded[T] {
	return between(to, value, least, largest[T]())
}

// largest is the largest value of T.
func largest[T integer]() T {
	switch any(T(0)).(type) {
	case int16:
		return T(any(int16(math.MaxInt16)).(T))
	case int32:
		return T(any(int32(math.MaxInt32)).(T))
	case uint64:
		return T(any(uint64(math.MaxUint64)).(T))
	}
	return T(any(int(math.MaxInt)).(T))
}

func wholeNumber[T integer](text string) (T, error) {
	if any(largest[T]()) == any(uint64(math.MaxUint64)) {
		n, err := strconv.ParseUint(text, 10, 64)
		return T(n), err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && int64(T(n)) != n {
		err = strconv.ErrRange
	}
	return T(n), err
}

// durationOf is a time of at least least.
func durationOf(to *time.Duration, value, least time.Duration) *bounded[time.Duration] {
	*to = value
	wanted := fmt.Sprintf("a time of %v or more, such as 500ms, 90s or 1h30m", least)
	return &bounded[time.Duration]{to, least, math.MaxInt64, "duration", wanted, time.ParseDuration, time.Duration.String}
}

// rateOf is so many a second; value is what counts if nothing was said, and may be outside of what can be said.
func rateOf(to *float64, value float64) *bounded[float64] {
	*to = value
	return &bounded[float64]{to, math.SmallestNonzeroFloat64, math.MaxFloat64, "float", "a number above 0",
		func(text string) (float64, error) { return strconv.ParseFloat(text, 64) },
		func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }}
}

// boundedList is a list of whole numbers with commas between; said twice, the lists are joined.
type boundedList[T integer] struct {
	to   *[]T
	each *bounded[T]
	said bool
}

// listOf is a list of whole numbers that are not below least.
func listOf[T integer](to *[]T, least T) *boundedList[T] {
	return &boundedList[T]{to: to, each: atLeast(new(T), 0, least)}
}

func (n *boundedList[T]) Set(text string) error {
	var all []T
	for _, part := range strings.Split(text, ",") {
		v, err := n.each.read(part)
		if err != nil {
			return fmt.Errorf("%w, or several with commas", err)
		}
		all = append(all, v)
	}
	if !n.said {
		*n.to = nil
	}
	n.said = true
	*n.to = append(*n.to, all...)
	return nil
}

func (n *boundedList[T]) String() string {
	if n.to == nil || len(*n.to) == 0 { // nothing to show as a default
		return ""
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(*n.to), " ", ","), "[]")
}

func (n *boundedList[T]) Type() string { return "ints" }

var (
	_ pflag.Value = (*bounded[int])(nil)
	_ pflag.Value = (*boundedList[int])(nil)
)

// countOrDefault is a number of 1 or more; -1 leaves it to the broker, as Kafka's protocol does.
func countOrDefault[T int16 | int32](to *T) *bounded[T] {
	n := atLeast(to, -1, 1)
	n.wanted += ", or -1 for the broker's default"
	n.parse = func(text string) (T, error) {
		v, err := wholeNumber[T](text)
		if v == 0 {
			err = strconv.ErrRange
		}
		return v, err
	}
	n.least = -1
	return n
}
