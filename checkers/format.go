package checkers

import (
	"fmt"
	"reflect"
	"strings"

	"gregor/core/env"
)

// A history is written as JSON lines: one object a line, {"event":7,"node":"p1","fact":"produce_called", …}. facts
// (forms.go) lists which facts there are; a fact has the fields of its Go type by the names of formatLine. Beside the
// facts there are three lines about the whole run: mishap, final_log and drained. What clients tell is enough to be
// judged; what the nodes of a cluster tell may be there too, all that checks ask for.
//
// "event" must not fall from line to line; equal numbers mean concurrent. "at" (nanoseconds) and "node" may be
// left out, and so may any field that has its zero value.
type formatLine struct {
	Event uint64      `json:"event"`
	At    env.Instant `json:"at,omitempty"`
	Node  string      `json:"node,omitempty"`
	Fact  string      `json:"fact"`

	// What clients tell.
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

	// What is said of a whole run.
	Kind      string     `json:"kind,omitempty"`
	Start     env.Offset `json:"start,omitempty"`
	End       env.Offset `json:"end,omitempty"`
	Compacted bool       `json:"compacted,omitempty"`

	// What brokers and controllers tell.
	ID             env.NodeID        `json:"id,omitempty"` // of the node
	Epoch          int64             `json:"epoch,omitempty"`
	FetchEpoch     int64             `json:"fetch_epoch,omitempty"`
	LastEpoch      int64             `json:"last_epoch,omitempty"`
	Again          bool              `json:"again,omitempty"` // of a registration
	Base           env.Offset        `json:"base,omitempty"`
	Last           env.Offset        `json:"last,omitempty"`
	ProducerID     env.ProducerID    `json:"producer_id,omitempty"`
	ProducerEpoch  env.ProducerEpoch `json:"producer_epoch,omitempty"`
	BaseSequence   env.Sequence      `json:"base_sequence,omitempty"`
	CRC            uint32            `json:"crc,omitempty"`
	Clean          bool              `json:"clean,omitempty"`
	LostBytes      env.Position      `json:"lost_bytes,omitempty"`
	Read           int               `json:"read,omitempty"`
	Kept           int               `json:"kept,omitempty"`
	Leader         env.NodeID        `json:"leader,omitempty"`
	LeaderMember   string            `json:"leader_member,omitempty"` // of a group
	Members        []string          `json:"members,omitempty"`
	PartitionEpoch int32             `json:"partition_epoch,omitempty"`
	Committed      []env.NodeID      `json:"committed,omitempty"`
	Proposed       []env.NodeID      `json:"proposed,omitempty"`
	Replicas       []env.NodeID      `json:"replicas,omitempty"`
	ISR            []env.NodeID      `json:"isr,omitempty"`
	ELR            []env.NodeID      `json:"elr,omitempty"`
	MinISR         int               `json:"min_isr,omitempty"`
	Anew           bool              `json:"anew,omitempty"`
	Unclean        bool              `json:"unclean,omitempty"`
	Gone           bool              `json:"gone,omitempty"`
	TopicID        string            `json:"topic_id,omitempty"`
	MetadataOffset env.Offset        `json:"metadata_offset,omitempty"` // At of what an image says
	Broker         env.NodeID        `json:"broker,omitempty"`
	Fenced         bool              `json:"fenced,omitempty"`
	Stopping       bool              `json:"stopping,omitempty"`
	Digest         uint64            `json:"digest,omitempty"`
	Candidate      env.NodeID        `json:"candidate,omitempty"`
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

// fieldNames are the JSON names of formatLine's fields, by their index.
var fieldNames = func() []string {
	t := reflect.TypeFor[formatLine]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _, _ = strings.Cut(t.Field(i).Tag.Get("json"), ",")
	}
	return names
}()

// extra is the first field that is set although its kind of line has none of that name, "" if there is none.
func (l *formatLine) extra(fields string) string {
	v := reflect.ValueOf(l).Elem()
	for i, name := range fieldNames {
		if !v.Field(i).IsZero() && !has("event at node fact "+fields, name) {
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
		{"kind", kindOf(l.Kind) == 0, "is none of kill, power cut, disk damage, failed sync and emptied disk"},
		{"start", l.Start < 0, "is negative"},
		{"end", l.End < l.Start, "lies before start"},
		{"records", !l.orderly(), "do not rise by offset from 0 on"},
		{"base", l.Base < 0, "is negative"},
		{"last", l.Last < l.Base, "lies before base"},
		{"last", l.Last > maxOffset, "is beyond every offset"},
		{"topic_id", l.TopicID != "" && !isUUID(l.TopicID), "is no topic id"},
	} {
		if has(fields, r.field) && r.bad {
			return fmt.Errorf("field %q %s", r.field, r.text)
		}
	}
	return nil
}

// maxOffset is the greatest offset a line may name.
const maxOffset = 1<<62 - 1

func isUUID(s string) bool {
	_, err := env.ParseUUID(s)
	return err == nil
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
	for k := Killed; k <= Wiped; k++ {
		if k.String() == name {
			return k
		}
	}
	return 0
}
