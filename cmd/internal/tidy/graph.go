package tidy

// graph is a directed graph over small numbers, without weights.
type graph struct{ to [][]bool }

func newGraph(n int) graph {
	g := graph{to: make([][]bool, n)}
	for i := range g.to {
		g.to[i] = make([]bool, n)
	}
	return g
}

func (g graph) arrow(from, to int) { g.to[from][to] = true }

// size returns the number of arrows.
func (g graph) size() (n int) {
	for _, row := range g.to {
		for _, is := range row {
			if is {
				n++
			}
		}
	}
	return n
}

// order returns the nodes so that few arrows run from a later one to an earlier one: the greedy algorithm of Eades, Lin
// and Smyth (1993) takes sources to the front and sinks to the end, and otherwise the node that has the most arrows out
// over those in. Afterwards neighbours are exchanged as long as that saves arrows.
func (g graph) order() []int {
	n := len(g.to)
	gone := make([]bool, n)
	var front, end []int
	take := func(i int) { gone[i] = true }
	for left := n; left > 0; left-- {
		best, surplus, sink := -1, 0, false
		for i := range n {
			if gone[i] {
				continue
			}
			out, in := g.degree(i, gone)
			if out == 0 {
				best, sink = i, true
				break
			}
			if in == 0 {
				out = n * n
			}
			if best < 0 || out-in > surplus {
				best, surplus = i, out-in
			}
		}
		take(best)
		if sink {
			end = append(end, best)
		} else {
			front = append(front, best)
		}
	}
	for i := len(end) - 1; i >= 0; i-- {
		front = append(front, end[i])
	}
	return g.improve(front)
}

func (g graph) degree(i int, gone []bool) (out, in int) {
	for j := range g.to {
		if gone[j] || j == i {
			continue
		}
		if g.to[i][j] {
			out++
		}
		if g.to[j][i] {
			in++
		}
	}
	return out, in
}

// improve moves single nodes to the place where the fewest arrows run back, until no move saves any.
func (g graph) improve(order []int) []int {
	for better := true; better; {
		better = false
		for i := range order {
			if j := g.placeOf(order, i); j != i {
				order = move(order, i, j)
				better = true
			}
		}
	}
	return order
}

// placeOf returns the position at which the node at i has the fewest arrows that run back; i if no other has fewer.
func (g graph) placeOf(order []int, i int) int {
	node, best, saved, gain := order[i], i, 0, 0
	for j := i - 1; j >= 0; j-- { // before order[j]
		gain += weight(g.to[node][order[j]]) - weight(g.to[order[j]][node])
		if gain > saved {
			best, saved = j, gain
		}
	}
	gain = 0
	for j := i + 1; j < len(order); j++ { // behind order[j]
		gain += weight(g.to[order[j]][node]) - weight(g.to[node][order[j]])
		if gain > saved {
			best, saved = j, gain
		}
	}
	return best
}

func weight(arrow bool) int {
	if arrow {
		return 1
	}
	return 0
}

// move takes what is at i to j and shifts what lies between.
func move(order []int, i, j int) []int {
	node := order[i]
	if i < j {
		copy(order[i:j], order[i+1:j+1])
	} else {
		copy(order[j+1:i+1], order[j:i])
	}
	order[j] = node
	return order
}

// back returns how many arrows run from a later node of the order to an earlier one.
func (g graph) back(order []int) (n int) {
	for i, late := range order {
		for _, early := range order[:i] {
			if g.to[late][early] {
				n++
			}
		}
	}
	return n
}
