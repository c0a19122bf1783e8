package scenarios

import (
	"fmt"
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
		code, comment, has := strings.Cut(line, "#")
		if story && has && strings.TrimSpace(code) == "" {
			p.s.Story += strings.TrimSpace(comment) + "\n"
			continue
		}
		story = false
		if p.words, p.at = strings.Fields(code), 0; len(p.words) > 0 {
			p.statement()
		}
	}
}

var statements = []string{"cluster", "topic", "producer", "consumer", "admin", "network", "disk", "swarm", "at", "random",
	"rolling", "run", "seed", "expect", "allow"}

func (p *parser) statement() {
	switch word := p.next("a statement"); word {
	case "cluster":
		p.cluster()
	case "topic":
		p.topic()
	case "producer", "consumer", "admin":
		p.client(word)
	case "network":
		p.s.Network = append(p.s.Network, p.faultSettings(networkSettings)...)
	case "disk":
		p.s.Disk = append(p.s.Disk, p.faultSettings(diskSettings)...)
	case "swarm":
		p.s.Swarm = true
	case "at":
		p.step()
	case "random", "rolling":
		p.random(word == "rolling")
	case "run":
		p.s.Run = p.duration("how long to run")
		if p.s.Run <= 0 || p.s.Run > runMax {
			p.fail(p.last(), "a run takes more than 0 and at most "+runMax.String(), "")
		}
	case "seed":
		p.seed()
	case "expect":
		p.s.Expect = append(p.s.Expect, p.outcome())
	case "allow":
		p.s.Allow = append(p.s.Allow, p.outcome())
	default:
		p.fail(word, "is no statement", nearest(word, statements))
	}
	p.end()
}

// next takes a word; what says what is missing if there is none.
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
		p.fail(p.words[p.at], "the statement ends before this word", "put it on a line of its own, or take it out")
	}
}

func (p *parser) duration(what string) time.Duration {
	word := p.next(what)
	d, err := time.ParseDuration(word)
	if err != nil || d < 0 {
		p.fail(word, "is no time", "write 200ms, 4s or 1m30s")
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
		p.fail(word, "is no range of times", "write 2s or 2s..6s, the shorter first")
	}
	return Span{a, b}
}

// settings reads name=value words up to the end of the statement. known lists the names allowed, nil any.
func (p *parser) settings(known []string) []Setting {
	var out []Setting
	for p.at < len(p.words) && strings.Contains(p.words[p.at], "=") {
		word := p.next("")
		name, value, _ := strings.Cut(word, "=")
		if name == "" || value == "" {
			p.fail(word, "is no setting", "write name=value without blanks")
		}
		if known != nil && !contains(known, name) {
			p.fail(name, "is no setting here", nearest(name, known))
		}
		out = append(out, Setting{name, value, p.line})
	}
	return out
}

// faultSettings reads settings of the network or of a disk, and tries their values.
func (p *parser) faultSettings(known []string) []Setting {
	all := p.settings(known)
	for _, s := range all {
		if err := tryFault(s, &known[0] == &diskSettings[0]); err != nil {
			p.fail(s.Name+"="+s.Value, err.Error(), "")
		}
	}
	return all
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
		p.fail(name+"="+text, "is out of range", fmt.Sprintf("from %d to %d is allowed", least, most))
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
			p.fail("racks="+text, "is no list of racks", fmt.Sprintf("write racks=r1,r2,r3, at most %d of them", racksMax))
		}
	}
	if text, ok := take(&all, "directory.ids"); ok {
		if p.s.Cluster.DirectoryIDs = text == "true"; text != "true" && text != "false" {
			p.fail("directory.ids="+text, "is neither true nor false", "")
		}
	}
	p.s.Cluster.Settings = append(p.s.Cluster.Settings, all...)
}

// name takes a new name for a topic or a client.
func (p *parser) name(what string) string {
	name := p.next("the name of the " + what)
	if strings.ContainsAny(name, "=|(),") {
		p.fail(name, "is no name for a "+what, "the name comes first, then the settings")
	}
	if line, ok := p.seen[what+" "+name]; ok {
		p.fail(name, fmt.Sprintf("is taken, by line %d", line), "choose another name")
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

// own are names that no client may have.
var own = append([]string{auditor, setup}, words...)

func (p *parser) client(kind string) {
	c := Client{Kind: kind, Name: p.name("client"), Line: p.line}
	if isServerName(c.Name) || contains(own, c.Name) || strings.HasPrefix(c.Name, prober) {
		p.fail(c.Name, "is a name of the simulator's own", "b1, b2 … are the brokers, k1, k2 … the controllers; choose another name")
	}
	c.Settings = p.settings(nil)
	if p.s.Clients = append(p.s.Clients, c); len(p.s.Clients) > clientsMax {
		p.fail(kind, fmt.Sprintf("more than %d clients", clientsMax), "")
	}
	if err := c.check(); err != nil {
		p.fail(kind+" "+c.Name, err.Error(), "")
	}
}

func (p *parser) step() {
	st := Step{At: p.duration("the time of the step"), Line: p.line}
	st.Action = p.action()
	if p.has("for") {
		st.For = p.duration("how long")
	}
	if st.Atlas = p.has("if"); st.Atlas && !p.has("survivable") {
		p.fail("if", "is not followed by a condition that is known", "write: at 3s power-cut b1 for 1s if survivable")
	}
	if p.s.Steps = append(p.s.Steps, st); len(p.s.Steps) > stepsMax {
		p.fail("at", fmt.Sprintf("more than %d steps", stepsMax), "")
	}
}

func (p *parser) random(rolling bool) {
	r := Random{Line: p.line, Rolling: rolling}
	r.Action = p.action()
	if !p.has("every") {
		p.fail("", `"every" is missing`, "write: random crash broker every 2s..6s for 100ms..1s")
	}
	if r.Every = p.span("how often"); r.Every.Hi < time.Millisecond {
		p.fail(p.last(), "is too often", "1ms is the least")
	}
	for p.at < len(p.words) {
		switch word := p.next(""); word {
		case "for":
			r.For = p.span("how long")
		case "from":
			r.From = p.duration("from when on")
		case "till":
			r.Till = p.duration("till when")
		default:
			p.fail(word, "is not known here", nearest(word, []string{"for", "from", "till"}))
		}
	}
	p.s.Random = append(p.s.Random, r)
}

func (p *parser) seed() {
	word := p.next("the seed")
	n, err := strconv.ParseUint(word, 10, 64)
	if err != nil {
		p.fail(word, "is no seed", "write a number from 0 up")
	}
	p.s.Seed, p.s.Seeded = n, true
}

func (p *parser) outcome() string {
	word := p.next("what is expected")
	if !contains(Outcomes(), word) {
		p.fail(word, "is no outcome", nearest(word, Outcomes()))
	}
	return word
}

// whole checks what only shows when everything has been read.
func (p *parser) whole() {
	if p.s.Run == 0 {
		p.s.Run = 20 * time.Second
	}
	for i := range p.s.Steps {
		st := &p.s.Steps[i]
		p.line = st.Line
		if st.At > p.s.Run {
			p.fail(st.At.String(), "comes after the end of the run, "+p.s.Run.String(), "make the run longer")
		}
		p.nodesKnown(st.Action)
	}
	for _, r := range p.s.Random {
		p.line = r.Line
		p.nodesKnown(r.Action)
	}
	if contains(p.s.Expect, safe) && len(p.s.Expect) > 1 {
		p.fail("expect safe", "cannot go with another expectation", `use "allow" for what may happen`)
	}
}

func contains(all []string, word string) bool {
	for _, s := range all {
		if s == word {
			return true
		}
	}
	return false
}

// nearest suggests the known word closest to a wrong one.
func nearest(word string, known []string) string {
	best, distance := "", len(word)/2+1
	for _, k := range known {
		if d := editDistance(word, k); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "one of: " + strings.Join(known, ", ")
}

// editDistance counts the letters to change, add or take away.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
