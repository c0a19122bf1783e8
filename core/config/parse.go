package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parsed is a value in the form its type asks for.
type parsed struct {
	given string // as it was written
	text  string // as Kafka shows it
	null  bool
	nan   bool  // a double that is not a number
	num   int64 // Boolean: 0 or 1; Double: millionths; Short, Int, Long: itself
	list  []string
}

// ErrPattern is what is wrong with a pattern that picks clients.
var ErrPattern = errors.New("the pattern cannot pick clients")

// parse reads text as d's type asks and checks d's limit. The error ends the sentence `value ... `.
func (d *Def) parse(given string) (parsed, error) {
	p, ok := d.Type.parse(given)
	switch {
	case !ok:
		return p, fmt.Errorf("is not %s", typeWanted[d.Type])
	case d.Type == List && d.Limit.Kind != Replicas:
		if slices.Contains(p.list, "") {
			return p, errors.New("has an empty item; is a comma too many there?")
		}
		p.list = withoutRepeats(p.list)
		p.text = strings.Join(p.list, ",")
	}
	if !d.Limit.allows(d.Type, p) && d.Limit.Kind == Matches {
		return p, fmt.Errorf("is not allowed: %w: must be %s", ErrPattern, d.Limit.describe(d.Type))
	}
	if !d.Limit.allows(d.Type, p) {
		return p, fmt.Errorf("is not allowed: must be %s", d.Limit.describe(d.Type))
	}
	if d.Refused != "" && (p.text != d.Default || !d.HasDefault) {
		return p, fmt.Errorf("is refused: %s", d.Refused)
	}
	return p, nil
}

// parse reads text as Kafka's ConfigDef does.
func (t Type) parse(given string) (parsed, bool) {
	text := strings.TrimFunc(given, func(r rune) bool { return r <= ' ' }) // as Java's trim
	p := parsed{given: given, text: text}
	ok := true
	switch t {
	case Boolean:
		p.num, ok = parseBoolean(text)
		p.text = strconv.FormatBool(p.num != 0)
	case Short, Int, Long:
		p.num, ok = parseInteger(text, map[Type]int{Short: 16, Int: 32, Long: 64}[t])
		p.text = strconv.FormatInt(p.num, 10)
	case Double:
		var d double
		d, ok = parseDouble(text)
		p.num, p.nan, p.text = d.millionths(), d.nan, d.String()
	case List:
		p.list = splitList(text)
		p.text = strings.Join(p.list, ",")
	}
	return p, ok
}

var typeWanted = [...]string{
	Boolean: "a boolean (true or false)", Short: "a short (-32768 to 32767)",
	Int: "an int (-2147483648 to 2147483647)", Long: "a long (a whole number of 64 bits)",
	Double: "a double (a decimal number)",
}

// withoutRepeats keeps the first of equal items, as Kafka does.
func withoutRepeats(list []string) (out []string) {
	for _, item := range list {
		if !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// allows reports whether the limit allows the value. As in Kafka, what is not a number is within every range.
func (l Limit) allows(t Type, p parsed) bool {
	if l.NotEmpty && p.text == "" {
		return false
	}
	switch l.Kind {
	case Between:
		return p.nan || l.Min <= p.num && p.num <= l.Max
	case BetweenOr1:
		return l.Min <= p.num && p.num <= l.Max || p.num == -1
	case OneOf, OneOfFold:
		return t != List && l.allowsName(p.text) || t == List && all(p.list, l.allowsName)
	case Replicas:
		return strings.Join(p.list, "") == "*" || all(p.list, isReplica)
	case Addresses:
		return all(p.list, isAddress)
	case Matches:
		return all(p.list, l.isMatch)
	case AddressMap:
		return all(splitList(p.text), isAddressNumber)
	}
	return true
}

func all(list []string, holds func(string) bool) bool {
	return !slices.ContainsFunc(list, func(item string) bool { return !holds(item) })
}

func (l Limit) allowsName(name string) bool {
	for _, n := range l.OneOf {
		if n == name || l.Kind == OneOfFold && strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// isReplica reports whether an item is partition:broker, or nothing: Kafka accepts "0:1," as well.
func isReplica(item string) bool {
	partition, broker, ok := strings.Cut(item, ":")
	return item == "" || ok && isDigits(partition) && isDigits(broker)
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func isAddress(item string) bool {
	at := strings.LastIndexByte(item, ':')
	if at <= 0 {
		return false
	}
	_, err := strconv.ParseUint(item[at+1:], 10, 16)
	return err == nil
}

// isAddressNumber reports whether an item is address:number. The address may be IPv6 without brackets.
func isAddressNumber(item string) bool {
	at := strings.LastIndexByte(item, ':')
	return at > 0 && isDigits(strings.TrimSpace(item[at+1:]))
}

func (l Limit) isMatch(item string) bool {
	selector, pattern, ok := strings.Cut(item, "=")
	return ok && strings.TrimSpace(pattern) != "" && slices.Contains(l.OneOf, strings.TrimSpace(selector))
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

// parseInteger accepts what Java's parseLong accepts: decimal digits after an optional sign.
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
