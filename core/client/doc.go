// Package client holds Kafka clients as nodes: a [Producer], a [Consumer] (which is also a group member and,
// with ReadAll, the reader that dumps whole logs) and an [Admin].
//
// A client lives on events like a broker does. It speaks Kafka's wire protocol through env.Network, so it talks
// to any broker, and the same code runs over simulated and over real sockets. Configurations are plain structs
// whose Set takes Kafka's own names.
//
// The package promises that the history it emits (env.ProduceCalled and so on) is sound:
//
//   - A call is emitted before the first byte of it can reach a broker, a return after everything it rests on.
//   - OK means that a broker said so (with acks=0: that the bytes were handed to the transport).
//   - Failed means that the call certainly had no effect: it never left, or every attempt that left was
//     refused by a broker with an error that rules the effect out.
//   - Everything else is Unknown: a time-out, a lost connection, NOT_LEADER_OR_FOLLOWER (KAFKA-13574), an error
//     after the append, or a refusal that came after an attempt whose outcome is not known.
//
// It does not do transactions, consumer group protocol KIP-848, SASL or TLS, and it keeps nothing on disk.
package client
