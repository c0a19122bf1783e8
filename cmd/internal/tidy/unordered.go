package tidy

import (
	"go/ast"
	"go/token"
	"go/types"
)

// rangeOver checks a range statement. body is the function it stands in.
func (l *linter) rangeOver(n *ast.RangeStmt, body *ast.BlockStmt) {
	t := l.info.TypeOf(n.X)
	if t == nil {
		return
	}
	switch t.Underlying().(type) {
	case *types.Chan:
		l.report(n, "channel", "a range over a channel is", useEvents, oneStep)
	case *types.Map:
		if !l.lenient("unordered") && !l.collectsAndSorts(n, body) {
			l.report(n, "unordered", "a range over a map is", useSortedMap, sameOrder)
		}
	}
}

// collectsAndSorts recognizes the one map range that is safe by its shape: it does nothing but append to
// slices, each of which the same function sorts further down.
func (l *linter) collectsAndSorts(n *ast.RangeStmt, body *ast.BlockStmt) bool {
	var slices []place
	if body == nil || !l.onlyAppends(n.Body.List, &slices) || len(slices) == 0 {
		return false
	}
	for _, s := range slices {
		if !l.sortedAfter(s, n.End(), body) {
			return false
		}
	}
	return true
}

// onlyAppends reports whether all statements are s = append(s, ...), perhaps under conditions that call nothing.
func (l *linter) onlyAppends(list []ast.Stmt, to *[]place) bool {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.AssignStmt:
			slice, ok := l.appendTo(s)
			if !ok {
				return false
			}
			*to = append(*to, slice)
		case *ast.IfStmt:
			if s.Init != nil || s.Else != nil || !l.callsNothing(s.Cond) || !l.onlyAppends(s.Body.List, to) {
				return false
			}
		case *ast.BranchStmt:
			if s.Tok != token.CONTINUE {
				return false // a break keeps whichever came first
			}
		default:
			return false
		}
	}
	return true
}

// place is a variable, or a field of one, at any depth.
type place struct {
	root types.Object
	path string
}

func (l *linter) place(e ast.Expr) (place, bool) {
	path := types.ExprString(e)
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return place{l.info.Uses[x], path}, l.info.Uses[x] != nil
		case *ast.SelectorExpr:
			e = x.X
		default:
			return place{}, false
		}
	}
}

// appendTo recognizes s = append(s, x...) where the x call nothing.
func (l *linter) appendTo(s *ast.AssignStmt) (place, bool) {
	if len(s.Lhs) != 1 || s.Tok != token.ASSIGN {
		return place{}, false
	}
	call, isCall := s.Rhs[0].(*ast.CallExpr)
	if !isCall || !l.builtin(call, "append") {
		return place{}, false
	}
	left, ok := l.place(s.Lhs[0])
	if first, ok2 := l.place(call.Args[0]); !ok || !ok2 || first != left {
		return place{}, false
	}
	for _, x := range call.Args[1:] {
		if !l.callsNothing(x) {
			return place{}, false
		}
	}
	return left, true
}

func (l *linter) builtin(call *ast.CallExpr, names ...string) bool {
	id, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := l.info.Uses[id].(*types.Builtin)
	for _, name := range names {
		if ok && b.Name() == name {
			return true
		}
	}
	return false
}

// callsNothing reports whether evaluating e calls no function: a call may keep what it was given, in the order
// it was given. Conversions, len, min and max are fine.
func (l *linter) callsNothing(e ast.Expr) bool {
	quiet := true
	ast.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if ok && !l.info.Types[call.Fun].IsType() && !l.builtin(call, "len", "cap", "min", "max") {
			quiet = false
		}
		return quiet
	})
	return quiet
}

// sorts are the functions that sort their first argument.
var sorts = map[string]bool{
	"slices.Sort": true, "slices.SortFunc": true, "slices.SortStableFunc": true,
	"sort.Slice": true, "sort.SliceStable": true, "sort.Strings": true, "sort.Ints": true,
}

// sortedAfter reports whether the function sorts the slice after pos, in no inner function.
func (l *linter) sortedAfter(slice place, pos token.Pos, body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if _, inner := n.(*ast.FuncLit); inner {
			return false
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || call.Pos() < pos || len(call.Args) == 0 || !sorts[l.qualified(call.Fun)] {
			return !found
		}
		if sorted, ok := l.place(call.Args[0]); ok && sorted == slice {
			found = true
		}
		return !found
	})
	return found
}
