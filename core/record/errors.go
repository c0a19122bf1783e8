package record

import (
	"errors"
	"fmt"

	"gregor/core/kafka"
)

// ErrShort is returned if the bytes end before the batch does: more of them may make it whole.
var ErrShort = errors.New("the batch is cut short")

// Error is a batch that must be refused: the error code of the response, and a line that names the field and its value.
//
// A batch whose checksum is right but whose data does not decompress gets INVALID_RECORD: Kafka answers
// UNKNOWN_SERVER_ERROR, which ends the batch as well but names no cause. CORRUPT_MESSAGE would be wrong: it is
// retriable, and a producer would send the same bytes until its delivery timeout. For the same reason an unknown codec
// gets UNSUPPORTED_COMPRESSION_TYPE, where Kafka answers UNKNOWN_SERVER_ERROR too.
type Error struct {
	Code kafka.ErrorCode
	Text string
}

func (e *Error) Error() string { return e.Text }

// IsTooLarge reports whether a batch was not read to its end because it becomes more than the reader's Limits.
func IsTooLarge(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == kafka.MessageTooLarge
}

func corrupt(format string, args ...any) *Error {
	return &Error{Code: kafka.CorruptMessage, Text: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return &Error{Code: kafka.InvalidRecord, Text: fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) *Error {
	return &Error{Code: kafka.MessageTooLarge, Text: fmt.Sprintf(format, args...)}
}
