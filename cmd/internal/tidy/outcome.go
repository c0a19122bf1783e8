package tidy

import (
	"go/ast"
	"go/types"
)

// In core the outcome of an operation comes back as an env.Event, or as the error of a chain of them. The rule
// "outcome": a function that is called with one looks at it, or hands it on. What is given to must is called with
// successes only.

// looksItself notes the functions that a call of must is given: it looks at the outcome before it calls them.
func (l *linter) looksItself(call *ast.CallExpr) {
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "must" {
		return
	}
	for _, a := range call.Args {
		if f, ok := a.(*ast.FuncLit); ok {
			l.looked[f] = true
		}
	}
}

// outcomeOf checks a function's parameters. Of a declared function only that it names the outcome: what is an outcome
// of the disk and what another event the type does not show.
func (l *linter) outcomeOf(n ast.Node, f *ast.FuncType, literal *ast.BlockStmt) {
	if l.testing || l.folder != "core" {
		return
	}
	for _, p := range f.Params.List {
		event, failure := l.isEvent(p.Type), literal != nil && l.isError(p.Type)
		if !event && !failure {
			continue
		}
		if len(p.Names) == 0 || p.Names[0].Name == "_" || event && literal != nil && !l.looksAt(literal, p.Names[0]) {
			l.report(n, "outcome", "an outcome that nothing looks at is",
				"its Err, or an escape with the reason why it cannot matter",
				"what the disk refused would be taken for done")
		}
	}
}

func (l *linter) isEvent(t ast.Expr) bool {
	named, ok := l.info.TypeOf(t).(*types.Named)
	return ok && named.Obj().Name() == "Event" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == l.module+
		"/core/env"
}

func (l *linter) isError(t ast.Expr) bool {
	return types.Identical(l.info.TypeOf(t), types.Universe.Lookup("error").Type())
}

// looksAt reports whether a body reads the Err of an event, or hands the event on.
func (l *linter) looksAt(body *ast.BlockStmt, event *ast.Ident) (found bool) {
	is := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && l.info.Uses[id] == l.info.Defs[event]
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			found = found || n.Sel.Name == "Err" && is(n.X)
		case *ast.CallExpr:
			for _, a := range n.Args {
				found = found || is(a)
			}
		}
		return !found
	})
	return found
}
