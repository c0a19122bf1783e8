// Command clients shows that the clients people use work with a broker: kcat, franz-go, sarama,
// segmentio/kafka-go, confluent-kafka-go, kafkajs, confluent-kafka for Python, and Kafka's own console and admin
// tools. Each produces, consumes, works in a group and administers, and asserts what it sees.
//
//	go run ./cmd/internal/clients                             starts gregor serve on a free port
//	go run ./cmd/internal/clients --bootstrap localhost:9092  uses a broker that runs
//	go run ./cmd/internal/clients --only kcat,java            some of the clients
//	go run ./cmd/internal/clients --only twin                 only the comparison with Apache Kafka
//	go run ./cmd/internal/clients --only hostile              only the part about hostile load
//	go run ./cmd/internal/clients --only cluster              only the part about a cluster
//
// The comparison holds the same conversations with Apache Kafka and with Gregor and compares every field of every
// response; what may differ stands in a list with its reason (see the command in the folder twin).
//
// The part about hostile load starts a broker that may open 4,096 files and lets peers do what brokers have gone down
// under, each for eight seconds: slow frames, huge requests, floods of members and groups, bytes that are no frames,
// batches that unpack to a thousand times their size, thousands of partitions. An honest client writes meanwhile: each
// of its records is acknowledged within 15 s, the broker stays below 1.5 GiB, its log below 1 MiB, and at the end all
// that was acknowledged is read (hostile.go has the counts and times).
//
// The part about a cluster starts three brokers, each a process that is a controller as well. Kafka's tools for
// operators look at the quorum, elect leaders, move partitions under load and read the metadata log; clients write and
// read while each broker is killed once with SIGKILL, and what was acknowledged must be read. At the end
// confluent-kafka for Python does the same with a leader that is killed again and again (python/drill.py; four times
// here, fifty by hand).
//
// Every step prints a line, "ok" or "FAIL" with the reason, and the last line counts them. A client that is
// missing is a failure, never a skip: .ci/run installs them all into the directory that --cache names.
//
// The clients that are not part of Gregor's own module live in folders with their own dependencies (golang,
// kafkajs, python, java), so that none of them enters Gregor's go.mod. Each of those programs prints the same
// lines, which this one passes on; while brokers are killed they print what they wrote and read instead (ledger.go).
//
// The suite proves that the usual paths work, that errors are the right ones, and that stock clients get through a
// crash. It does not prove semantics under faults: the simulator does.
package main
