package client

import (
	"errors"
	"fmt"

	"gregor/core/env"
	"gregor/core/wire"
)

// Why a request ended without an answer.
var (
	errTimedOut     = errors.New("request timed out")
	errDisconnected = errors.New("disconnected before an answer came")
	errUnsupported  = errors.New("the broker speaks no version of this request that the client speaks")
	errProtocol     = errors.New("the broker broke the protocol")
)

// failure is the error of a code, or nil.
func failure(code wire.ErrorCode, message *string) error {
	if code == wire.None {
		return nil
	}
	if message != nil && *message != "" {
		return fmt.Errorf("%w: %s", code, *message)
	}
	return code
}

// staleMetadata reports whether the error means that the client's metadata is out of date.
func staleMetadata(code wire.ErrorCode) bool {
	switch code {
	case wire.NotLeaderOrFollower, wire.LeaderNotAvailable, wire.UnknownTopicOrPartition, wire.ReplicaNotAvailable,
		wire.KafkaStorageError,
		wire.FencedLeaderEpoch, wire.UnknownLeaderEpoch, wire.UnknownTopicID, wire.InconsistentTopicID, wire.NetworkException,
		wire.NotController:
		return true
	}
	return false
}

// certainly returns what a refusal with this code proves about a write: Failed if it cannot have happened. Codes
// that a broker may send after it appended, or that it maps such codes to, prove nothing.
func certainly(code wire.ErrorCode) env.Outcome {
	switch code {
	case wire.UnknownServerError, wire.NotLeaderOrFollower, wire.RequestTimedOut, wire.NetworkException,
		wire.NotEnoughReplicasAfterAppend,
		wire.CoordinatorNotAvailable, wire.NotCoordinator, wire.KafkaStorageError, wire.DuplicateSequenceNumber:
		return env.Unknown
	}
	return env.Failed
}
