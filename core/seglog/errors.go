package seglog

import "fmt"

// Error is a refused request: the Kafka error code to answer with, and a line that says why.
type Error struct {
	Code int16
	Text string
}

func (e *Error) Error() string { return e.Text }

// The Kafka error codes this package answers with.
const (
	CodeOffsetOutOfRange         int16 = 1
	CodeNotLeaderOrFollower      int16 = 6
	CodeMessageTooLarge          int16 = 10
	CodeRecordListTooLarge       int16 = 18
	CodeOutOfOrderSequenceNumber int16 = 45
	CodeInvalidProducerEpoch     int16 = 47
	CodeKafkaStorageError        int16 = 56
	CodeInvalidRecord            int16 = 87
)

func refuse(code int16, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}
