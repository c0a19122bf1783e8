// Package config is Kafka's configuration: names, types, defaults, limits and one sentence about each, for
// brokers and topics; the parser of .properties files; and immutable, typed snapshots of a set of values.
//
// It promises that a name or a value it does not understand is an error that says where it came from and what
// was probably meant, that names, types, defaults and limits are Kafka 4.3's except where a definition says
// otherwise ([Def.Differs]), and that a value can always tell where it came from ([Value.Source]).
//
// It does not read files, watch anything, or act on a value. A name Gregor accepts but has no use for says so
// ([Def.Unused]), so that a Kafka user's server.properties works as it is.
package config
