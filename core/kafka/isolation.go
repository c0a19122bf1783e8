package kafka

// IsolationLevel is which records of transactions a consumer sees (isolation.level).
type IsolationLevel int8

// The isolation levels.
const (
	ReadUncommitted IsolationLevel = 0 // up to the high watermark
	ReadCommitted   IsolationLevel = 1 // up to the last stable offset, without those of aborted transactions
)

// Valid reports whether l is one of the two levels.
func (l IsolationLevel) Valid() bool { return l == ReadUncommitted || l == ReadCommitted }
