package replica

// EachAnswered calls do for every replica that the last response named, and so may have changed: they are to be
// settled. Call it before the next Settle.
func (f *Fetcher) EachAnswered(do func(*Replica)) {
	for _, s := range f.look {
		if !s.gone && s.answered == f.token {
			do(s.r)
		}
	}
}
