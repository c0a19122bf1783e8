package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// shape is the structure of a request's body over all its versions: what a frame is walked against before kmsg
// decodes it. kmsg allocates an array as soon as its count is no larger than the bytes left, whatever an
// element takes; after a walk every count is backed by bytes that are there.
type shape []field

// field is one field of a structure, in the versions from min to max.
type field struct {
	name     string
	kind     kind
	elem     kind // of an array
	nullable bool
	min, max int16
	tagged   bool // it comes in the tag section, with this tag
	tag      uint32
	fields   shape // of a structure, or of an array of structures
}

type kind uint8

const (
	fixed1 kind = iota + 1 // bool, int8
	fixed2
	fixed4
	fixed8
	fixed16
	text
	blob
	array
	structure
)

var kindsByName = map[string]kind{
	"bool": fixed1, "int8": fixed1, "int16": fixed2, "uint16": fixed2, "int32": fixed4, "int64": fixed8, "uuid": fixed16,
	"string": text, "bytes": blob, "": structure,
}

// fixedSize is a kind's size on the wire, 0 if it varies.
func (k kind) fixedSize() int {
	return [...]int{fixed1: 1, fixed2: 2, fixed4: 4, fixed8: 8, fixed16: 16, structure: 0}[k]
}

// newShape reads a shape from its text: one field a line, as
//
//	name type [versions] [tag=number]
//
// where type is bool, int8, int16, uint16, int32, int64, uuid, string or bytes; with ? before it if it may be
// null; with [] before it for an array ([]? if that may be null). A type that ends in { holds the fields up to
// the line }. Versions are "3", "3+" or "3-5"; none means all. A tagged field is given no versions, because kmsg
// reads it in every one. A text that makes no sense is a bug of this package.
func newShape(source string) shape {
	p := shapeParser{lines: strings.Split(strings.TrimSpace(source), "\n")}
	s := p.structure()
	if p.at != len(p.lines) {
		panic(fmt.Sprintf("wire: shape has a } too many before line %d of:\n%s", p.at+1, source))
	}
	return s
}

type shapeParser struct {
	lines []string
	at    int
}

func (p *shapeParser) structure() (s shape) {
	for p.at < len(p.lines) {
		words := strings.Fields(p.lines[p.at])
		p.at++
		switch {
		case len(words) == 0:
			continue
		case words[0] == "}":
			return s
		}
		s = append(s, p.field(words))
	}
	return s
}

func (p *shapeParser) field(words []string) field {
	f := field{name: words[0], max: 1<<15 - 1}
	holds := words[len(words)-1] == "{"
	if holds {
		words = words[:len(words)-1]
	}
	f.setType(words[1])
	for _, word := range words[2:] {
		f.setVersionsOrTag(word)
	}
	if holds {
		f.fields = p.structure()
	}
	return f
}

func (f *field) setType(word string) {
	rest, isArray := strings.CutPrefix(word, "[]")
	rest, f.nullable = strings.CutPrefix(rest, "?")
	if rest == "struct" {
		rest = ""
	}
	k, ok := kindsByName[rest]
	if !ok {
		panic(fmt.Sprintf("wire: shape field %s has no type %q", f.name, word))
	}
	f.kind = k
	if isArray {
		f.kind, f.elem = array, k
	}
}

func (f *field) setVersionsOrTag(word string) {
	digits, tagged := strings.CutPrefix(word, "tag=")
	if tagged {
		f.tagged, f.tag = true, uint32(version(digits))
		return
	}
	f.setVersions(word)
}

func (f *field) setVersions(word string) {
	from, to, ranged := strings.Cut(strings.TrimSuffix(word, "+"), "-")
	f.min = version(from)
	switch {
	case ranged:
		f.max = version(to)
	case !strings.HasSuffix(word, "+"):
		f.max = f.min
	}
}

func version(digits string) int16 {
	v, err := strconv.ParseInt(digits, 10, 16)
	if err != nil {
		panic(fmt.Sprintf("wire: shape version %q: %v", digits, err))
	}
	return int16(v)
}

// holdsBytes reports whether kmsg would leave slices of the frame in the decoded body.
func (s shape) holdsBytes() bool {
	for _, f := range s {
		if f.kind == blob || f.elem == blob || f.fields.holdsBytes() {
			return true
		}
	}
	return false
}

// walk goes over one structure without keeping any of it.
func (s shape) walk(r *reader, version int16) {
	for i := range s {
		if f := &s[i]; f.inOrder(version) {
			f.walkNamed(r, version)
		}
		if r.err != nil {
			return
		}
	}
	s.walkTags(r, version)
}

// inOrder reports whether a structure of the version has the field among those that come in order.
func (f *field) inOrder(version int16) bool { return !f.tagged && version >= f.min && version <= f.max }

// walkTags goes over a tag section: kmsg decodes the tags that are fields, so their counts must be backed too.
func (s shape) walkTags(r *reader, version int16) {
	if !s.hasTags() {
		r.eachTag(nil)
		return
	}
	r.eachTag(func(tag uint32, r *reader) { s.walkTag(r, tag, version) })
}

func (s shape) hasTags() bool {
	for i := range s {
		if s[i].tagged {
			return true
		}
	}
	return false
}

func (s shape) walkTag(r *reader, tag uint32, version int16) {
	for i := range s {
		if f := &s[i]; f.tagged && f.tag == tag {
			f.walkNamed(r, version)
		}
	}
}

// walkNamed names the field in what went wrong.
func (f *field) walkNamed(r *reader, version int16) {
	f.walk(r, version)
	if r.err != nil {
		r.err = fmt.Errorf("%s: %w", f.name, r.err)
	}
}

func (f *field) walk(r *reader, version int16) {
	switch f.kind {
	case text, blob:
		f.walkText(r, f.kind)
	case array:
		f.walkArray(r, version)
	case structure:
		f.walkStructure(r, version)
	default:
		r.span(f.kind.fixedSize())
	}
}

func (f *field) walkText(r *reader, k kind) {
	var b []byte
	if k == text {
		b = r.nullableString()
	} else {
		b = r.nullableBytes()
	}
	if b == nil && !f.nullable && r.err == nil {
		r.fail("null where it may not be")
	}
}

// walkArray takes a null array for what it is even where Kafka's schema knows none: kmsg reads it as empty.
func (f *field) walkArray(r *reader, version int16) {
	n := r.array(f.least(version, r.flexible))
	if n <= 0 {
		return
	}
	if size := f.elem.fixedSize(); size > 0 {
		r.span(n * size)
		return
	}
	for ; n > 0 && r.err == nil; n-- {
		if f.elem == structure {
			f.fields.walk(r, version)
		} else {
			f.walkText(r, f.elem)
		}
	}
}

// walkStructure takes a structure that may be null: a byte reports whether it is there.
func (f *field) walkStructure(r *reader, version int16) {
	if f.nullable && r.int8() < 0 {
		return
	}
	f.fields.walk(r, version)
}

// least is the size of the smallest element of an array.
func (f *field) least(version int16, flexible bool) int {
	switch f.elem {
	case structure:
		return f.fields.least(version, flexible)
	case text, blob:
		return leastLength(f.elem, flexible)
	}
	return f.elem.fixedSize()
}

// least is the size of the smallest structure of this shape.
func (s shape) least(version int16, flexible bool) int {
	size := 0
	for i := range s {
		if f := &s[i]; f.inOrder(version) {
			size += leastField(f, flexible)
		}
	}
	if flexible {
		size++
	}
	return max(size, 1)
}

func leastField(f *field, flexible bool) int {
	switch f.kind {
	case text, blob, array:
		return leastLength(f.kind, flexible)
	case structure:
		return 1
	}
	return f.kind.fixedSize()
}

// leastLength is the size of an empty string, array or byte slice.
func leastLength(k kind, flexible bool) int {
	switch {
	case flexible:
		return 1
	case k == text:
		return 2
	}
	return 4
}
