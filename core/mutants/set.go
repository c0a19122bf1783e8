package mutants

// Set is the planted bugs. Each name is followed by the name it has in the catalogue, and by what history it has.
type Set struct {
	// IdempotenceOff (idem.off): an idempotent producer's retry is appended again.
	IdempotenceOff bool
	// IdempotenceWindowOne (idem.window=1): only a producer's last batch is remembered (KAFKA-5494).
	IdempotenceWindowOne bool
	// DuplicateWrongOffset (idem.dup_reply_wrong_offset): a retry that is recognized is answered with another offset
	// than it got the first time (Redpanda #5356).
	DuplicateWrongOffset bool
	// AckBeforeWrite (ack.before_write): a produce is acknowledged when its batch is submitted, not when it is written.
	AckBeforeWrite bool
	// AckBeforeFlush (ack.before_flush): it is acknowledged when it is written, although flush.messages says flushed.
	AckBeforeFlush bool
	// AckZeroOnTimeout (produce.ack_base_zero_on_timeout): a produce that timed out is answered with success and offset
	// zero (Bufstream 0.1.0; the mechanism is a guess).
	AckZeroOnTimeout bool
	// FetchPastHighWatermark (fetch.past_hw): consumers read what is not committed yet (KAFKA-9835).
	FetchPastHighWatermark bool
	// AppendAfterError (log.append_after_error): a log goes on after a write that failed (KAFKA-10778).
	AppendAfterError bool
	// SyncErrorIgnored (log.sync_error_ignored): a log takes a failed sync for one that worked (fsyncgate).
	SyncErrorIgnored bool
	// NoDirectorySync (log.no_dir_fsync): new files are synced, the directories that name them are not (KAFKA-3968).
	NoDirectorySync bool
	// CleanMarkerLate (log.clean_marker_late): the marker of a clean stop outlives the start after it (KAFKA-10471).
	CleanMarkerLate bool
	// RetentionPastHighWatermark (log.retention_past_hw): retention deletes segments that are not committed (KAFKA-5634).
	RetentionPastHighWatermark bool
	// CommitUnfenced (group.commit_no_fence): a member of an old generation may commit.
	CommitUnfenced bool
	// ExpireByCommitTime (offs.expire_by_commit_time): offsets expire by the time of their commit, although their group
	// was alive long after (KAFKA-4682, KIP-211).
	ExpireByCommitTime bool
	// ServeWhileLoading (coord.serve_while_loading): the coordinator serves before it has read what is stored
	// (KAFKA-5600).
	ServeWhileLoading bool
}
