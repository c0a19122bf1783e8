package record

import (
	"errors"
	"fmt"
)

// The Kafka error codes this package answers with.
//
// A batch whose checksum is right but whose data does not decompress gets CodeInvalidRecord: Kafka answers
// UNKNOWN_SERVER_ERROR, which ends the batch as well but names no cause. CodeCorruptMessage would be wrong: it is retriable, and a
// producer would send the same bytes until its delivery timeout. For the same reason an unknown codec gets
// CodeUnsupportedCompressionType, where Kafka answers UNKNOWN_SERVER_ERROR too.
const (
	CodeCorruptMessage              int16 = 2
	CodeMessageTooLarge             int16 = 10
	CodeInvalidTimestamp            int16 = 32
	CodeUnsupportedForMessageFormat int16 = 43
	CodeInvalidProducerEpoch        int16 = 47
	CodeUnsupportedCompressionType  int16 = 76
	CodeInvalidRecord               int16 = 87
)

// ErrShort says that the bytes end before the batch does: more of them may make it whole.
var ErrShort = errors.New("the batch is cut short")

// Error is a batch that must not be taken: the Kafka error code to answer with, and a line that names the
// field and its value.
type Error struct {
	Code int16
	Text string
}

func (e *Error) Error() string { return e.Text }

// IsTooLarge reports whether a batch was not read to its end because it becomes more than the reader's Limits.
func IsTooLarge(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == CodeMessageTooLarge
}

func corrupt(format string, args ...any) *Error {
	return &Error{Code: CodeCorruptMessage, Text: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return &Error{Code: CodeInvalidRecord, Text: fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) *Error {
	return &Error{Code: CodeMessageTooLarge, Text: fmt.Sprintf(format, args...)}
}
