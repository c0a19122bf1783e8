// Package near finds the name that was probably meant by one that does not exist: for settings, statements, nodes,
// topics and checks, so that every "did you mean" is the same guess. It is a leaf.
package near

import "strings"

// bytesMax bounds the names that are compared.
const bytesMax = 128

// Name returns the known name that is nearest to a wrong one, "" if none is near: at most a third of its letters may
// differ, or it is one part of a single known name ("loss" of acked-loss).
func Name(word string, known []string) string {
	word = strings.ToLower(word)
	best, distance := "", 2+min(max(len(word)/3-1, 0), 6)
	if len(word) < 3 {
		distance = 0 // any other short name would be as near
	}
	for _, k := range known {
		if d := Distance(word, strings.ToLower(k), distance); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return onlyWith(word, known)
	}
	return best
}

// onlyWith returns the one known name that contains a word, "" if there is none or more than one.
func onlyWith(word string, known []string) (only string) {
	for _, k := range known {
		if len(word) < 3 || !strings.Contains(strings.ToLower(k), word) {
			continue
		}
		if only != "" {
			return ""
		}
		only = k
	}
	return only
}

// Distance counts insertions, deletions, replacements and swaps of neighbours that make b of a; it stops with limit
// once the answer cannot be below it.
func Distance(a, b string, limit int) int {
	if len(a) > bytesMax || len(b) > bytesMax || max(len(a)-len(b), len(b)-len(a)) >= limit {
		return limit
	}
	var rows [3][bytesMax + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}

func differ(a, b byte) int {
	if a == b {
		return 0
	}
	return 1
}
