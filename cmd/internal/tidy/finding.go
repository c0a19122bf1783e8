package tidy

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Finding is one place that breaks a rule.
type Finding struct {
	Pos  token.Position
	Rule string
	Text string
}

func (f Finding) String() string {
	return fmt.Sprintf("%s:%d: %s [tidy:%s]", f.Pos.Filename, f.Pos.Line, f.Text, f.Rule)
}

func sortFindings(fs []Finding) []Finding {
	slices.SortFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Filename, b.Pos.Filename), cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(fs)
}

// escape is a //tidy: comment.
type escape struct {
	rule, reason string
	pos          token.Position
	covers       int // the line it speaks for: the first one below its comment that holds code
	used         bool
}

const escapePrefix = "//tidy:"

// escapes finds the escapes of a file. Comments may follow one another; all speak for the line below the last.
func escapes(fset *token.FileSet, f *ast.File) []*escape {
	var out []*escape
	for _, group := range f.Comments {
		for _, c := range group.List {
			text, ok := strings.CutPrefix(c.Text, escapePrefix)
			if !ok {
				continue
			}
			rule, reason, _ := strings.Cut(text, " ")
			out = append(out, &escape{rule: rule, reason: strings.TrimSpace(reason), pos: fset.Position(c.Pos()),
				covers: fset.Position(group.End()).Line + 1})
		}
	}
	return out
}

// escapesOf finds the escapes from one rule.
func escapesOf(rule string, fset *token.FileSet, f *ast.File) []*escape {
	return slices.DeleteFunc(escapes(fset, f), func(e *escape) bool { return e.rule != rule })
}

// applyEscapes takes away the findings that are excused, and adds one for each escape that is wrong.
func applyEscapes(findings []Finding, all []*escape) []Finding {
	var out []Finding
	for _, f := range findings {
		if !excused(f, all) {
			out = append(out, f)
		}
	}
	for _, e := range all {
		wrong := func(format string, args ...any) {
			out = append(out, Finding{e.pos, "escape", fmt.Sprintf(format, args...)})
		}
		switch {
		case !slices.Contains(escapable, e.rule) && !slices.Contains(shaping, e.rule):
			wrong("there is no rule %q to escape from; the rules are %s", e.rule,
				strings.Join(append(slices.Clone(escapable), shaping...), ", "))
		case e.reason == "":
			wrong("an escape needs its reason: //tidy:%s <why it is harmless here>", e.rule)
		case !e.used:
			wrong("this escape excuses nothing on line %d; remove it", e.covers)
		}
	}
	return out
}

func excused(f Finding, all []*escape) bool {
	for _, e := range all {
		if e.rule == f.Rule && e.covers == f.Pos.Line && e.pos.Filename == f.Pos.Filename && e.reason != "" {
			e.used = true
			return true
		}
	}
	return false
}
