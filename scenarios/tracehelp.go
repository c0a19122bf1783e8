package scenarios

// TraceHelp documents the event format, version [EventsVersion]: what gregor help trace prints.
const TraceHelp = `A trace is what happened in a run, event by event. gregor run TOKEN --trace FILE.jsonl writes it as
JSON lines; any other name of the file gives a text.

The first line has the version of the format, the token of the run and its verdict:

  {"version":1,"token":"tour@1","verdict":"holds"}

Every other line is an event, or a fault, in the order in which they happened:

  event   its number, counted from 1; stories, findings and tokens (tour@1#9000) use the same one
  cause   the number of the event in whose step this one was asked for: a message was sent, a disk operation was
          submitted, a timer was set; absent for a fault, and for what begins by itself
  nanos   virtual time since the clients began, in nanoseconds; negative before
  clock   the same as stories show it, 3.480s
  node    the node that handles the event; absent for a fault of the network
  kind    boot, tick, shutdown; accepted, dialed, message, sent, closed of a connection; opened, read, wrote, truncated,
          synced, dirsynced, renamed, removed, listed, fileclosed, spaced of the disk; fault
  text    a sentence
  peer    the node at the other end of the connection, conn the connection as node numbers it
  label   of a message: api (Kafka's key; -1: not known), version, correlation, and whether it is a response
  path    the file
  bytes   of the message, or that were read
  error   how the operation failed
  facts   what the node reported in this step, each with its kind, a text and its fields by name
  hash    of the run up to here, this event and its facts included: two runs are the same as far as these are equal

Fields without a value are left out. A new field may come without a new version; a changed meaning may not.
`
