// Package kafka is Kafka's vocabulary: error codes, ids, acks, isolation levels, special timestamps, the names of its
// internal topics and the rules for names of topics. Every package may import it; it imports none.
//
// Each of these stands here once. What a number on the wire means is a type or a constant of this package; a request
// or response of kmsg holds the bare number, and is converted where it is read or written.
//
// The package encodes nothing (core/wire does) and knows no settings (core/config does).
package kafka
