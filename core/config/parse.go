package config

import (
	"fmt"
	"strconv"
	"strings"
)

// parsed is a value in the form its type asks for.
type parsed struct {
	text string
	null bool
	num  int64 // Boolean: 0 or 1; Double: millionths; Short, Int, Long: itself
	list []string
}

// parse reads text as d's type says and checks d's limit. The error ends the sentence `value ... `.
func (d *Def) parse(text string) (parsed, error) {
	if d.Type != Password {
		text = strings.TrimSpace(text)
	}
	p := parsed{text: text}
	var ok bool
	switch d.Type {
	case Boolean:
		p.num, ok = parseBoolean(text)
	case Short:
		p.num, ok = parseInteger(text, 16)
	case Int:
		p.num, ok = parseInteger(text, 32)
	case Long:
		p.num, ok = parseInteger(text, 64)
	case Double:
		p.num, ok = parseMillionths(text)
	case List:
		p.list, ok = splitList(text), true
	default:
		ok = true
	}
	if !ok {
		return p, fmt.Errorf("is not %s", typeWanted[d.Type])
	}
	if !d.Limit.takes(d.Type, p) {
		return p, fmt.Errorf("is not allowed: it takes %s", d.Limit)
	}
	return p, nil
}

var typeWanted = [...]string{
	Boolean: "a boolean (true or false)", Short: "a short (-32768 to 32767)",
	Int: "an int (-2147483648 to 2147483647)", Long: "a long (a whole number of 64 bits)",
	Double: "a double (a decimal number)",
}

// takes reports whether the limit allows the value. Millionths are compared as whole numbers: every limit of
// a double in the table is between 0 and 1, or whole.
func (l Limit) takes(t Type, p parsed) bool {
	lo, hi := l.Min, l.Max
	if t == Double && l.Kind == Between {
		lo, hi = lo*millionths, min(hi, maxLong/millionths)*millionths
	}
	switch l.Kind {
	case Between:
		return lo <= p.num && p.num <= hi
	case BetweenOr1:
		return lo <= p.num && p.num <= hi || p.num == -1
	case OneOf, OneOfFold:
		return l.takesNames(t, p)
	case Replicas:
		return replicaList(p.list)
	case NonEmpty:
		return p.text != ""
	}
	return true
}

func (l Limit) takesNames(t Type, p parsed) bool {
	if t != List {
		return l.takesName(p.text)
	}
	for _, name := range p.list {
		if !l.takesName(name) {
			return false
		}
	}
	return true
}

func (l Limit) takesName(name string) bool {
	for _, n := range l.OneOf {
		if n == name || l.Kind == OneOfFold && strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// replicaList reports whether a list is "*" or partition:broker pairs.
func replicaList(list []string) bool {
	if len(list) == 1 && list[0] == "*" {
		return true
	}
	for _, pair := range list {
		partition, broker, ok := strings.Cut(pair, ":")
		if _, isNumber := parseInteger(partition, 32); !ok || !isNumber {
			return false
		}
		if _, isNumber := parseInteger(broker, 32); !isNumber {
			return false
		}
	}
	return true
}

func parseBoolean(text string) (int64, bool) {
	switch {
	case strings.EqualFold(text, "true"):
		return 1, true
	case strings.EqualFold(text, "false"):
		return 0, true
	}
	return 0, false
}

// parseInteger takes what Java's parseLong takes: decimal digits after an optional sign.
func parseInteger(text string, bits int) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, bits)
	return n, err == nil
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

const millionths = 1_000_000

// parseMillionths reads a decimal number like 0.5 or 1.7e308 and returns it in millionths, rounded towards
// zero; what is too large for that becomes the largest int64. No float is involved, so that every machine
// reads the same number.
func parseMillionths(text string) (int64, bool) {
	negative := strings.HasPrefix(text, "-")
	body := strings.TrimLeft(text, "+-")
	if len(text)-len(body) > 1 {
		return 0, false
	}
	mantissa, exponentText, hasExponent := strings.Cut(strings.ToLower(body), "e")
	exponent := int64(0)
	if hasExponent {
		var ok bool
		if exponent, ok = parseInteger(exponentText, 16); !ok {
			return 0, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n := scaled(digits, int64(len(whole))+exponent+6)
	if negative {
		n = -n
	}
	return n, true
}

// scaled reads the first point digits of digits as a whole number, with zeros where there are no more. It ends
// with the digits, or 19 steps after the first one that is not zero.
func scaled(digits string, point int64) int64 {
	n := int64(0)
	for i := int64(0); i < point; i++ {
		digit := int64(0)
		switch {
		case i < int64(len(digits)):
			digit = int64(digits[i] - '0')
		case n == 0:
			return 0
		}
		if n > (maxLong-digit)/10 {
			return maxLong
		}
		n = n*10 + digit
	}
	return n
}
