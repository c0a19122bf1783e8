// Command twin holds the same conversations with Apache Kafka and with Gregor, side by side, and compares every field
// of every response. Kafka is the judge.
//
//	go run ./cmd/internal/clients/twin --jars ~/.cache/gregor/java --gregor ./gregor every version that both advertise
//	go run ./cmd/internal/clients/twin --jars … --gregor … --max --run topics some conversations, highest versions
//	go run ./cmd/internal/clients/twin --jars … --gregor … --run '^createtopics$' --v          with every response
//
// It starts both, one combined KRaft node each with the same settings on fresh directories and free ports; with --kafka
// and --other it uses two that run. Needs Java and the jars of Kafka 4.3 (.ci/run installs them for the client suite).
//
// A conversation (talk_*.go) is a Go function over one [side]. Where it names an API it is held once for each version.
// What cannot be equal is made so before it is compared (normal.go): ids, ports, directories, times near now. Texts of
// errors and the order within arrays are not compared.
//
// Every other difference fails, unless differences.txt lists it with the reason why it is one; an entry that no
// difference needs any more fails too. Where Kafka answers UNKNOWN_SERVER_ERROR, closes the connection, or does not
// answer, a clear code of ours is better: that is a reason.
package main
