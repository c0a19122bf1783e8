package dump

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"gregor/cmd/internal/terminal"
)

// field is one name and value of something decoded.
type field struct {
	name  string
	value any
}

// fields are printed in their order, for people as name=value and for programs as an object.
type fields []field

func (f fields) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, x := range f {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(x.name)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		var value bytes.Buffer
		if err := terminal.JSON(&value, x.value); err != nil {
			return nil, err
		}
		out.Write(bytes.TrimRight(value.Bytes(), "\n"))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (f fields) String() string {
	var all []string
	for _, x := range f {
		all = append(all, x.name+"="+valueText(x.value))
	}
	return strings.Join(all, " ")
}

func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return terminal.Printable(v)
	case fields:
		return "{" + v.String() + "}"
	case []any:
		all := make([]string, len(v))
		for i, e := range v {
			all[i] = valueText(e)
		}
		return "[" + strings.Join(all, " ") + "]"
	}
	return fmt.Sprint(v)
}

// depthMax bounds how deep structures may be nested; Kafka's are nested four deep.
const depthMax = 8

// fieldsOf takes a decoded structure apart. What is in skip is left out: the codec's own fields.
func fieldsOf(v any) fields {
	f, _ := plainOf(reflect.ValueOf(v), 0).(fields)
	return f
}

func plainOf(v reflect.Value, depth int) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || depth > depthMax {
			return nil
		}
		return plainOf(v.Elem(), depth+1)
	case reflect.Struct:
		return plainStruct(v, depth)
	case reflect.Array:
		return base64.RawURLEncoding.EncodeToString(bytesOfArray(v)) // a UUID: there is no other array
	case reflect.Slice:
		return plainSlice(v, depth)
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return v.Uint()
	}
	return nil
}

func bytesOfArray(v reflect.Value) []byte {
	out := make([]byte, v.Len())
	reflect.Copy(reflect.ValueOf(out), v)
	return out
}

func plainStruct(v reflect.Value, depth int) any {
	out := fields{}
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if !v.Type().Field(i).IsExported() || name == "UnknownTags" || depth > depthMax {
			continue
		}
		out = append(out, field{snakeCase(name), plainOf(v.Field(i), depth+1)})
	}
	return out
}

func plainSlice(v reflect.Value, depth int) any {
	switch {
	case v.IsNil():
		return nil
	case v.Type().Elem().Kind() == reflect.Uint8:
		return plainBytes(v.Bytes())
	}
	out := []any{}
	for i := range v.Len() {
		out = append(out, plainOf(v.Index(i), depth+1))
	}
	return out
}

// plainBytes is b as text if it is text, or base64 that says so.
func plainBytes(b []byte) any {
	switch {
	case b == nil:
		return nil
	case utf8.Valid(b):
		return string(b)
	}
	return "base64:" + base64.StdEncoding.EncodeToString(b)
}

// snakeCase turns LastKnownELR into last_known_elr.
func snakeCase(name string) string {
	var out strings.Builder
	all := []rune(strings.ReplaceAll(name, "IDs", "Ids"))
	for i, r := range all {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(all[i-1]) || i+1 < len(all) && unicode.IsLower(all[i+1])) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
