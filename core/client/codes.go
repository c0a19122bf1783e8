package client

import (
	"errors"
	"fmt"

	"gregor/core/env"
	"gregor/core/kafka"
)

// Why a request ended without an answer.
var (
	errTimedOut     = errors.New("request timed out")
	errDisconnected = errors.New("disconnected before an answer came")
	errUnsupported  = errors.New("the broker speaks no version of this request that the client speaks")
	errProtocol     = errors.New("the broker broke the protocol")
)

// failure is the error of a code, or nil.
func failure(code kafka.ErrorCode, message *string) error {
	if code == kafka.None {
		return nil
	}
	if message != nil && *message != "" {
		return fmt.Errorf("%w: %s", code, *message)
	}
	return code
}

// staleMetadata reports whether the error means that the client's metadata is out of date.
func staleMetadata(code kafka.ErrorCode) bool {
	switch code {
	case kafka.NotLeaderOrFollower, kafka.LeaderNotAvailable, kafka.UnknownTopicOrPartition, kafka.ReplicaNotAvailable,
		kafka.KafkaStorageError,
		kafka.FencedLeaderEpoch, kafka.UnknownLeaderEpoch, kafka.UnknownTopicID, kafka.InconsistentTopicID,
		kafka.NetworkException,
		kafka.NotController:
		return true
	}
	return false
}

// certainly returns what a refusal with this code proves about a write: Failed if it cannot have happened. Codes
// that a broker may send after it appended, or that it maps such codes to, prove nothing.
func certainly(code kafka.ErrorCode) env.Outcome {
	switch code {
	case kafka.UnknownServerError, kafka.NotLeaderOrFollower, kafka.RequestTimedOut, kafka.NetworkException,
		kafka.NotEnoughReplicasAfterAppend,
		kafka.CoordinatorNotAvailable, kafka.NotCoordinator, kafka.KafkaStorageError, kafka.DuplicateSequenceNumber:
		return env.Unknown
	}
	return env.Failed
}
