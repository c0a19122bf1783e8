package planted

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

const million = 1e6 // want "a floating-point number is banned"

const whole int64 = 1e6

type rate struct {
	perSecond float64 // want "a floating-point number is banned in core; use integers in a small unit"
	burst     int
}

func floats(r rate, n int) time.Duration {
	half := n / 2
	x := float32(n)      // want "a floating-point number is banned"
	if r.perSecond > 1 { // want "a floating-point number is banned"
		half++
	}
	y, _ := strconv.ParseFloat("1", 64) // want "a floating-point number is banned"
	_ = math.Sqrt(4)                    // want "a floating-point number is banned"
	_ = x                               // want "a floating-point number is banned"
	_ = y                               // want "a floating-point number is banned"
	_ = complex(1, 2)                   // want "a floating-point number is banned"
	_ = math.MaxInt64
	//tidy:float the table prints it and nothing decides by it
	z := float64(n)
	_ = z // want "a floating-point number is banned"
	return time.Duration(half) * time.Millisecond
}

func sum[T int | float64](v ...T) T { // want "a floating-point number is banned"
	var s T
	return s
}

func pointers(p *int) string {
	_ = fmt.Sprintf("100%%pure %d", 1)
	const format = "at %-10p"     // want "%p is banned in core; use an id"
	return fmt.Sprintf("%p", p) + // want "%p is banned"
		fmt.Sprintf(format, p)
}
