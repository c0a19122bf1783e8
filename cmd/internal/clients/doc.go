// Command clients shows that the clients people use work with a broker: kcat, franz-go, sarama,
// segmentio/kafka-go, confluent-kafka-go, kafkajs, confluent-kafka for Python, and Kafka's own console and admin
// tools. Each produces, consumes, works in a group and administers, and asserts what it sees.
//
//	go run ./cmd/internal/clients                             starts gregor serve on a free port
//	go run ./cmd/internal/clients --bootstrap localhost:9092  uses a broker that runs
//	go run ./cmd/internal/clients --only kcat,java            some of the clients
//
// Every step prints a line, "ok" or "FAIL" with the reason, and the last line counts them. A client that is
// missing is a failure, never a skip: .ci/run installs them all into the directory that --cache names.
//
// The clients that are not part of Gregor's own module live in folders with their own dependencies (golang,
// kafkajs, python, java), so that none of them enters Gregor's go.mod. Each of those programs prints the same
// lines, which this one passes on.
//
// The suite proves that the usual paths work and that errors are the right ones. It does not prove semantics
// under faults: the simulator does.
package main
