// Package mutants is the planted bugs: mistakes that real brokers have made, each of which can be switched on to see
// that the simulator's checkers find it.
//
// A bug is one boolean, read at one place in the code it breaks. In a normal build there is no way to switch one on:
// [Enabled] is a constant, and the compiler leaves out what it guards. With the build tag mutants, Switch sets them for
// the whole process, and Plant does for one test; scenarios/mutants_test.go does, bug after bug, and so do the tests of
// the packages that bugs are planted in.
//
// The package does not know how a bug is found, nor the packages it is planted in.
//
// # The catalogue
//
// What became of its rows on replication (R), on in-sync replicas and the controller (I), and on the quorum (K):
//
//	R1   TruncateToHighWatermark
//	R2   TruncateToHighWatermark: the same mistake, brought out by two power cuts
//	R3   EpochReplyWithoutEpoch
//	R4   NoEpochEntryOnElection
//	R5   ExpandAtLocalHighWatermark
//	R6   SkipTruncateSameLeader
//	R7   NoFetchEpochCheck: a fetch names its epoch, and is handled as one that does not; HighWatermarkIgnoresEpoch
//	R8   AcceptStaleReply
//	R9   DivergingUpdatesFollower
//	R10  FailedReadUpdatesFollower
//	R11  ForgetLastFetchedEpoch
//	R12  HighWatermarkBeforeTruncate
//	R13  HighWatermarkNotReset, EpochCacheKeepsTail, RecoverSkipsEpochZero, TruncateUnowned
//	R14  RetentionPastHighWatermark
//	R15  ListOffsetsLocalHighWatermark
//	I1   NoMaximalISR
//	I2   NoCurrentEpochFetch: both are one update to a leader that reads of them in a snapshot
//	I3   NoBrokerEpoch
//	I4   DoubleReadState: the two looks are at the proposal's making and at its sending; within one step there is one
//	I5   ProposeFenced and AllowFencedJoin: the leader's half and the controller's; the first one alone breaks nothing
//	I6   NoELR, HighWatermarkBelowMinISR, IgnoreUncleanShutdown
//	I7   none: no flush before an acknowledgement is a configuration, and what it loses is permitted
//	I8   none: unclean election is a configuration
//	I9   none: min.insync.replicas=1 is a configuration
//	I10  AcksZeroKeepsConnection; that acks=1 and acks=0 lose records is permitted
//	I11  NoRefreshOnConflict
//	I12  NoEpochFence: the quorum itself keeps an old controller from writing; what is left are its AlterPartitions
//	I13  none: there is no StopReplica; a replica goes when the metadata, which comes in order, says that its topic has
//	I14  BatchExpire
//	I15 CacheEpochFirst: of a group's coordinator; the transition that was lost is one that comes with the next one in
//	one step
//	I16  BumpEpochSameIncarnation: the broker registers again by itself; that it has to is what is seen
//	I17 NameOnly: where a log is opened; a broker that is up when a topic is deleted reads of that before the next one of
//	its name
//	K1   QuorumNoFlush
//	K2   ResumeLeadership
//	K3   CommitPreviousEpoch
//	K4   NoCheckQuorum
//	K5   NoPreVote, PreVoteWithLeader
//	K6 QuorumTruncateBelowHighWatermark: it hides others, and needs one of them (K1) to be seen; then it is seen by
//	itself
//	K7   QuorumRetentionDeletes
//	K8 NoDirectoryID: where the voters' directories are named; where they are not, nothing shows it, and in Kafka neither
//	K9   ExposeUncommitted
//	K10  none: its mechanism is not known
//
// Besides, from elsewhere: NoBeginWithinBatch (KAFKA-6975), DeleteRecordsByLeaderAlone (KIP-107).
package mutants
