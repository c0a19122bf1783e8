// Package terminal writes for a person at a terminal, and for programs that read what a person would: tables and
// colours, sizes, times and counts in words, one JSON object a line, and errors as sentences.
//
// It promises that no text it prints moves a cursor or hides another one: what is not printable is quoted. Colours
// appear only on a terminal, and only if NO_COLOR is not set.
//
// It knows no Kafka, and does not decide where output goes.
package terminal
