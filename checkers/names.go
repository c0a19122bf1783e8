package checkers

// Property is something that every correct run keeps, and a sentence for people about a run that does not.
type Property struct{ Name, Text string }

// Findable lists every property that a run can be found to break: what needs the whole history first, then the invariants.
func Findable() []Property {
	all := historyProperties()
	return append(all, invariantProperties...)
}

// InvariantNames lists the properties that Invariants watches.
func InvariantNames() (names []string) {
	for _, p := range invariantProperties {
		names = append(names, p.Name)
	}
	return names
}

// invariantProperties is the only list of what Invariants watches.
var invariantProperties = []Property{
	{"append-contiguous", "a batch was appended elsewhere than at the end of the log"},
	{"offset-changed", "a replica appended another batch at an offset it had before"},
	{"epoch-back", "a batch was appended after one of a later leader epoch"},
	{"recovered-lost-flushed", "after a restart the log lacks records that were flushed"},
	{"recovered-lost-committed", "after a restart the log lacks records below the high watermark"},
	{"recovered-lost-clean", "after a clean stop the log lacks records"},
	{"recovered-beyond-end", "after a restart the log holds records it never had"},
	{"high-watermark-back", "a high watermark moved back"},
	{"high-watermark-beyond-end", "a high watermark is beyond the end of the log"},
	{"high-watermark-unfounded", "a follower's high watermark is above any leader's"},
	{"high-watermark-beyond-isr", "the leader's high watermark is above what a replica in the ISR has"},
	{"high-watermark-below-min-isr", "the high watermark rose with fewer than min.insync.replicas in sync"},
	{"flushed-beyond-end", "more was flushed than the log holds"},
	{"flushed-back", "the flushed offset moved back"},
	{"log-start-back", "a log start offset moved back"},
	{"log-start-beyond-high-watermark", "records above the high watermark were deleted"},
	{"deletion-behind", "a log begins below the offset that DeleteRecords reported"},
	{"truncated-committed", "a replica truncated records below the high watermark"},
	{"truncated-leading", "a leader truncated its log"},
	{"committed-changed", "an offset below the high watermark changed its record"},
	{"cleaned-beyond-high-watermark", "compaction went beyond the high watermark"},
	{"cleaned-made-records", "compaction left more records than there were"},
	{"fenced-partition-moved", "a replica went on with a partition that it had fenced"},
	{"two-leaders", "two brokers lead a partition in one epoch"},
	{"leader-epoch-back", "a replica moved to an earlier leader epoch"},
	{"leader-not-elected", "a broker leads that the controller did not elect"},
	{"leader-completeness", "a leader lacks a committed record"},
	{"strong-isr", "a replica in the ISR, or eligible, lacks a committed record"},
	{"log-matching", "two replicas hold different batches of one epoch at one offset"},
	{"isr-unfounded", "a leader uses an ISR that the metadata does not have"},
	{"epoch-start", "a leader's log does not record where its epoch begins"},
	{"heard-other-epoch", "a leader counts a fetch of another epoch"},
	{"heard-unmatched", "a leader counts a follower's fetch whose log differs"},
	{"duplicate-append", "a batch of an idempotent producer was appended twice"},
	{"sequence-gap", "a batch was appended whose sequence is not the next"},
	{"zombie-append", "a batch of an older producer epoch was appended"},
	{"duplicate-answer", "a retry was answered with an offset where its batch is not"},
	{"acked-before-committed", "acks=all was answered before the record was below the high watermark"},
	{"dirty-read", "a consumer got a record above the high watermark"},
	{"generation-back", "a group's generation moved back"},
	{"two-owners", "two members of one generation own a partition"},
	{"assigned-generation-back", "a member was assigned partitions of an earlier generation"},
	{"committed-too-far", "an application committed more than it had processed"},
	{"commit-unstored", "a commit was acknowledged that no coordinator stored"},
	{"committed-offset-back", "a member got an older offset than the group had committed"},
	{"partition-epoch", "a partition's leader epoch or partition epoch moved back"},
	{"partition-malformed", "a partition's metadata contradicts itself"},
	{"election-outside-isr", "a leader was elected as complete that was neither in the ISR nor eligible"},
	{"unclean-election", "a leader was elected uncleanly where that is not allowed or not needed"},
	{"fenced-in-isr", "a fenced or stopping broker is in an ISR"},
	{"metadata-disagrees", "two nodes read different metadata at one offset"},
	{"metadata-digest", "two nodes' metadata images differ"},
	{"broker-epoch-back", "a broker's epoch moved back"},
	{"two-controllers", "two controllers are active in one epoch"},
	{"quorum-two-leaders", "two voters lead the quorum in one epoch"},
	{"quorum-epoch-resumed", "a voter leads the quorum again in an epoch that it had resigned"},
	{"quorum-two-votes", "a voter voted twice in one epoch"},
	{"quorum-emptied-voter", "a voter whose disk was emptied votes as before"},
	{"quorum-append-contiguous", "a batch of the metadata log was appended elsewhere than at its end"},
	{"quorum-log-matching", "two voters hold different batches of one epoch at one offset"},
	{"quorum-lost-flushed", "after a restart the metadata log lacks flushed records"},
	{"quorum-high-watermark-back", "the quorum's high watermark moved back"},
	{"quorum-high-watermark-unfounded", "a voter's high watermark is above the leader's"},
	{"quorum-unflushed-commit", "metadata was committed that too few voters had flushed"},
	{"quorum-commit-old-epoch", "a leader of the quorum committed by counting an older epoch"},
	{"quorum-committed-changed", "a committed offset of the metadata log changed its record"},
	{"quorum-committed-lost", "a later leader of the quorum lacks committed metadata"},
	{"quorum-truncated-committed", "a voter truncated committed metadata"},
	{"quorum-truncated-below-high-watermark", "a voter truncated below its own high watermark"},
	{"quorum-snapshot-uncommitted", "a snapshot holds metadata that is not committed"},
	{"quorum-log-start-beyond-snapshot", "the metadata log lacks records that no snapshot covers"},
}
