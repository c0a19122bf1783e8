// Package ideal is the least that a one-node log broker can do over TCP, and a client that loads it: receive a
// frame, checksum it, write it to a file, answer 16 bytes; and for a fetch, answer 16 bytes and then a range of
// the file with sendfile.
//
// Benchmarks quote their figures as ratios to it, measured in the same run, alternating: on a shared machine
// absolute figures mean little. Anything else that speaks its three requests can be loaded by the same client.
//
// [ServeCopied] and [Follow] are the same for a log that followers copy: the least that several nodes can do before
// they answer that all have what was sent.
//
// It checks nothing, bounds nothing and trusts its peer: it is a yardstick, not a server.
package ideal
