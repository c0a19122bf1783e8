package group

import "gregor/core/kafka"

// metadataError returns the error that a client is answered when a group's own record could not be appended.
func metadataError(code kafka.ErrorCode) kafka.ErrorCode {
	switch code {
	case kafka.UnknownTopicOrPartition, kafka.NotEnoughReplicas, kafka.NotEnoughReplicasAfterAppend, kafka.RequestTimedOut:
		return kafka.CoordinatorNotAvailable
	case kafka.NotLeaderOrFollower, kafka.KafkaStorageError:
		return kafka.NotCoordinator
	case kafka.MessageTooLarge, kafka.RecordListTooLarge, kafka.InvalidFetchSize:
		return kafka.UnknownServerError
	}
	return code
}

// commitError returns the error that a client is answered when its offsets could not be appended.
func commitError(code kafka.ErrorCode) kafka.ErrorCode {
	switch code {
	case kafka.MessageTooLarge, kafka.RecordListTooLarge, kafka.InvalidFetchSize:
		return kafka.InvalidCommitOffsetSize
	}
	return metadataError(code)
}
