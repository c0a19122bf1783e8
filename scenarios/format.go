package scenarios

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// String returns the scenario's text, from which Parse returns the same scenario: a shrunk failure is stored this way.
func (s *Scenario) String() string {
	var b strings.Builder
	for line := range strings.Lines(s.Story) {
		fmt.Fprintf(&b, "# %s\n", strings.TrimSpace(line))
	}
	b.WriteString(s.Cluster.String() + "\n")
	for _, t := range s.Topics {
		fmt.Fprintf(&b, "topic %s partitions=%d%s\n", t.Name, t.Partitions, settingsText(t.Settings))
	}
	for _, c := range s.Clients {
		fmt.Fprintf(&b, "%s %s%s\n", c.Kind, c.Name, settingsText(c.Settings))
	}
	if len(s.Network) > 0 {
		fmt.Fprintf(&b, "network%s\n", settingsText(s.Network))
	}
	if len(s.Disk) > 0 {
		fmt.Fprintf(&b, "disk%s\n", settingsText(s.Disk))
	}
	if s.Swarm {
		b.WriteString("swarm\n")
	}
	for _, st := range s.Steps {
		b.WriteString(st.String() + "\n")
	}
	for _, r := range s.Random {
		b.WriteString(r.String() + "\n")
	}
	fmt.Fprintf(&b, "run %s\n", short(s.Run))
	if s.Seeded {
		fmt.Fprintf(&b, "seed %d\n", s.Seed)
	}
	for _, e := range s.Expect {
		fmt.Fprintf(&b, "expect %s\n", e)
	}
	for _, e := range s.Allow {
		fmt.Fprintf(&b, "allow %s\n", e)
	}
	return b.String()
}

func (c *Cluster) String() string {
	text := fmt.Sprintf("cluster brokers=%d", c.Brokers)
	if c.Controllers > 0 {
		text += fmt.Sprintf(" controllers=%d", c.Controllers)
	}
	if len(c.Racks) > 0 {
		text += " racks=" + strings.Join(c.Racks, ",")
	}
	if c.DirectoryIDs {
		text += " directory.ids=true"
	}
	return text + settingsText(c.Settings)
}

func settingsText(all []Setting) string {
	text := ""
	for _, s := range all {
		text += " " + quote(s.Name+"="+s.Value)
	}
	return text
}

// when is the moment of a step, as it is written.
func (st Step) when() string {
	if st.After > 0 {
		return fmt.Sprintf("after %d", st.After)
	}
	return "at " + short(st.At)
}

func (st Step) String() string {
	text := st.when() + " " + st.Action.String()
	if st.For > 0 {
		text += " for " + short(st.For)
	}
	if st.Atlas {
		text += " if survivable"
	}
	return text
}

func (r Random) String() string {
	how := "random "
	if r.Rolling {
		how = "rolling "
	}
	text := how + r.Action.String() + " every " + r.Every.String()
	if r.For.Hi > 0 {
		text += " for " + r.For.String()
	}
	if r.From > 0 {
		text += " from " + short(r.From)
	}
	if r.Till > 0 {
		text += " till " + short(r.Till)
	}
	return text
}

func (s Span) String() string {
	if s.Lo == s.Hi {
		return short(s.Lo)
	}
	return short(s.Lo) + ".." + short(s.Hi)
}

func (a Action) String() string {
	text := a.Verb
	if a.Text != "" {
		text += " " + strconv.Quote(a.Text)
	}
	if a.Condition != nil {
		text += " " + a.Condition.String()
	}
	if len(a.Nodes) > 0 {
		text += " " + quote(strings.Join(a.Nodes, ","))
	}
	if len(a.Others) > 0 {
		text += " | " + quote(strings.Join(a.Others, ","))
	}
	if a.OneWay {
		text += " one-way"
	}
	if a.Amount != "" {
		text += " " + a.Amount
	}
	return text + settingsText(a.Set)
}

// short writes a time without the zero units that time.Duration's String adds.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = text[:len(text)-2]
	}
	if strings.HasSuffix(text, "h0m") {
		text = text[:len(text)-2]
	}
	return text
}
