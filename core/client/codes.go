package client

import (
	"errors"
	"fmt"

	"gregor/core/env"

	"github.com/twmb/franz-go/pkg/kerr"
)

// The error codes this package decides on, by Kafka's names.
const (
	none                      int16 = 0
	unknownServerError        int16 = -1
	offsetOutOfRange          int16 = 1
	corruptMessage            int16 = 2
	unknownTopicOrPartition   int16 = 3
	leaderNotAvailable        int16 = 5
	notLeaderOrFollower       int16 = 6
	requestTimedOut           int16 = 7
	replicaNotAvailable       int16 = 9
	messageTooLarge           int16 = 10
	networkException          int16 = 13
	coordinatorLoading        int16 = 14
	coordinatorNotAvailable   int16 = 15
	notCoordinator            int16 = 16
	recordListTooLarge        int16 = 18
	notEnoughAfterAppend      int16 = 20
	illegalGeneration         int16 = 22
	unknownMemberID           int16 = 25
	rebalanceInProgress       int16 = 27
	topicAuthorizationFailed  int16 = 29
	groupAuthorizationFailed  int16 = 30
	clusterAuthorizationError int16 = 31
	unsupportedVersion        int16 = 35
	topicAlreadyExists        int16 = 36
	notController             int16 = 41
	outOfOrderSequence        int16 = 45
	duplicateSequence         int16 = 46
	kafkaStorageError         int16 = 56
	unknownProducerID         int16 = 59
	fetchSessionNotFound      int16 = 70
	invalidFetchSessionEpoch  int16 = 71
	fencedLeaderEpoch         int16 = 74
	unknownLeaderEpoch        int16 = 75
	offsetNotAvailable        int16 = 78
	memberIDRequired          int16 = 79
	groupMaxSizeReached       int16 = 81
	fencedInstanceID          int16 = 82
	unstableOffsetCommit      int16 = 88
	throttlingQuotaExceeded   int16 = 89
	producerFenced            int16 = 90
	unknownTopicID            int16 = 100
	inconsistentTopicID       int16 = 103
	fetchSessionTopicID       int16 = 106
	rebootstrapRequired       int16 = 129
)

// Why a request ended without an answer.
var (
	errTimedOut     = errors.New("request timed out")
	errDisconnected = errors.New("disconnected before an answer came")
	errUnsupported  = errors.New("the broker speaks no version of this request that the client speaks")
	errProtocol     = errors.New("the broker broke the protocol")
)

// failure is the error of a code, or nil.
func failure(code int16, message *string) error {
	if code == none {
		return nil
	}
	if message != nil && *message != "" {
		return fmt.Errorf("%s: %s", codeName(code), *message)
	}
	return errors.New(codeName(code))
}

func codeName(code int16) string {
	if code == notLeaderOrFollower {
		return "NOT_LEADER_OR_FOLLOWER"
	}
	var known *kerr.Error
	if errors.As(kerr.ErrorForCode(code), &known) && known.Code == code {
		return known.Message
	}
	return fmt.Sprintf("ERROR_%d", code)
}

// retriable says whether Kafka calls the error transient.
func retriable(code int16) bool { return kerr.IsRetriable(kerr.ErrorForCode(code)) }

// staleMetadata says whether the error means that the client looks in the wrong place.
func staleMetadata(code int16) bool {
	switch code {
	case notLeaderOrFollower, leaderNotAvailable, unknownTopicOrPartition, replicaNotAvailable, kafkaStorageError,
		fencedLeaderEpoch, unknownLeaderEpoch, unknownTopicID, inconsistentTopicID, networkException, notController:
		return true
	}
	return false
}

// certainly says what a refusal with this code proves about a write: Failed if it cannot have happened. Codes
// that a broker may send after it appended, or that it maps such codes to, prove nothing.
func certainly(code int16) env.Outcome {
	switch code {
	case unknownServerError, notLeaderOrFollower, requestTimedOut, networkException, notEnoughAfterAppend,
		coordinatorNotAvailable, notCoordinator, kafkaStorageError, duplicateSequence:
		return env.Unknown
	}
	return env.Failed
}
