package checkers

import (
	"fmt"
	"reflect"
	"strings"

	"gregor/core/env"
)

// A history is written as JSON lines: one object a line, {"event":7,"node":"p1","fact":"produce_called", …}, with
// the field names of formatLine. factForms says which facts there are and which fields each one has; beside
// the clients' facts there are three about the whole run: mishap, final_log and drained. What brokers tell is
// not part of the format.
//
// "event" must not fall from line to line; equal numbers mean concurrent. "at" (nanoseconds) and "node" may be
// left out, and so may any field that has its zero value.
type formatLine struct {
	Event uint64      `json:"event"`
	At    env.Instant `json:"at,omitempty"`
	Node  string      `json:"node,omitempty"`
	Fact  string      `json:"fact"`

	Client     string            `json:"client,omitempty"`
	Call       uint64            `json:"call,omitempty"`
	Topic      string            `json:"topic,omitempty"`
	Partition  env.PartitionID   `json:"partition,omitempty"`
	Key        string            `json:"key,omitempty"`
	Value      string            `json:"value,omitempty"`
	Acks       int16             `json:"acks,omitempty"`
	Idempotent bool              `json:"idempotent,omitempty"`
	Outcome    string            `json:"outcome,omitempty"`
	Offset     env.Offset        `json:"offset,omitempty"`
	Attempts   int               `json:"attempts,omitempty"`
	Error      string            `json:"error,omitempty"`
	From       env.Offset        `json:"from,omitempty"`
	Records    []formatRecord    `json:"records,omitempty"`
	Group      string            `json:"group,omitempty"`
	To         env.Offset        `json:"to,omitempty"`
	Member     string            `json:"member,omitempty"`
	Generation int32             `json:"generation,omitempty"`
	Partitions []formatPartition `json:"partitions,omitempty"`
	Lost       bool              `json:"lost,omitempty"`
	Auto       bool              `json:"auto,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	What       string            `json:"what,omitempty"`
	Kind       string            `json:"kind,omitempty"`
	Start      env.Offset        `json:"start,omitempty"`
	End        env.Offset        `json:"end,omitempty"`
	Compacted  bool              `json:"compacted,omitempty"`
}

type formatRecord struct {
	Offset    env.Offset     `json:"offset"`
	Key       string         `json:"key,omitempty"`
	Value     string         `json:"value"`
	Timestamp env.WallMillis `json:"timestamp,omitempty"`
}

type formatPartition struct {
	Topic     string          `json:"topic"`
	Partition env.PartitionID `json:"partition"`
}

// formFields lists the fields that each kind of line may have, besides event, at, node and fact.
func formFields(fact string) (fields string, known bool) {
	fields, known = map[string]string{
		"produce_called":      "client call topic partition key value acks idempotent",
		"produce_returned":    "client call topic partition outcome offset attempts error",
		"poll_called":         "client call",
		"polled":              "client call topic partition from records",
		"processed":           "client group topic partition to",
		"end_offset_called":   "client call topic partition",
		"end_offset_returned": "client call topic partition outcome offset",
		"partitions_assigned": "client group member generation partitions",
		"partitions_revoked":  "client group member generation partitions lost",
		"commit_called":       "client call group generation topic partition offset auto",
		"commit_returned":     "client call outcome error",
		"position_set":        "client topic partition offset reason",
		"admin_returned":      "client what error",
		"client_crashed":      "client",
		"client_closed":       "client",
		"mishap":              "kind",
		"final_log":           "topic partition start end compacted records",
		"drained":             "",
	}[fact]
	return fields, known
}

// extra is the first field that is set although its kind of line has none of that name, "" if there is none.
func (l *formatLine) extra(fields string) string {
	v := reflect.ValueOf(*l)
	allowed := " event at node fact " + fields + " "
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if !v.Field(i).IsZero() && !strings.Contains(allowed, " "+name+" ") {
			return name
		}
	}
	return ""
}

// has says whether a kind of line has a field.
func has(fields, name string) bool { return strings.Contains(" "+fields+" ", " "+name+" ") }

// wrong names the first field whose value nobody could have meant.
func (l *formatLine) wrong(fields string) error {
	for _, r := range [...]struct {
		field string
		bad   bool
		text  string
	}{
		{"client", l.Client == "", "is missing"},
		{"topic", l.Topic == "", "is missing"},
		{"partition", l.Partition < 0, "is negative"},
		{"acks", l.Acks < -1 || l.Acks > 1, "is none of -1, 0 and 1"},
		{"outcome", outcomeOf(l.Outcome) == 0, "is none of ok, failed and unknown"},
		{"offset", l.Offset < -1, "is below -1"},
		{"attempts", l.Attempts < 0, "is negative"},
		{"from", l.From < -1, "is below -1"},
		{"to", l.To < 0, "is negative"},
		{"group", l.Group == "" && l.Fact != "processed", "is missing"},
		{"kind", kindOf(l.Kind) == 0, "is none of kill, power cut, disk damage and failed sync"},
		{"start", l.Start < 0, "is negative"},
		{"end", l.End < l.Start, "lies before start"},
		{"records", !l.orderly(), "do not rise by offset from 0 on"},
	} {
		if has(fields, r.field) && r.bad {
			return fmt.Errorf("field %q %s", r.field, r.text)
		}
	}
	return nil
}

// orderly says that a final log's records rise, and that no record lies below offset 0.
func (l *formatLine) orderly() bool {
	last := env.Offset(-1)
	for _, r := range l.Records {
		if r.Offset < 0 || l.Fact == "final_log" && (r.Offset <= last || r.Offset < l.Start || r.Offset >= l.End) {
			return false
		}
		last = r.Offset
	}
	return true
}

func outcomeOf(name string) env.Outcome {
	for o := env.OK; o <= env.Unknown; o++ {
		if o.String() == name {
			return o
		}
	}
	return 0
}

func kindOf(name string) MishapKind {
	for k := Killed; k <= SyncFailed; k++ {
		if k.String() == name {
			return k
		}
	}
	return 0
}
