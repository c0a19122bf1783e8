// Package config is Kafka's configuration: names, types, defaults, limits, effects and one sentence about each, for
// brokers, topics, groups and client metrics; the parser of .properties files; and immutable, typed snapshots of a set
// of values.
//
// It promises that all of this is Kafka 4.3.0's, as Kafka's own code does it (testdata/kafka-4.3.0.jsonl), except where
// a definition states otherwise ([Def.Differs]); that a value it does not accept is an error that names its place and
// what was probably meant; and that a value can always name where it came from ([Value.Source]). A name that no table
// has is an error on the command line, and of topics and groups everywhere; of a broker, in its file and over the wire,
// it is kept as in Kafka, where a plugin may read it ([Broker.WithoutEffect]).
//
// It does not read files, watch anything, or act on a value. A config that Gregor has no use for is accepted, and its
// entry states that it has no effect ([Def.Unused]), so that a Kafka user's server.properties works as it is; where
// ignoring a value would be dangerous, it is refused ([Def.Refused]).
package config
