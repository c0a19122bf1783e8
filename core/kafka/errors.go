package kafka

import "fmt"

// ErrorCode is Kafka's error code, as it goes over the wire. The names are Kafka's own (its Errors enum).
type ErrorCode int16

// Kafka's error codes.
const (
	None                                   ErrorCode = 0
	UnknownServerError                     ErrorCode = -1
	OffsetOutOfRange                       ErrorCode = 1
	CorruptMessage                         ErrorCode = 2
	UnknownTopicOrPartition                ErrorCode = 3
	InvalidFetchSize                       ErrorCode = 4
	LeaderNotAvailable                     ErrorCode = 5
	NotLeaderOrFollower                    ErrorCode = 6
	RequestTimedOut                        ErrorCode = 7
	BrokerNotAvailable                     ErrorCode = 8
	ReplicaNotAvailable                    ErrorCode = 9
	MessageTooLarge                        ErrorCode = 10
	StaleControllerEpoch                   ErrorCode = 11
	OffsetMetadataTooLarge                 ErrorCode = 12
	NetworkException                       ErrorCode = 13
	CoordinatorLoadInProgress              ErrorCode = 14
	CoordinatorNotAvailable                ErrorCode = 15
	NotCoordinator                         ErrorCode = 16
	InvalidTopicException                  ErrorCode = 17
	RecordListTooLarge                     ErrorCode = 18
	NotEnoughReplicas                      ErrorCode = 19
	NotEnoughReplicasAfterAppend           ErrorCode = 20
	InvalidRequiredAcks                    ErrorCode = 21
	IllegalGeneration                      ErrorCode = 22
	InconsistentGroupProtocol              ErrorCode = 23
	InvalidGroupID                         ErrorCode = 24
	UnknownMemberID                        ErrorCode = 25
	InvalidSessionTimeout                  ErrorCode = 26
	RebalanceInProgress                    ErrorCode = 27
	InvalidCommitOffsetSize                ErrorCode = 28
	TopicAuthorizationFailed               ErrorCode = 29
	GroupAuthorizationFailed               ErrorCode = 30
	ClusterAuthorizationFailed             ErrorCode = 31
	InvalidTimestamp                       ErrorCode = 32
	UnsupportedSaslMechanism               ErrorCode = 33
	IllegalSaslState                       ErrorCode = 34
	UnsupportedVersion                     ErrorCode = 35
	TopicAlreadyExists                     ErrorCode = 36
	InvalidPartitions                      ErrorCode = 37
	InvalidReplicationFactor               ErrorCode = 38
	InvalidReplicaAssignment               ErrorCode = 39
	InvalidConfig                          ErrorCode = 40
	NotController                          ErrorCode = 41
	InvalidRequest                         ErrorCode = 42
	UnsupportedForMessageFormat            ErrorCode = 43
	PolicyViolation                        ErrorCode = 44
	OutOfOrderSequenceNumber               ErrorCode = 45
	DuplicateSequenceNumber                ErrorCode = 46
	InvalidProducerEpoch                   ErrorCode = 47
	InvalidTxnState                        ErrorCode = 48
	InvalidProducerIDMapping               ErrorCode = 49
	InvalidTransactionTimeout              ErrorCode = 50
	ConcurrentTransactions                 ErrorCode = 51
	TransactionCoordinatorFenced           ErrorCode = 52
	TransactionalIDAuthorizationFailed     ErrorCode = 53
	SecurityDisabled                       ErrorCode = 54
	OperationNotAttempted                  ErrorCode = 55
	KafkaStorageError                      ErrorCode = 56
	LogDirNotFound                         ErrorCode = 57
	SaslAuthenticationFailed               ErrorCode = 58
	UnknownProducerID                      ErrorCode = 59
	ReassignmentInProgress                 ErrorCode = 60
	DelegationTokenAuthDisabled            ErrorCode = 61
	DelegationTokenNotFound                ErrorCode = 62
	DelegationTokenOwnerMismatch           ErrorCode = 63
	DelegationTokenRequestNotAllowed       ErrorCode = 64
	DelegationTokenAuthorizationFailed     ErrorCode = 65
	DelegationTokenExpired                 ErrorCode = 66
	InvalidPrincipalType                   ErrorCode = 67
	NonEmptyGroup                          ErrorCode = 68
	GroupIDNotFound                        ErrorCode = 69
	FetchSessionIDNotFound                 ErrorCode = 70
	InvalidFetchSessionEpoch               ErrorCode = 71
	ListenerNotFound                       ErrorCode = 72
	TopicDeletionDisabled                  ErrorCode = 73
	FencedLeaderEpoch                      ErrorCode = 74
	UnknownLeaderEpoch                     ErrorCode = 75
	UnsupportedCompressionType             ErrorCode = 76
	StaleBrokerEpoch                       ErrorCode = 77
	OffsetNotAvailable                     ErrorCode = 78
	MemberIDRequired                       ErrorCode = 79
	PreferredLeaderNotAvailable            ErrorCode = 80
	GroupMaxSizeReached                    ErrorCode = 81
	FencedInstanceID                       ErrorCode = 82
	EligibleLeadersNotAvailable            ErrorCode = 83
	ElectionNotNeeded                      ErrorCode = 84
	NoReassignmentInProgress               ErrorCode = 85
	GroupSubscribedToTopic                 ErrorCode = 86
	InvalidRecord                          ErrorCode = 87
	UnstableOffsetCommit                   ErrorCode = 88
	ThrottlingQuotaExceeded                ErrorCode = 89
	ProducerFenced                         ErrorCode = 90
	ResourceNotFound                       ErrorCode = 91
	DuplicateResource                      ErrorCode = 92
	UnacceptableCredential                 ErrorCode = 93
	InconsistentVoterSet                   ErrorCode = 94
	InvalidUpdateVersion                   ErrorCode = 95
	FeatureUpdateFailed                    ErrorCode = 96
	PrincipalDeserializationFailure        ErrorCode = 97
	SnapshotNotFound                       ErrorCode = 98
	PositionOutOfRange                     ErrorCode = 99
	UnknownTopicID                         ErrorCode = 100
	DuplicateBrokerRegistration            ErrorCode = 101
	BrokerIDNotRegistered                  ErrorCode = 102
	InconsistentTopicID                    ErrorCode = 103
	InconsistentClusterID                  ErrorCode = 104
	TransactionalIDNotFound                ErrorCode = 105
	FetchSessionTopicIDError               ErrorCode = 106
	IneligibleReplica                      ErrorCode = 107
	NewLeaderElected                       ErrorCode = 108
	OffsetMovedToTieredStorage             ErrorCode = 109
	FencedMemberEpoch                      ErrorCode = 110
	UnreleasedInstanceID                   ErrorCode = 111
	UnsupportedAssignor                    ErrorCode = 112
	StaleMemberEpoch                       ErrorCode = 113
	MismatchedEndpointType                 ErrorCode = 114
	UnsupportedEndpointType                ErrorCode = 115
	UnknownControllerID                    ErrorCode = 116
	UnknownSubscriptionID                  ErrorCode = 117
	TelemetryTooLarge                      ErrorCode = 118
	InvalidRegistration                    ErrorCode = 119
	TransactionAbortable                   ErrorCode = 120
	InvalidRecordState                     ErrorCode = 121
	ShareSessionNotFound                   ErrorCode = 122
	InvalidShareSessionEpoch               ErrorCode = 123
	FencedStateEpoch                       ErrorCode = 124
	InvalidVoterKey                        ErrorCode = 125
	DuplicateVoter                         ErrorCode = 126
	VoterNotFound                          ErrorCode = 127
	InvalidRegularExpression               ErrorCode = 128
	RebootstrapRequired                    ErrorCode = 129
	StreamsInvalidTopology                 ErrorCode = 130
	StreamsInvalidTopologyEpoch            ErrorCode = 131
	StreamsTopologyFenced                  ErrorCode = 132
	ShareSessionLimitReached               ErrorCode = 133
	GroupDeletionFailed                    ErrorCode = 134
	StreamsTopologyDescriptionUpdateFailed ErrorCode = 135
	ControllerIDNotRegistered              ErrorCode = 136
)

// errorNames lists the codes from -1 on: name, and whether a client may try again.
var errorNames = [...]struct {
	name      string
	retriable bool
}{
	{"UNKNOWN_SERVER_ERROR", false},                       // -1
	{"NONE", false},                                       // 0
	{"OFFSET_OUT_OF_RANGE", false},                        // 1
	{"CORRUPT_MESSAGE", true},                             // 2
	{"UNKNOWN_TOPIC_OR_PARTITION", true},                  // 3
	{"INVALID_FETCH_SIZE", false},                         // 4
	{"LEADER_NOT_AVAILABLE", true},                        // 5
	{"NOT_LEADER_OR_FOLLOWER", true},                      // 6
	{"REQUEST_TIMED_OUT", true},                           // 7
	{"BROKER_NOT_AVAILABLE", true},                        // 8
	{"REPLICA_NOT_AVAILABLE", true},                       // 9
	{"MESSAGE_TOO_LARGE", false},                          // 10
	{"STALE_CONTROLLER_EPOCH", false},                     // 11
	{"OFFSET_METADATA_TOO_LARGE", false},                  // 12
	{"NETWORK_EXCEPTION", true},                           // 13
	{"COORDINATOR_LOAD_IN_PROGRESS", true},                // 14
	{"COORDINATOR_NOT_AVAILABLE", true},                   // 15
	{"NOT_COORDINATOR", true},                             // 16
	{"INVALID_TOPIC_EXCEPTION", false},                    // 17
	{"RECORD_LIST_TOO_LARGE", false},                      // 18
	{"NOT_ENOUGH_REPLICAS", true},                         // 19
	{"NOT_ENOUGH_REPLICAS_AFTER_APPEND", true},            // 20
	{"INVALID_REQUIRED_ACKS", false},                      // 21
	{"ILLEGAL_GENERATION", false},                         // 22
	{"INCONSISTENT_GROUP_PROTOCOL", false},                // 23
	{"INVALID_GROUP_ID", false},                           // 24
	{"UNKNOWN_MEMBER_ID", false},                          // 25
	{"INVALID_SESSION_TIMEOUT", false},                    // 26
	{"REBALANCE_IN_PROGRESS", false},                      // 27
	{"INVALID_COMMIT_OFFSET_SIZE", false},                 // 28
	{"TOPIC_AUTHORIZATION_FAILED", false},                 // 29
	{"GROUP_AUTHORIZATION_FAILED", false},                 // 30
	{"CLUSTER_AUTHORIZATION_FAILED", false},               // 31
	{"INVALID_TIMESTAMP", false},                          // 32
	{"UNSUPPORTED_SASL_MECHANISM", false},                 // 33
	{"ILLEGAL_SASL_STATE", false},                         // 34
	{"UNSUPPORTED_VERSION", false},                        // 35
	{"TOPIC_ALREADY_EXISTS", false},                       // 36
	{"INVALID_PARTITIONS", false},                         // 37
	{"INVALID_REPLICATION_FACTOR", false},                 // 38
	{"INVALID_REPLICA_ASSIGNMENT", false},                 // 39
	{"INVALID_CONFIG", false},                             // 40
	{"NOT_CONTROLLER", true},                              // 41
	{"INVALID_REQUEST", false},                            // 42
	{"UNSUPPORTED_FOR_MESSAGE_FORMAT", false},             // 43
	{"POLICY_VIOLATION", false},                           // 44
	{"OUT_OF_ORDER_SEQUENCE_NUMBER", false},               // 45
	{"DUPLICATE_SEQUENCE_NUMBER", false},                  // 46
	{"INVALID_PRODUCER_EPOCH", false},                     // 47
	{"INVALID_TXN_STATE", false},                          // 48
	{"INVALID_PRODUCER_ID_MAPPING", false},                // 49
	{"INVALID_TRANSACTION_TIMEOUT", false},                // 50
	{"CONCURRENT_TRANSACTIONS", false},                    // 51
	{"TRANSACTION_COORDINATOR_FENCED", false},             // 52
	{"TRANSACTIONAL_ID_AUTHORIZATION_FAILED", false},      // 53
	{"SECURITY_DISABLED", false},                          // 54
	{"OPERATION_NOT_ATTEMPTED", false},                    // 55
	{"KAFKA_STORAGE_ERROR", true},                         // 56
	{"LOG_DIR_NOT_FOUND", false},                          // 57
	{"SASL_AUTHENTICATION_FAILED", false},                 // 58
	{"UNKNOWN_PRODUCER_ID", false},                        // 59
	{"REASSIGNMENT_IN_PROGRESS", false},                   // 60
	{"DELEGATION_TOKEN_AUTH_DISABLED", false},             // 61
	{"DELEGATION_TOKEN_NOT_FOUND", false},                 // 62
	{"DELEGATION_TOKEN_OWNER_MISMATCH", false},            // 63
	{"DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", false},       // 64
	{"DELEGATION_TOKEN_AUTHORIZATION_FAILED", false},      // 65
	{"DELEGATION_TOKEN_EXPIRED", false},                   // 66
	{"INVALID_PRINCIPAL_TYPE", false},                     // 67
	{"NON_EMPTY_GROUP", false},                            // 68
	{"GROUP_ID_NOT_FOUND", false},                         // 69
	{"FETCH_SESSION_ID_NOT_FOUND", true},                  // 70
	{"INVALID_FETCH_SESSION_EPOCH", true},                 // 71
	{"LISTENER_NOT_FOUND", true},                          // 72
	{"TOPIC_DELETION_DISABLED", false},                    // 73
	{"FENCED_LEADER_EPOCH", true},                         // 74
	{"UNKNOWN_LEADER_EPOCH", true},                        // 75
	{"UNSUPPORTED_COMPRESSION_TYPE", false},               // 76
	{"STALE_BROKER_EPOCH", false},                         // 77
	{"OFFSET_NOT_AVAILABLE", true},                        // 78
	{"MEMBER_ID_REQUIRED", false},                         // 79
	{"PREFERRED_LEADER_NOT_AVAILABLE", true},              // 80
	{"GROUP_MAX_SIZE_REACHED", false},                     // 81
	{"FENCED_INSTANCE_ID", false},                         // 82
	{"ELIGIBLE_LEADERS_NOT_AVAILABLE", true},              // 83
	{"ELECTION_NOT_NEEDED", true},                         // 84
	{"NO_REASSIGNMENT_IN_PROGRESS", false},                // 85
	{"GROUP_SUBSCRIBED_TO_TOPIC", false},                  // 86
	{"INVALID_RECORD", false},                             // 87
	{"UNSTABLE_OFFSET_COMMIT", true},                      // 88
	{"THROTTLING_QUOTA_EXCEEDED", true},                   // 89
	{"PRODUCER_FENCED", false},                            // 90
	{"RESOURCE_NOT_FOUND", false},                         // 91
	{"DUPLICATE_RESOURCE", false},                         // 92
	{"UNACCEPTABLE_CREDENTIAL", false},                    // 93
	{"INCONSISTENT_VOTER_SET", false},                     // 94
	{"INVALID_UPDATE_VERSION", false},                     // 95
	{"FEATURE_UPDATE_FAILED", false},                      // 96
	{"PRINCIPAL_DESERIALIZATION_FAILURE", false},          // 97
	{"SNAPSHOT_NOT_FOUND", false},                         // 98
	{"POSITION_OUT_OF_RANGE", false},                      // 99
	{"UNKNOWN_TOPIC_ID", true},                            // 100
	{"DUPLICATE_BROKER_REGISTRATION", false},              // 101
	{"BROKER_ID_NOT_REGISTERED", false},                   // 102
	{"INCONSISTENT_TOPIC_ID", true},                       // 103
	{"INCONSISTENT_CLUSTER_ID", false},                    // 104
	{"TRANSACTIONAL_ID_NOT_FOUND", false},                 // 105
	{"FETCH_SESSION_TOPIC_ID_ERROR", true},                // 106
	{"INELIGIBLE_REPLICA", false},                         // 107
	{"NEW_LEADER_ELECTED", false},                         // 108
	{"OFFSET_MOVED_TO_TIERED_STORAGE", false},             // 109
	{"FENCED_MEMBER_EPOCH", false},                        // 110
	{"UNRELEASED_INSTANCE_ID", false},                     // 111
	{"UNSUPPORTED_ASSIGNOR", false},                       // 112
	{"STALE_MEMBER_EPOCH", false},                         // 113
	{"MISMATCHED_ENDPOINT_TYPE", false},                   // 114
	{"UNSUPPORTED_ENDPOINT_TYPE", false},                  // 115
	{"UNKNOWN_CONTROLLER_ID", false},                      // 116
	{"UNKNOWN_SUBSCRIPTION_ID", false},                    // 117
	{"TELEMETRY_TOO_LARGE", false},                        // 118
	{"INVALID_REGISTRATION", false},                       // 119
	{"TRANSACTION_ABORTABLE", false},                      // 120
	{"INVALID_RECORD_STATE", false},                       // 121
	{"SHARE_SESSION_NOT_FOUND", false},                    // 122
	{"INVALID_SHARE_SESSION_EPOCH", false},                // 123
	{"FENCED_STATE_EPOCH", false},                         // 124
	{"INVALID_VOTER_KEY", false},                          // 125
	{"DUPLICATE_VOTER", false},                            // 126
	{"VOTER_NOT_FOUND", false},                            // 127
	{"INVALID_REGULAR_EXPRESSION", false},                 // 128
	{"REBOOTSTRAP_REQUIRED", false},                       // 129
	{"STREAMS_INVALID_TOPOLOGY", false},                   // 130
	{"STREAMS_INVALID_TOPOLOGY_EPOCH", false},             // 131
	{"STREAMS_TOPOLOGY_FENCED", false},                    // 132
	{"SHARE_SESSION_LIMIT_REACHED", true},                 // 133
	{"GROUP_DELETION_FAILED", false},                      // 134
	{"STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED", false}, // 135
	{"CONTROLLER_ID_NOT_REGISTERED", false},               // 136
}

func (c ErrorCode) known() bool { return c >= -1 && int(c)+1 < len(errorNames) }

// String is Kafka's name of the code.
func (c ErrorCode) String() string {
	if !c.known() {
		return fmt.Sprintf("ERROR_%d", int16(c))
	}
	return errorNames[c+1].name
}

// Error makes a code usable as an error.
func (c ErrorCode) Error() string { return c.String() }

// Retriable reports whether Kafka's clients try again after this error.
func (c ErrorCode) Retriable() bool { return c.known() && errorNames[c+1].retriable }
