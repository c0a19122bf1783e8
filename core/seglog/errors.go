package seglog

import (
	"fmt"

	"gregor/core/kafka"
)

// Error is a refused request: the Kafka error code to answer with, and the reason in a line.
type Error struct {
	Code kafka.ErrorCode
	Text string
}

func (e *Error) Error() string { return e.Text }

func refuse(code kafka.ErrorCode, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}
