package history

import (
	"fmt"
	"reflect"

	"gregor/core/kafka"
)

// maxOffset is the greatest offset that a line may name.
const maxOffset = 1<<62 - 1

// rule is what the value of a field must not be, in every kind of line that has the field.
type rule struct {
	field string
	text  string
	bad   func(l line) bool
}

// line is one line that has been read, by the names of its fields.
type line struct {
	*form
	value reflect.Value
}

func (l line) get(name string) reflect.Value {
	for i := range l.line.NumField() {
		if l.field(i) == name {
			return l.value.Field(i)
		}
	}
	return reflect.Value{}
}

func (l line) number(name string) int64 { return l.get(name).Int() }
func (l line) text(name string) string  { return l.get(name).String() }

func missing(name string) func(line) bool { return func(l line) bool { return l.text(name) == "" } }
func below(name string, least int64) func(line) bool {
	return func(l line) bool { return l.number(name) < least }
}

// rules are judged in this order. A field without a rule may have any value of its type.
var rules = []rule{
	{"client", "is missing", missing("client")},
	{"topic", "is missing", missing("topic")},
	{"partition", "is negative", below("partition", 0)},
	{"acks", "is none of -1, 0 and 1", func(l line) bool { return l.number("acks") < -1 || l.number("acks") > 1 }},
	{"outcome", "is none of ok, failed and unknown", func(l line) bool { return outcomeOf(l.text("outcome")) == 0 }},
	{"offset", "is below -1", below("offset", -1)},
	{"attempts", "is negative", below("attempts", 0)},
	{"from", "is below -1", below("from", -1)},
	{"to", "is negative", below("to", 0)},
	{"group", "is missing", func(l line) bool { return l.text("group") == "" && l.name != "processed" }},
	{"kind", "is none of kill, power cut, disk damage, failed sync and emptied disk",
		func(l line) bool { return kindOf(l.text("kind")) == 0 }},
	{"start", "is negative", below("start", 0)},
	{"end", "is before start", func(l line) bool { return l.has("start") && l.number("end") < l.number("start") }},
	{"records", "do not rise by offset from 0 on", func(l line) bool { return !l.rising() }},
	{"base", "is negative", below("base", 0)},
	{"last", "is before base", func(l line) bool { return l.has("base") && l.number("last") < l.number("base") }},
	{"last", "is beyond every offset", func(l line) bool { return l.number("last") > maxOffset }},
	{"topic_id", "is not a topic id",
		func(l line) bool { return l.text("topic_id") != "" && !isUUID(l.text("topic_id")) }},
}

// wrong names the first field whose value breaks a rule.
func (l line) wrong() error {
	for _, r := range rules {
		if l.has(r.field) && r.bad(l) {
			return fmt.Errorf("field %q %s", r.field, r.text)
		}
	}
	return nil
}

func isUUID(s string) bool {
	_, err := kafka.ParseUUID(s)
	return err == nil
}

// rising reports whether a final log's records rise within its bounds, and no record at all is below offset 0.
func (l line) rising() bool {
	records, last := l.get("records"), int64(-1)
	for i := range records.Len() {
		o := records.Index(i).FieldByName("Offset").Int()
		if o < 0 || l.name == finalLogLine && (o <= last || o < l.number("start") || o >= l.number("end")) {
			return false
		}
		last = o
	}
	return true
}
