package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// turn is a turn of phrase that this project's prose once leaned on and does not use any more, and what stands instead.
type turn struct {
	name, instead string
	pattern       *regexp.Regexp
}

// turns are the old turns of phrase that are counted.
var turns = [...]turn{
	{"says what", "reports whether, returns, states",
		regexp.MustCompile(`(?i)\b(says?|said|saying)\s+(whether|what|how|which|who|where|when)\b`)},
	{"tell/told", "emits, reports, returns, logs, answers", regexp.MustCompile(`(?i)\b(tells?|told|telling)\b`)},
	{"nobody", "the actor: no client, no replica, no leader",
		regexp.MustCompile(`(?i)\b(somebody|someone|nobody|no one)\b`)},
	{"whoever", "the actor: the leader, the caller, the coordinator", regexp.MustCompile(`(?i)\bwhoever\b`)},
	{"hears", "receives, learns", regexp.MustCompile(`(?i)\b(hears?|heard)\b`)},
	{"takes up", "begins, becomes, accepts", regexp.MustCompile(`(?i)\b(takes?|taken|took) up\b`)},
	{"anew", "again, restarts at, resets", regexp.MustCompile(`(?i)\banew\b`)},
}

// Turns returns the names of the turns of phrase that [Prose] counts, in its order.
func Turns() (names []string) {
	for _, t := range turns {
		names = append(names, t.name)
	}
	return names
}

// Prose counts the words of comments, and the old turns of phrase among them.
type Prose struct {
	Words int
	Turns [len(turns)]int
}

func (p *Prose) add(q Prose) {
	p.Words += q.Words
	for i, n := range q.Turns {
		p.Turns[i] += n
	}
}

// Rate returns how often a turn of phrase comes in 10,000 words.
func (p Prose) Rate(turn int) float64 { return 1e4 * float64(p.Turns[turn]) / float64(max(1, p.Words)) }

var word = regexp.MustCompile(`[\pL\d][\pL\d'_.-]*`)

// proseOf counts the comments of a file, without directives.
func proseOf(f *ast.File) (p Prose) {
	for _, group := range f.Comments {
		p.add(proseIn(group.Text()))
	}
	return p
}

func proseIn(text string) (p Prose) {
	p.Words = len(word.FindAllString(text, -1))
	for i, t := range turns {
		p.Turns[i] = len(t.pattern.FindAllString(text, -1))
	}
	return p
}

// OldTurns finds the old turns of phrase in a package's comments and in its texts, tests included.
func (m *Module) OldTurns(p *Package) (out []Finding) {
	find := func(pos token.Pos, text string) {
		at := m.Fset.Position(pos)
		for _, t := range turns {
			for _, where := range t.pattern.FindAllStringIndex(text, -1) {
				line := token.Position{Filename: at.Filename, Line: at.Line + strings.Count(text[:where[0]], "\n")}
				out = append(out, Finding{line, "words", fmt.Sprintf("%q; write: %s", text[where[0]:where[1]], t.instead)})
			}
		}
	}
	for _, f := range p.Files {
		for _, group := range f.Syntax.Comments {
			for _, c := range group.List {
				find(c.Pos(), c.Text)
			}
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
				find(text.Pos(), text.Value)
			}
			return true
		})
	}
	return sortFindings(out)
}
