package wire

// names keeps the strings that requests brought, so that a name which comes again costs no allocation. It is
// a direct-mapped table of a fixed size: a new name takes the place of an old one. It belongs to one pooled
// Request; the strings in it are copies and may be kept for ever. A string longer than any topic's name is not
// kept, so that a hostile peer cannot fill the table with megabytes.
type names [64]string

// longestName is how long a topic's name may be, in Kafka.
const longestName = 249

// of returns b as a string.
func (n *names) of(b []byte) string {
	switch {
	case len(b) == 0:
		return ""
	case len(b) > longestName:
		return string(b)
	}
	slot := &n[hash(b)%uint32(len(n))]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// hash is FNV-1a.
func hash(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}
