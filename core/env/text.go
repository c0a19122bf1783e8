package env

import (
	"fmt"
	"strings"

	"gregor/core/kafka"
)

// Names returns the name under which a person knows a node, b2 in a scenario.
type Names func(kafka.NodeID) string

// textMax bounds what a fact's text shows of a key, a value or a list, and of a reason, in bytes.
const (
	textMax   = 60
	reasonMax = 160
)

// clip shortens what a fact carries from elsewhere to textMax.
func clip(text string) string { return clipTo(text, textMax) }

func clipTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// because is a reason in brackets, "" if there is none.
func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + clipTo(reason, reasonMax) + ")"
}

// List is the names of nodes as Kafka's tools write them: [b2 b3].
func (name Names) List(ids []kafka.NodeID) string {
	var all []string
	for _, id := range ids {
		all = append(all, name(id))
	}
	return "[" + clip(strings.Join(all, " ")) + "]"
}

// Offsets is a range of offsets, from the first to the last.
func Offsets(first, last kafka.Offset) string {
	if first == last {
		return fmt.Sprintf("offset %d", first)
	}
	return fmt.Sprintf("offsets %d..%d", first, last)
}

// partitions lists partitions, as far as a line holds them.
func partitions(all []kafka.TopicPartition) string {
	if len(all) == 0 {
		return "no partition"
	}
	var names []string
	for _, tp := range all {
		names = append(names, tp.String())
	}
	return clip(strings.Join(names, " "))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
