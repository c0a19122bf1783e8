package checkers

import (
	"fmt"

	"gregor/core/kafka"
)

// Finding is one thing that is wrong with a run.
type Finding struct {
	Check      string // the property's name
	Sentence   string
	Partition  kafka.TopicPartition // no topic: not about a partition
	Offset     kafka.Offset         // -1: not about an offset
	Event      uint64               // where it shows first
	Attributed string               // why it breaks no promise; "": it does
}

// String is the finding on one line.
func (f Finding) String() string {
	where := ""
	if f.Partition.Topic != "" {
		where = " " + f.Partition.String()
		if f.Offset >= 0 {
			where = fmt.Sprintf("%s@%d", where, f.Offset)
		}
	}
	why := ""
	if f.Attributed != "" {
		why = " [permitted: " + f.Attributed + "]"
	}
	return fmt.Sprintf("%s%s, event %d: %s%s", f.Check, where, f.Event, f.Sentence, why)
}

// Bug reports whether a promise is broken.
func (f Finding) Bug() bool { return f.Attributed == "" }

func finding(check string, p *partition, o kafka.Offset, event uint64, sentence string) Finding {
	return Finding{Check: check, Sentence: sentence, Partition: p.TopicPartition, Offset: o, Event: event}
}
