package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Error is what is wrong with a scenario: where, what, and what would be right.
type Error struct {
	Name string // of the scenario
	Line int
	Word string
	Text string
	Fix  string
}

func (e *Error) Error() string {
	text := fmt.Sprintf("%s:%d: ", e.Name, e.Line)
	if e.Word != "" {
		text += fmt.Sprintf("%q: ", e.Word)
	}
	text += e.Text
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// parser reads one scenario.
//
//tidy:size one method for each statement and kind of word
type parser struct {
	s     *Scenario
	line  int
	words []string
	at    int
	seen  map[string]int // names of topics and clients, and where
}

// stop ends the parsing with an error; parse catches it.
type stop struct{ err *Error }

func (p *parser) fail(word, text, fix string) {
	panic(stop{&Error{Name: p.s.Name, Line: p.line, Word: word, Text: text, Fix: fix}})
}

// Parse reads a scenario. The error is an [Error].
func Parse(name, text string) (s *Scenario, err error) {
	p := &parser{s: &Scenario{Name: name, Cluster: Cluster{Brokers: 1}}, seen: map[string]int{}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(stop)
			if !ok {
				panic(r)
			}
			s, err = nil, e.err
		}
	}()
	p.read(text)
	p.whole()
	return p.s, nil
}

func (p *parser) read(text string) {
	story := true
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if p.line++; p.line > linesMax {
			p.fail("", fmt.Sprintf("more than %d lines", linesMax), "")
		}
		if len(line) > lineBytesMax {
			p.fail("", fmt.Sprintf("line of %d bytes", len(line)), fmt.Sprintf("%d are allowed", lineBytesMax))
		}
		comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "#")
		if story && isComment {
			p.s.Story += strings.TrimSpace(comment) + "\n"
			continue
		}
		story = false
		if p.words, p.at = p.fields(line), 0; len(p.words) > 0 {
			p.statement()
		}
	}
}

// statement is a kind of line: its first word, what stands after that, what it does, and how it is read.
type statement struct {
	name, takes, text string
	once              bool // a scenario has one of them at most
	read              func(p *parser, name string)
}

// statementTable are all the statements: the parser and the help come from it.
func statementTable() []statement {
	return []statement{
		{name: "cluster", takes: "[brokers=N] [controllers=N] [racks=R,R...] [directory.ids=true] [SETTING=VALUE ...]",
			once: true,
			text: "the servers (brokers=1), and their broker configs", read: func(p *parser, _ string) { p.cluster() }},
		{name: "topic", takes: "NAME [partitions=N] [replication.factor=N] [SETTING=VALUE ...]",
			text: "a topic (partitions=1) that exists before the clients start, and its topic configs",
			read: func(p *parser, _ string) {
				p.topic()
			}},
		{name: "producer", takes: "NAME topic=T [rate=100/s] [SETTING=VALUE ...]", text: "a client that sends",
			read: (*parser).client},
		{name: "consumer", takes: "NAME group=G topic=T[,T...] [SETTING=VALUE ...]", text: "a client that reads",
			read: (*parser).client},
		{name: "admin", takes: "NAME do=COMMAND [at=TIME] [SETTING=VALUE ...]", text: "a client that sends one admin command",
			read: (*parser).client},
		{name: "network", takes: "SETTING=VALUE ...", text: "how the network behaves while faults are on",
			read: func(p *parser, _ string) { p.standing(&p.s.Network, faultSettings(p, networkTable, false)) }},
		{name: "disk", takes: "SETTING=VALUE ...", text: "how the brokers' disks behave while faults are on",
			read: func(p *parser, _ string) { p.standing(&p.s.Disk, faultSettings(p, diskTable, false)) }},
		{name: "swarm", once: true, text: "options of network, disks and brokers that no statement sets are drawn from the seed",
			read: func(p *parser, _ string) { p.s.Swarm = true }},
		{name: "at", takes: "TIME ACTION [for TIME] [if survivable]",
			text: "an action at a time; it ends after the second time, or with all other faults at the end of the run",
			read: func(p *parser, _ string) { p.step() }},
		{name: "after", takes: "EVENT ACTION [for TIME]",
			text: "an action right after the event of this number: what a fault made by hand becomes (gregor step)",
			read: func(p *parser, _ string) { p.stepAfter() }},
		{name: "random", takes: "ACTION every TIME[..TIME] [for TIME[..TIME]] [from TIME] [till TIME]",
			text: "the action is repeated, at times and on nodes that are drawn from the seed", read: func(p *parser, _ string) {
				p.random(false)
			}},
		{name: "rolling", takes: "ACTION every TIME[..TIME] [for TIME[..TIME]] [from TIME] [till TIME]",
			text: "likewise, on each of the nodes in turn", read: func(p *parser, _ string) { p.random(true) }},
		{name: "run", takes: "TIME", once: true, text: "how long faults are on (20s); then all faults end, and the cluster must recover",
			read: func(p *parser, _ string) { p.run() }},
		{name: "seed", takes: "N", once: true, text: "the seed if the command line gives none (1)",
			read: func(p *parser, _ string) {
				p.seed()
			}},
		{name: "expect", takes: "OUTCOME | CONDITION [in some of N seeds]",
			text: "what every run must show: an outcome, or a condition after recovery", read: func(p *parser, _ string) {
				p.s.Expect = append(p.s.Expect, p.expected())
			}},
		{name: "allow", takes: "OUTCOME", text: "an outcome that a run may show", read: func(p *parser, _ string) {
			p.s.Allow = append(p.s.Allow, p.allowed())
		}},
	}
}

func (p *parser) statement() {
	word := p.next("the statement")
	all := statementTable()
	i := slices.IndexFunc(all, func(s statement) bool { return s.name == word })
	if i < 0 {
		p.fail(word, "unknown statement", nearest(word, statementNames()))
	}
	if line, twice := p.seen["statement "+word]; twice && all[i].once {
		p.fail(word, fmt.Sprintf("line %d already has this statement", line), "a scenario has one; remove the other")
	}
	p.seen["statement "+word] = p.line
	all[i].read(p, word)
	p.end()
}

func statementNames() (names []string) {
	for _, s := range statementTable() {
		names = append(names, s.name)
	}
	return names
}

// next takes a word; what names it in the error if there is none.
func (p *parser) next(what string) string {
	if p.at >= len(p.words) {
		p.fail("", what+" is missing", "")
	}
	p.at++
	return p.words[p.at-1]
}

func (p *parser) last() string { return p.words[p.at-1] }

// has takes the next word if it is this one.
func (p *parser) has(word string) bool {
	if p.at < len(p.words) && p.words[p.at] == word {
		p.at++
		return true
	}
	return false
}

func (p *parser) end() {
	if p.at < len(p.words) {
		p.fail(p.words[p.at], "unexpected word after the statement", "write it on a line of its own, or remove it")
	}
}

func (p *parser) duration(what string) time.Duration {
	word := p.next(what)
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		p.fail(word, "not a time from 0s up", "write 200ms, 4s or 1m30s")
	}
	return d
}

func (p *parser) span(what string) Span {
	word := p.next(what)
	lo, hi, ranged := strings.Cut(word, "..")
	if !ranged {
		hi = lo
	}
	a, err1 := time.ParseDuration(lo)
	b, err2 := time.ParseDuration(hi)
	if err1 != nil || err2 != nil || a < 0 || b < a {
		p.fail(word, "neither a time nor a range of times", "write 2s or 2s..6s, the shorter first")
	}
	return Span{a, b}
}

// settings reads name=value words up to the end of the statement. known lists the names allowed, nil any; a name stands
// once, unless it is repeatable.
func (p *parser) settings(known []string, repeatable ...string) []Setting {
	var out []Setting
	for p.at < len(p.words) && strings.Contains(p.words[p.at], "=") {
		word := p.next("")
		name, value, _ := strings.Cut(word, "=")
		switch {
		case name == "" || value == "":
			p.fail(word, "not a setting", "write name=value without blanks")
		case known != nil && !contains(known, name):
			p.fail(name, "unknown setting", nearest(name, known))
		case !contains(repeatable, name) && slices.ContainsFunc(out, func(s Setting) bool { return s.Name == name }):
			p.fail(name, "set twice", "remove one")
		}
		out = append(out, Setting{name, value, p.line})
	}
	return out
}

// faultSettings reads settings of the network or of a disk, and tries their values.
func faultSettings[O any](p *parser, table []setting[O], asAction bool) []Setting {
	all := p.settings(settingNames(table))
	for _, s := range all {
		row := settingOf(table, s.Name)
		switch err := row.set(new(O), s.Value); {
		case err != nil:
			p.fail(s.Name+"="+s.Value, err.Error(), "")
		case row.usual == "" && !asAction:
			p.fail(s.Name, "happens once, at a moment", "write it as an action: at 3s disk b1 "+s.Name+"="+s.Value)
		}
	}
	return all
}

// standing adds settings that hold while faults are on.
func (p *parser) standing(to *[]Setting, all []Setting) {
	if len(all) == 0 {
		p.fail("", "no setting follows", "write name=value; gregor help scenario lists the settings")
	}
	for _, s := range all {
		for _, old := range *to {
			if old.Name == s.Name {
				p.fail(s.Name, fmt.Sprintf("already set by line %d", old.Line), "remove one")
			}
		}
	}
	*to = append(*to, all...)
}

// take removes a setting and returns its value.
func take(all *[]Setting, name string) (string, bool) {
	for i, s := range *all {
		if s.Name == name {
			*all = append((*all)[:i:i], (*all)[i+1:]...)
			return s.Value, true
		}
	}
	return "", false
}

func (p *parser) number(all *[]Setting, name string, least, most, otherwise int) int {
	text, ok := take(all, name)
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		p.fail(name+"="+text, "out of range", fmt.Sprintf("the range is %d to %d", least, most))
	}
	return n
}

func (p *parser) cluster() {
	all := p.settings(nil)
	p.s.Cluster.Brokers = p.number(&all, "brokers", 1, brokersMax, 1)
	p.s.Cluster.Controllers = p.number(&all, "controllers", 0, controllersMax, 0)
	if text, ok := take(&all, "racks"); ok {
		p.s.Cluster.Racks = strings.Split(text, ",")
		if len(p.s.Cluster.Racks) > racksMax || contains(p.s.Cluster.Racks, "") {
			p.fail("racks="+text, "not a list of racks", fmt.Sprintf("write racks=r1,r2,r3, at most %d of them", racksMax))
		}
	}
	if text, ok := take(&all, "directory.ids"); ok {
		if p.s.Cluster.DirectoryIDs = text == "true"; text != "true" && text != "false" {
			p.fail("directory.ids="+text, "neither true nor false", "")
		}
	}
	p.s.Cluster.Settings = all
}

// name takes a new name for a topic or a client.
func (p *parser) name(what string) string {
	name := p.next("the name of the " + what)
	if strings.Contains(name, "=") {
		p.fail(name, "a setting where the name of the "+what+" is expected", "the name comes first, then the settings")
	}
	if line, ok := p.seen[what+" "+name]; ok {
		p.fail(name, fmt.Sprintf("name already used by line %d", line), "choose another name")
	}
	p.seen[what+" "+name] = p.line
	return name
}

func (p *parser) topic() {
	t := Topic{Name: p.name("topic"), Line: p.line}
	t.Settings = p.settings(nil)
	t.Partitions = p.number(&t.Settings, "partitions", 1, partitionsMax, 1)
	if p.s.Topics = append(p.s.Topics, t); len(p.s.Topics) > topicsMax {
		p.fail("topic", fmt.Sprintf("more than %d topics", topicsMax), "")
	}
}

func (p *parser) client(kind string) {
	c := Client{Kind: kind, Name: p.name("client"), Line: p.line}
	p.clientName(c.Name)
	c.Settings = p.settings(nil, "config")
	if p.s.Clients = append(p.s.Clients, c); len(p.s.Clients) > clientsMax {
		p.fail(kind, fmt.Sprintf("more than %d clients", clientsMax), "")
	}
	if err := c.check(); err != nil {
		p.fail(kind+" "+c.Name, err.Error(), "")
	}
}

func (p *parser) step() {
	st := Step{At: p.duration("the time of the step"), Line: p.line}
	p.acting(&st)
	if st.Atlas = p.has("if"); st.Atlas && !p.has("survivable") {
		p.fail("if", "unknown condition", "write: at 3s power-cut b1 for 1s if survivable")
	}
	if verbOf(st.Action.Verb).moment && st.Atlas {
		p.fail("if", st.Action.Verb+" is not a fault", `leave out "if survivable"`)
	}
	p.addStep(st)
}

// stepAfter reads a step at an event.
func (p *parser) stepAfter() {
	word := p.next("the number of an event")
	event, err := strconv.ParseUint(word, 10, 64)
	if err != nil || event == 0 {
		p.fail(word, "not the number of an event", "write: after 9000 crash b1")
	}
	st := Step{After: event, Line: p.line}
	p.acting(&st)
	p.addStep(st)
}

// acting reads what a step does, and for how long.
func (p *parser) acting(st *Step) {
	st.Action = p.action()
	if p.has("for") {
		st.For = p.lasting(st.Action)
	}
}

func (p *parser) addStep(st Step) {
	if p.s.Steps = append(p.s.Steps, st); len(p.s.Steps) > stepsMax {
		p.fail(p.words[0], fmt.Sprintf("more than %d steps", stepsMax), "")
	}
}

func (p *parser) random(rolling bool) {
	r := Random{Line: p.line, Rolling: rolling}
	r.Action = p.action()
	if verbOf(r.Action.Verb).moment {
		p.fail(r.Action.Verb, "needs a time of its own", "write: at 5s "+r.Action.Verb+" …")
	}
	if rolling && len(r.Action.Nodes) == 0 {
		p.fail(r.Action.Verb, "acts on no node that could take turns", "write random instead of rolling")
	}
	if !p.has("every") {
		p.fail("", `"every" is missing`, "write: random crash broker every 2s..6s for 100ms..1s")
	}
	if r.Every = p.span("how often"); r.Every.Hi < time.Millisecond {
		p.fail(p.last(), "too often", "the minimum is 1ms")
	}
	for p.at < len(p.words) {
		switch word := p.next(""); word {
		case "for":
			r.For = p.lastingSpan(r.Action)
		case "from":
			r.From = p.duration("from when on")
		case "till":
			r.Till = p.duration("till when")
		default:
			p.fail(word, "unknown word here", nearest(word, []string{"for", "from", "till"}))
		}
	}
	p.s.Random = append(p.s.Random, r)
}

func (p *parser) run() {
	p.s.Run = p.duration("how long to run")
	if p.s.Run <= 0 || p.s.Run > runMax {
		p.fail(p.last(), "a run takes more than 0s and at most "+short(runMax), "")
	}
}

func (p *parser) seed() {
	word := p.next("the seed")
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		p.fail(word, "not a seed", "write a number from 0 up")
	}
	p.s.Seed, p.s.Seeded = n, true
}

func contains(all []string, word string) bool { return slices.Contains(all, word) }
