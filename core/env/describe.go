package env

import (
	"fmt"
	"reflect"
	"strings"
)

// KindOf is the kind of a fact: the name of its type.
func KindOf(f Fact) string { return reflect.TypeOf(f).Name() }

// Describe returns a fact on one line: its kind and its fields, in their order. Long lists and texts are cut.
func Describe(f Fact) string {
	var b strings.Builder
	v := reflect.ValueOf(f)
	b.WriteString(KindOf(f))
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if _, isLine := f.(Logged); isLine && (field.Name == "Logger" || field.Name == "About") {
			continue // where a line is from is for choosing, not for reading
		}
		if field.Anonymous {
			fmt.Fprintf(&b, " %v", v.Field(i).Interface())
			continue
		}
		text := fmt.Sprintf("%v", v.Field(i).Interface())
		if len(text) > describedMax {
			text = text[:describedMax] + "…"
		}
		fmt.Fprintf(&b, " %s=%s", field.Name, text)
	}
	return b.String()
}

// describedMax bounds one field of a described fact, in bytes.
const describedMax = 200
