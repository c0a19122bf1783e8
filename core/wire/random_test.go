package wire

import (
	"reflect"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
	"pgregory.net/rapid"

	"gregor/core/env"
)

var (
	numbers = rapid.Int64()
	counts  = rapid.IntRange(0, 3)
	coins   = rapid.Bool()
	// Lengths where a varint grows, and characters of several bytes.
	texts = rapid.SampledFrom([]string{"", "a", "orders", "größer", strings.Repeat("x", 126), strings.Repeat("y", 127),
		strings.Repeat("z", 300)})
	blobs = rapid.SliceOfN(rapid.Byte(), 0, 20)
)

// fill draws a value for everything in v, which is a kmsg request or response.
func fill(t *rapid.T, v reflect.Value) {
	if tags, ok := v.Addr().Interface().(*kmsg.Tags); ok {
		fillTags(t, tags)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "Version" {
				fill(t, v.Field(i))
			}
		}
	case reflect.Slice:
		fillSlice(t, v)
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		if coins.Draw(t, "null") {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.String:
		v.SetString(texts.Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(coins.Draw(t, "bool"))
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(uint64(numbers.Draw(t, "number")) & (1<<v.Type().Bits() - 1))
	case reflect.Float64: // of client quotas
		v.SetFloat(float64(numbers.Draw(t, "number")))
	default:
		v.SetInt(truncated(v, numbers.Draw(t, "number")))
	}
}

func truncated(v reflect.Value, n int64) int64 {
	shift := 64 - v.Type().Bits()
	return n << shift >> shift
}

func fillSlice(t *rapid.T, v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(blobs.Draw(t, "blob"))
		return
	}
	n := counts.Draw(t, "count")
	if n == 0 && coins.Draw(t, "null") {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		fill(t, v.Index(i))
	}
}

// fillTags sets tags far from those that Kafka uses.
func fillTags(t *rapid.T, tags *kmsg.Tags) {
	*tags = kmsg.Tags{}
	if rapid.IntRange(0, 9).Draw(t, "tagged") == 0 {
		tags.Set(uint32(rapid.IntRange(100, 1<<20).Draw(t, "tag")), blobs.Draw(t, "tag value"))
	}
}

// withoutTags takes all unknown tags out of v.
func withoutTags(v reflect.Value) {
	if tags, ok := v.Addr().Interface().(*kmsg.Tags); ok {
		*tags = kmsg.Tags{}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			withoutTags(v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			withoutTags(v.Index(i))
		}
	}
}

// frameOf is what a client sends.
func frameOf(req kmsg.Request, client *string) []byte {
	opts := []kmsg.RequestFormatterOpt{}
	if client != nil {
		opts = append(opts, kmsg.FormatterClientID(*client))
	}
	return kmsg.NewRequestFormatter(opts...).AppendRequest(nil, req, 7)
}

// flatten puts segments together, reading regions from disk.
func flatten(segments []env.Segment, disk []byte) []byte {
	var whole []byte
	for _, s := range segments {
		if s.Region.File != 0 {
			whole = append(whole, disk[s.Region.Pos:int(s.Region.Pos)+s.Region.Length]...)
		}
		whole = append(whole, s.Bytes...)
	}
	return whole
}
