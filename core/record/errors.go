package record

import (
	"errors"
	"fmt"
)

// The Kafka error codes this package answers with.
const (
	CodeCorruptMessage              int16 = 2
	CodeMessageTooLarge             int16 = 10
	CodeInvalidTimestamp            int16 = 32
	CodeUnsupportedForMessageFormat int16 = 43
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

func corrupt(format string, args ...any) *Error {
	return &Error{Code: CodeCorruptMessage, Text: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) *Error {
	return &Error{Code: CodeInvalidRecord, Text: fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) *Error {
	return &Error{Code: CodeMessageTooLarge, Text: fmt.Sprintf(format, args...)}
}
