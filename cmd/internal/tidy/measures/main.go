// Command measures prints the numbers of this module's structure and prose that its design sets bounds for:
//
//	go run ./cmd/internal/tidy/measures [-words] [PACKAGE...]
//
// A package is named by its path inside the module, core/broker for instance; without names all are printed. With
// -words it prints where the old turns of phrase stand instead, in comments and in texts. The command judges nothing:
// the bounds that hold are tests of the package tidy.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"gregor/cmd/internal/tidy"
)

func main() {
	m, err := tidy.Load(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "measures:", err)
		os.Exit(1)
	}
	words := flag.Bool("words", false, "print where the old turns of phrase stand")
	flag.Parse()
	if *words {
		turns(m, flag.Args())
		return
	}
	print(wanted(m.Measure(), flag.Args()))
}

// turns prints where the old turns of phrase stand in the packages that were named, in all if none was.
func turns(m *tidy.Module, names []string) {
	for _, p := range m.Packages {
		if len(names) > 0 && !slices.Contains(names, strings.TrimPrefix(p.ImportPath, m.Path+"/")) {
			continue
		}
		for _, f := range m.OldTurns(p) {
			fmt.Println(f)
		}
	}
}

// wanted keeps the packages that were named, all if none was.
func wanted(all []tidy.Measures, names []string) []tidy.Measures {
	if len(names) == 0 {
		return all
	}
	return slices.DeleteFunc(all, func(m tidy.Measures) bool { return !slices.Contains(names, m.Package) })
}

func print(all []tidy.Measures) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer w.Flush()
	fmt.Fprintln(w, "package\tlines\tfunctions\t>40 lines\tnesting >3\tarrows\tback\tasserts/1000\tmost methods\tmost fields\twords\t"+
		strings.Join(tidy.Turns(), "\t")+"\t")
	var sum tidy.Measures
	for _, m := range all {
		row(w, m)
		sum.Add(m)
	}
	sum.Package = "all"
	row(w, sum)
}

func row(w *tabwriter.Writer, m tidy.Measures) {
	methods, fields := m.Largest()
	fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%d\t%s\t%.1f\t%s %d\t%s %d\t%d\t",
		m.Package, m.Lines, m.Functions, percent(m.Long, m.Functions), percent(m.Deep, m.Functions),
		m.Arrows.All, percent(m.Arrows.Back, m.Arrows.All), 1e3*float64(m.Asserts)/float64(max(1, m.Lines)),
		methods.Name, methods.Methods, fields.Name, fields.Fields, m.Prose.Words)
	for i := range tidy.Turns() {
		fmt.Fprintf(w, "%.1f\t", m.Prose.Rate(i))
	}
	fmt.Fprintln(w)
}

func percent(part, all int) string {
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(max(1, all)))
}
