package replica

// Heard calls do for every replica that the last answer spoke of, and so may have changed: they are to be settled. Call
// it before the next Settle.
func (f *Fetcher) Heard(do func(*Replica)) {
	for _, s := range f.look {
		if !s.gone && s.answered == f.token {
			do(s.r)
		}
	}
}
