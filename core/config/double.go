package config

import (
	"strconv"
	"strings"
)

const millionths = 1_000_000

// double is a number as Java's Double reads it. No float is involved, so that every machine reads the same number: it
// is 0.digits times ten to the point, where neither the first nor the last digit is zero.
type double struct {
	negative bool
	nan      bool
	infinite bool
	digits   string // "" is zero
	point    int64
}

// What a 64-bit float can hold: numbers beyond are infinite, numbers closer to zero are zero.
const (
	doubleLargestPoint  = 309
	doubleSmallestPoint = -323
)

// parseDouble reads what Java's Double.parseDouble reads, but for hexadecimal numbers: a decimal number that may end in
// f or d, NaN, Infinity.
func parseDouble(text string) (d double, ok bool) {
	body := text
	if body != "" && (body[0] == '-' || body[0] == '+') {
		d.negative, body = body[0] == '-', body[1:]
	}
	switch body {
	case "NaN":
		return double{nan: true}, true
	case "Infinity":
		d.infinite = true
		return d, true
	}
	if body != "" && strings.Contains("fFdD", body[len(body)-1:]) {
		body = body[:len(body)-1]
	}
	mantissa, exponentText, hasExponent := strings.Cut(strings.ToLower(body), "e")
	exponent := int64(0)
	if hasExponent {
		if exponent, ok = parseInteger(exponentText, 32); !ok {
			return d, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if !isDigits(whole + fraction) {
		return d, false
	}
	return d.with(whole+fraction, int64(len(whole))+exponent), true
}

// with sets the digits.
func (d double) with(digits string, point int64) double {
	short := strings.TrimLeft(digits, "0")
	d.point = point - int64(len(digits)-len(short))
	d.digits = strings.TrimRight(short, "0")
	switch {
	case d.digits == "" || d.point < doubleSmallestPoint:
		d.digits, d.point = "", 0
	case d.point > doubleLargestPoint:
		d.digits, d.infinite = "", true
	}
	return d
}

// millionths returns the number in millionths, rounded towards zero. What is too large for that is the largest int64,
// and so is what is not a number: nothing is ever above it.
func (d double) millionths() int64 {
	n := scaled(d.digits, d.point+6)
	if d.infinite || d.nan {
		n = maxLong
	}
	if d.negative {
		return -n
	}
	return n
}

// scaled reads the first point digits of digits as a whole number, with zeros where there are no more.
func scaled(digits string, point int64) int64 {
	n := int64(0)
	for i := int64(0); i < point && (i < int64(len(digits)) || n != 0); i++ {
		digit := int64(0)
		if i < int64(len(digits)) {
			digit = int64(digits[i] - '0')
		}
		if n > (maxLong-digit)/10 {
			return maxLong
		}
		n = n*10 + digit
	}
	return n
}

// String is the number as Java prints it: plainly from a thousandth to ten million, else with an exponent.
func (d double) String() string {
	sign := ""
	if d.negative {
		sign = "-"
	}
	switch {
	case d.nan:
		return "NaN"
	case d.infinite:
		return sign + "Infinity"
	case d.digits == "":
		return sign + "0.0"
	case d.point > 7 || d.point < -2:
		return sign + d.digits[:1] + "." + orZero(d.digits[1:]) + "E" + strconv.FormatInt(d.point-1, 10)
	case d.point <= 0:
		return sign + "0." + strings.Repeat("0", int(-d.point)) + d.digits
	case d.point >= int64(len(d.digits)):
		return sign + d.digits + strings.Repeat("0", int(d.point)-len(d.digits)) + ".0"
	}
	return sign + d.digits[:d.point] + "." + d.digits[d.point:]
}

func orZero(digits string) string {
	if digits == "" {
		return "0"
	}
	return digits
}
