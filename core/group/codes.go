package group

// Kafka's error codes, by Kafka's names.
const (
	none                      int16 = 0
	unknownServerError        int16 = -1
	unknownTopicOrPartition   int16 = 3
	notLeaderOrFollower       int16 = 6
	requestTimedOut           int16 = 7
	messageTooLarge           int16 = 10
	offsetMetadataTooLarge    int16 = 12
	coordinatorLoadInProgress int16 = 14
	coordinatorNotAvailable   int16 = 15
	notCoordinator            int16 = 16
	recordListTooLarge        int16 = 18
	notEnoughReplicas         int16 = 19
	notEnoughReplicasAfter    int16 = 20
	illegalGeneration         int16 = 22
	inconsistentGroupProtocol int16 = 23
	invalidGroupID            int16 = 24
	unknownMemberID           int16 = 25
	invalidSessionTimeout     int16 = 26
	rebalanceInProgress       int16 = 27
	invalidCommitOffsetSize   int16 = 28
	invalidRequest            int16 = 42
	policyViolation           int16 = 44
	kafkaStorageError         int16 = 56
	nonEmptyGroup             int16 = 68
	groupIDNotFound           int16 = 69
	memberIDRequired          int16 = 79
	groupMaxSizeReached       int16 = 81
	fencedInstanceID          int16 = 82
	groupSubscribedToTopic    int16 = 86
	unstableOffsetCommit      int16 = 88
	unknownTopicID            int16 = 100
)

// invalidFetchSize is the error of a read with a negative size; Kafka translates it like the others.
const invalidFetchSize int16 = 4

// metadataError returns the error that a client is answered when a group's own record could not be appended.
func metadataError(code int16) int16 {
	switch code {
	case unknownTopicOrPartition, notEnoughReplicas, notEnoughReplicasAfter, requestTimedOut:
		return coordinatorNotAvailable
	case notLeaderOrFollower, kafkaStorageError:
		return notCoordinator
	case messageTooLarge, recordListTooLarge, invalidFetchSize:
		return unknownServerError
	}
	return code
}

// commitError returns the error that a client is answered when its offsets could not be appended.
func commitError(code int16) int16 {
	switch code {
	case messageTooLarge, recordListTooLarge, invalidFetchSize:
		return invalidCommitOffsetSize
	}
	return metadataError(code)
}
