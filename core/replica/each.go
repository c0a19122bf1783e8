package replica

// Each calls do for every replica in the fetcher.
func (f *Fetcher) Each(do func(*Replica)) {
	for _, s := range f.spots {
		do(s.r)
	}
}
