package stepper

import (
	"fmt"
	"slices"
	"strings"

	"gregor/cmd/internal/terminal"
	"gregor/core/kafka"
	"gregor/core/view"
	"gregor/netsim"
	"gregor/scenarios"
	"gregor/sim"
)

// Nodes shows every node on a line: whether it runs, and what it is and does.
func Nodes(v scenarios.View) []string {
	width := 0
	for _, m := range v.Machines {
		width = max(width, len(m.Name))
	}
	var lines []string
	for _, m := range v.Machines {
		lines = append(lines, fmt.Sprintf("%-*s  %-8s  %s", width, m.Name, state(m), does(m)))
	}
	for _, c := range v.Cuts {
		lines = append(lines, fmt.Sprintf("nothing gets from %s to %s", c.From, c.To))
	}
	return lines
}

func state(m sim.Machine) string {
	switch {
	case !m.Up:
		return "down"
	case m.Paused:
		return "paused"
	}
	return m.Process.Phase
}

// does is what a process is, in a line.
func does(m sim.Machine) string {
	var parts []string
	if s := m.Process.Server; s != nil {
		parts = append(parts, serverDoes(s)...)
	}
	if p := m.Process.Producer; p != nil {
		parts = append(parts, fmt.Sprintf("producer id %d epoch %d, %s to be acknowledged", p.ID, p.Epoch,
			terminal.Count(p.Waiting, "record")))
	}
	if c := m.Process.Consumer; c != nil {
		parts = append(parts, consumerDoes(c)...)
	}
	if m.Waiting > 0 {
		parts = append(parts, terminal.Count(m.Waiting, "event")+" to be handled")
	}
	if m.Skew != 0 {
		parts = append(parts, fmt.Sprintf("clock off by %d ms", m.Skew))
	}
	if n := len(m.Unsynced); n > 0 {
		parts = append(parts, terminal.Count(n, "file")+" unsynced")
	}
	return strings.Join(parts, "; ")
}

func serverDoes(s *view.Server) (parts []string) {
	if s.Broker {
		standing := "unfenced"
		if s.Fenced {
			standing = "fenced"
		}
		var leads []string
		for _, p := range s.Partitions {
			if p.Role == "leading" && !strings.HasPrefix(p.Topic, "__") {
				leads = append(leads, p.TopicPartition.String())
			}
		}
		text := fmt.Sprintf("broker epoch %d, %s, %s", s.BrokerEpoch, standing,
			terminal.Count(len(s.Partitions), "partition"))
		if len(leads) > 0 {
			text += ", leads " + some(leads)
		}
		parts = append(parts, text)
	}
	if q := s.Quorum; q != nil && s.Controller {
		parts = append(parts, fmt.Sprintf("controller: %s of epoch %d, committed %d of %d", q.Role, q.Epoch, q.HighWatermark,
			q.LogEnd))
	}
	return parts
}

func consumerDoes(c *view.Consumer) (parts []string) {
	if c.Group != "" {
		parts = append(parts, fmt.Sprintf("consumer of %s, %s in generation %d", c.Group, c.State, c.Generation))
	}
	var at []string
	for _, p := range c.Positions {
		at = append(at, fmt.Sprintf("%s at %d", p.TopicPartition, p.Position))
	}
	if len(at) > 0 {
		parts = append(parts, "reads "+some(at))
	}
	return parts
}

// someMax is how many names a line lists.
const someMax = 4

func some(names []string) string {
	if len(names) > someMax {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:someMax], ", "), len(names)-someMax)
	}
	return strings.Join(names, ", ")
}

// stripWidth is how many columns the longest log takes.
const stripWidth = 32

// Partition shows the replicas of a partition with their logs, drawn to one scale: = is committed and flushed, -
// committed, . neither; | is the high watermark.
func Partition(v scenarios.View, name string) []string {
	type replica struct {
		node string
		view.Partition
	}
	var all []replica
	first, last := kafka.Offset(1<<62), kafka.Offset(0)
	for _, m := range v.Machines {
		if m.Process.Server == nil {
			continue
		}
		for _, p := range m.Process.Server.Partitions {
			if p.TopicPartition.String() == name {
				all = append(all, replica{m.Name, p})
				first, last = min(first, p.LogStart), max(last, p.LogEnd)
			}
		}
	}
	if len(all) == 0 {
		return []string{"no running broker has a replica of " + name}
	}
	newest := slices.MaxFunc(all, func(a, b replica) int { return int(a.LeaderEpoch) - int(b.LeaderEpoch) })
	lines := []string{fmt.Sprintf("%s: leader %s in epoch %d, ISR %v, ELR %v, replicas %v", name,
		brokerName(newest.Leader), newest.LeaderEpoch, newest.ISR, newest.ELR, newest.Replicas)}
	for _, r := range all {
		role := r.Role
		if r.State != "ready" {
			role += ", log " + r.State
		}
		lines = append(lines, fmt.Sprintf("%-4s %-9s hw %-6d end %-6d [%s] start %d, flushed to %d, epochs %s", r.node,
			role, r.HighWatermark, r.LogEnd, strip(&r.Log, first, last), r.LogStart, r.Flushed, epochs(r.Epochs)))
	}
	return lines
}

func brokerName(id kafka.NodeID) string {
	if id == kafka.NoNode {
		return "none"
	}
	return fmt.Sprintf("b%d", id)
}

func epochs(all []view.EpochStart) string {
	const most = 3
	var parts []string
	for _, e := range all[max(0, len(all)-most):] {
		parts = append(parts, fmt.Sprintf("%d from %d", e.Epoch, e.Start))
	}
	if len(all) > most {
		parts = append([]string{"…"}, parts...)
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// strip draws a log between two offsets.
func strip(l *view.Log, first, last kafka.Offset) string {
	span := max(last-first, 1)
	column := func(o kafka.Offset) int { return int((o - first) * stripWidth / span) }
	b := []byte(strings.Repeat(" ", stripWidth+1))
	for i := column(l.LogStart); i < column(l.LogEnd); i++ {
		switch {
		case i < column(min(l.Flushed, l.HighWatermark)):
			b[i] = '='
		case i < column(l.HighWatermark):
			b[i] = '-'
		default:
			b[i] = '.'
		}
	}
	b[column(l.HighWatermark)] = '|'
	return string(b)
}

// Group shows a group at its coordinator, and its members as they see themselves.
func Group(v scenarios.View, id string) []string {
	var lines []string
	for _, m := range v.Machines {
		if m.Process.Server == nil {
			continue
		}
		for _, g := range m.Process.Server.Groups {
			if g.ID == id {
				lines = append(lines, coordinated(m.Name, &g)...)
			}
		}
	}
	for _, m := range v.Machines {
		if c := m.Process.Consumer; c != nil && c.Group == id {
			lines = append(lines, fmt.Sprintf("%s: %s", m.Name, does(m)))
		}
	}
	if len(lines) == 0 {
		return []string{"no running node knows a group " + id}
	}
	return lines
}

func coordinated(node string, g *view.Group) []string {
	lines := []string{fmt.Sprintf("%s at %s: %s, generation %d %s", g.ID, node, g.State, g.Generation, g.Protocol)}
	for _, m := range g.Members {
		var has []string
		for _, tp := range m.Assigned {
			has = append(has, tp.String())
		}
		text := fmt.Sprintf("  member %s has %s", m.Client, cmpOr(some(has), "nothing"))
		if m.ID == g.Leader {
			text += ", leads"
		}
		if m.Waits != "" {
			text += ", waits for its " + m.Waits
		}
		lines = append(lines, text)
	}
	for _, o := range g.Offsets {
		lines = append(lines, fmt.Sprintf("  committed %s at %d", o.TopicPartition, o.Offset))
	}
	return lines
}

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// messagesMax is how many messages are shown.
const messagesMax = 30

// Messages shows what is under way.
func Messages(v scenarios.View) []string {
	if len(v.Messages) == 0 {
		return []string{"nothing is under way"}
	}
	var lines []string
	for i, m := range v.Messages {
		if i == messagesMax {
			return append(lines, fmt.Sprintf("… and %d more", len(v.Messages)-i))
		}
		text := fmt.Sprintf("%s > %s  %s, %d bytes, %s", m.From, m.To, m.Label, m.Bytes, m.Place)
		if m.Place == netsim.Flying {
			text += fmt.Sprintf(", arrives in %d us", m.InMicros)
		}
		lines = append(lines, text+fmt.Sprintf(" (sent in #%d)", m.Cause))
	}
	return lines
}

// Recent shows the last events.
func Recent(events []scenarios.Event, n int) []string {
	var lines []string
	for _, e := range events[max(0, len(events)-n):] {
		lines = append(lines, e.Lines()...)
	}
	return lines
}

// Tree shows the branches; the one that the cursor is in has a star.
func Tree(all []scenarios.Branch, now int) []string {
	var lines []string
	for i, b := range all {
		mark := " "
		if i == now {
			mark = "*"
		}
		if b.From < 0 {
			lines = append(lines, fmt.Sprintf("%s %d  the run itself, left at #%d", mark, i, b.Last))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %d  leaves %d after #%d: %s (at #%d)", mark, i, b.From, b.Event, b.Action,
			b.Last))
	}
	return lines
}

// Subject shows what a name names: a partition, a group, or a node.
func Subject(v scenarios.View, name string) []string {
	for _, m := range v.Machines {
		if m.Name == name {
			return node(v, m)
		}
		if s := m.Process.Server; s != nil {
			if slices.ContainsFunc(s.Partitions, func(p view.Partition) bool { return p.TopicPartition.String() == name }) {
				return Partition(v, name)
			}
			if slices.ContainsFunc(s.Groups, func(g view.Group) bool { return g.ID == name }) {
				return Group(v, name)
			}
		}
		if c := m.Process.Consumer; c != nil && c.Group == name {
			return Group(v, name)
		}
	}
	return []string{fmt.Sprintf("there is no node, partition or group %q; v lists the nodes", name)}
}

// node shows a node in full.
func node(v scenarios.View, m sim.Machine) []string {
	lines := []string{fmt.Sprintf("%s is %s; %s", m.Name, state(m), does(m))}
	if m.Timer >= 0 {
		lines = append(lines, fmt.Sprintf("  its timer is due in %d us", m.Timer))
	}
	if s := m.Process.Server; s != nil {
		for _, p := range s.Partitions {
			lines = append(lines, fmt.Sprintf("  %s: %s in epoch %d, hw %d end %d", p.TopicPartition, p.Role, p.LeaderEpoch,
				p.HighWatermark, p.LogEnd))
		}
		if q := s.Quorum; q != nil {
			lines = append(lines, fmt.Sprintf("  metadata log: %s of epoch %d, leader %d, voted for %d, hw %d end %d, flushed to %d, applied to %d",
				q.Role, q.Epoch, q.Leader, q.Voted, q.HighWatermark, q.LogEnd, q.Flushed, q.Applied))
		}
	}
	if p := m.Process.Producer; p != nil {
		for _, b := range p.Batches {
			where := "waits"
			if b.Sent {
				where = "is sent"
			}
			lines = append(lines, fmt.Sprintf("  batch for %s %s: %d records, sequence %d, %d retries", b.TopicPartition, where,
				b.Records, b.Sequence, b.Retries))
		}
	}
	for _, u := range m.Unsynced {
		lines = append(lines, fmt.Sprintf("  a power cut may take %d changes of %s, from byte %d on", u.Changes, u.Path,
			u.From))
	}
	return lines
}
