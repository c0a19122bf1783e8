package history

import (
	"reflect"
	"strings"
	"unicode"

	"gregor/core/env"
	"gregor/core/kafka"
)

// form is how a kind of line is written: the fields that each line has, then its own.
type form struct {
	name  string
	fact  reflect.Type // of the fact that it holds; nil: it is about the whole run
	line  reflect.Type // a struct of the fields, for the JSON package
	moves []move       // one for each field of its own
}

// move takes a field of a fact into a field of a line, and back.
type move struct {
	name string // in the line
	from []int  // the field's index path in the fact
	to   int    // its index in the line
	way  *way   // nil: the line has the same type
}

// header is what each line begins with.
type header struct {
	Event uint64      `json:"event"`
	At    env.Instant `json:"at,omitempty"`
	Node  string      `json:"node,omitempty"`
	Fact  string      `json:"fact"`
}

// The lines about the whole run.
type (
	faultFields struct {
		Kind FaultKind
	}
	finalLogFields struct {
		kafka.TopicPartition
		Start, End kafka.Offset
		Compacted  bool
		Records    []Entry
	}
	drainedFields struct{}
)

// The names of those lines. A fault is called a mishap there.
const (
	faultLine    = "mishap"
	finalLogLine = "final_log"
	drainedLine  = "drained"
)

// formOfType and formOfName hold every form.
var formOfType, formOfName = func() (map[reflect.Type]*form, map[string]*form) {
	byType, byName := map[reflect.Type]*form{}, map[string]*form{}
	add := func(name string, t reflect.Type) {
		fm := newForm(name, t)
		byType[t], byName[name] = fm, fm
	}
	for _, f := range env.HistoryFacts() {
		t := reflect.TypeOf(f)
		add(snake(t.Name()), t)
	}
	add(faultLine, reflect.TypeFor[faultFields]())
	add(finalLogLine, reflect.TypeFor[finalLogFields]())
	add(drainedLine, reflect.TypeFor[drainedFields]())
	return byType, byName
}()

// fieldNames holds the name of every field that some form has.
var fieldNames = func() map[string]bool {
	all := map[string]bool{}
	//tidy:unordered a set
	for _, fm := range formOfName {
		for i := range fm.line.NumField() {
			all[fm.field(i)] = true
		}
	}
	return all
}()

func newForm(name string, t reflect.Type) *form {
	fm := &form{name: name, fact: t}
	fields := reflect.VisibleFields(reflect.TypeFor[header]())
	fields = fm.add(fields, t, nil)
	fm.line = reflect.StructOf(fields)
	return fm
}

// add appends the fields of a fact's type, those of what it embeds as its own.
func (fm *form) add(fields []reflect.StructField, t reflect.Type, path []int) []reflect.StructField {
	for i := range t.NumField() {
		f, at := t.Field(i), append(path[:len(path):len(path)], i)
		if f.Anonymous {
			fields = fm.add(fields, f.Type, at)
			continue
		}
		m := move{name: fieldName(f), from: at, to: len(fields), way: wayOf(f.Type)}
		fm.moves = append(fm.moves, m)
		in := f.Type
		if m.way != nil {
			in = m.way.line
		}
		fields = append(fields,
			reflect.StructField{Name: "F_" + f.Name, Type: in, Tag: reflect.StructTag(`json:"` + m.name + `,omitempty"`)})
	}
	return fields
}

// field is the JSON name of a line's i-th field.
func (fm *form) field(i int) string {
	name, _, _ := strings.Cut(fm.line.Field(i).Tag.Get("json"), ",")
	return name
}

func (fm *form) has(name string) bool {
	for i := range fm.line.NumField() {
		if fm.field(i) == name {
			return true
		}
	}
	return false
}

// fieldName is a field's name in a line: its own in snake case, but where two facts mean different things by one name.
func fieldName(f reflect.StructField) string {
	switch {
	case f.Name == "Node":
		return "id" // each line has a node: the one that emitted the fact
	case f.Name == "At":
		return "metadata_offset" // each line has the time
	case f.Name == "Leader" && f.Type.Kind() == reflect.String:
		return "leader_member"
	}
	return snake(f.Name)
}

// snake is a Go name in snake case: TopicID is topic_id.
func snake(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		if lower && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// way is how a field's value is written that the JSON package would write otherwise.
type way struct {
	field, line reflect.Type
	write       func(reflect.Value) any
	read        func(reflect.Value) any
}

// record and partition are list elements with their JSON names.
type (
	record struct {
		Offset    kafka.Offset   `json:"offset"`
		Key       string         `json:"key,omitempty"`
		Value     string         `json:"value"`
		Timestamp env.WallMillis `json:"timestamp,omitempty"`
	}
	entry struct {
		Offset kafka.Offset `json:"offset"`
		Key    string       `json:"key,omitempty"`
		Value  string       `json:"value"`
	}
	partition struct {
		Topic     string            `json:"topic"`
		Partition kafka.PartitionID `json:"partition"`
	}
)

var ways = []*way{
	wayFrom(env.Outcome.String, outcomeOf),
	wayFrom(FaultKind.String, kindOf),
	wayFrom(idText, func(text string) kafka.UUID {
		id, _ := kafka.ParseUUID(text) // rules has looked; none is no id
		return id
	}),
	wayFrom(list(func(r env.PolledRecord) record { return record(r) }),
		list(func(r record) env.PolledRecord { return env.PolledRecord(r) })),
	wayFrom(list(func(e Entry) entry { return entry(e) }), list(func(e entry) Entry { return Entry(e) })),
	wayFrom(list(func(tp kafka.TopicPartition) partition { return partition(tp) }),
		list(func(p partition) kafka.TopicPartition { return kafka.TopicPartition(p) })),
}

func wayFrom[F, L any](write func(F) L, read func(L) F) *way {
	return &way{reflect.TypeFor[F](), reflect.TypeFor[L](),
		func(v reflect.Value) any { return write(v.Interface().(F)) },
		func(v reflect.Value) any { return read(v.Interface().(L)) }}
}

func wayOf(t reflect.Type) *way {
	for _, w := range ways {
		if w.field == t {
			return w
		}
	}
	return nil
}

func list[F, L any](one func(F) L) func([]F) []L {
	return func(all []F) []L {
		var out []L
		for _, f := range all {
			out = append(out, one(f))
		}
		return out
	}
}

func idText(id kafka.UUID) string {
	if id == (kafka.UUID{}) {
		return ""
	}
	return id.String()
}

func outcomeOf(name string) env.Outcome {
	for o := env.OK; o <= env.Unknown; o++ {
		if o.String() == name {
			return o
		}
	}
	return 0
}

func kindOf(name string) FaultKind {
	for k := Killed; k <= Wiped; k++ {
		if k.String() == name {
			return k
		}
	}
	return 0
}

// write returns the line of a fact.
func (fm *form) write(h header, fact any) reflect.Value {
	h.Fact = fm.name
	line := reflect.New(fm.line).Elem()
	for i, v := 0, reflect.ValueOf(h); i < v.NumField(); i++ {
		line.Field(i).Set(v.Field(i))
	}
	v := reflect.ValueOf(fact)
	for _, m := range fm.moves {
		value := v.FieldByIndex(m.from)
		if m.way != nil {
			value = reflect.ValueOf(m.way.write(value))
		}
		line.Field(m.to).Set(value)
	}
	return line
}

// read returns the fact that a line holds.
func (fm *form) read(line reflect.Value) any {
	fact := reflect.New(fm.fact).Elem()
	for _, m := range fm.moves {
		value := line.Field(m.to)
		if m.way != nil {
			value = reflect.ValueOf(m.way.read(value))
		}
		fact.FieldByIndex(m.from).Set(value)
	}
	return fact.Interface()
}
