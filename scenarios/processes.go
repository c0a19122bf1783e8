package scenarios

// processes is what became of the processes of nodes, and what steps want of them.
type processes struct {
	begun   map[string]int   // incarnations of each client
	sent    map[string]int64 // records that each client has handed to its producer
	closed  map[string]bool  // clients that have ended by themselves
	serving map[string]bool  // servers that have reported so since they started
	leaving map[string]bool  // nodes asked to stop, and whether they are to start again then
	absent  map[string]int   // nodes that a step took down or asked to stop, by the number of that step
	taken   int              // the last of these numbers
}

func newProcesses() processes {
	return processes{begun: map[string]int{}, sent: map[string]int64{}, closed: map[string]bool{},
		serving: map[string]bool{},
		leaving: map[string]bool{}, absent: map[string]int{}}
}

// absence notes that a step takes a node down, and returns the number of the step.
func (p *processes) absence(n string) int {
	p.taken++
	p.absent[n] = p.taken
	return p.taken
}

// ended forgets what was true of the incarnation that has ended.
func (p *processes) ended(n string) {
	delete(p.leaving, n)
	delete(p.serving, n)
}
