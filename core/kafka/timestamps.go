package kafka

// The timestamps that ask ListOffsets for something other than the first record from a time on. They are untyped, for
// they stand where a request has an int64.
const (
	LatestTimestamp                = -1
	EarliestTimestamp              = -2
	MaxTimestamp                   = -3 // the record with the largest timestamp (KIP-734)
	EarliestLocalTimestamp         = -4 // the first offset on the broker's own disk (KIP-405)
	LatestTieredTimestamp          = -5 // the last offset in tiered storage (KIP-1005)
	EarliestPendingUploadTimestamp = -6 // the first offset not in tiered storage (KIP-1023)
)
