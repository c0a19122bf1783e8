package replica

// mutants are bugs of history that the tests switch on, to see that they are found. Nothing but a test sets one.
// The first three of R13, R14 and I4 are not here: truncation and retention belong to package seglog, and there is only
// one snapshot of a follower to decide on, in a step that nothing can come between.
type mutants struct {
	truncateToHW           bool // R1, R2
	epochReplyWithoutEpoch bool // R3
	noEpochEntryOnElection bool // R4
	expandAtLocalHW        bool // R5
	skipTruncateSameLeader bool // R6
	noFetchEpochCheck      bool // R7
	hwIgnoresEpoch         bool // R7
	acceptStaleReply       bool // R8
	divergingUpdatesLEO    bool // R9
	failedReadUpdatesState bool // R10
	forgetLastFetchedEpoch bool // R11
	hwBeforeTruncate       bool // R12
	truncateUnowned        bool // R13, the fourth
	listOffsetsLocalHW     bool // R15
	noMaximalISR           bool // I1
	noCurrentEpochFetch    bool // I2
	noBrokerEpoch          bool // I3
	allowFencedJoin        bool // I5
	hwBelowMinISR          bool // I6
	noRefreshOnConflict    bool // I11
	nameOnly               bool // I17
}
