package logdir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gregor/core/kafka"
)

// The checkpoint files at the top of the data directory, in Kafka's text format: a version line "0", a count,
// then "topic partition offset" for each.
const (
	recoveryPointFile = "recovery-point-offset-checkpoint"
	highWatermarkFile = "replication-offset-checkpoint"
	logStartFile      = "log-start-offset-checkpoint"
	cleanerFile       = "cleaner-offset-checkpoint"
	cleanShutdownFile = ".kafka_cleanshutdown"
)

// formatMarker writes the clean-shutdown marker: under which epoch the broker was registered when it stopped.
func formatMarker(epoch kafka.BrokerEpoch) []byte {
	return fmt.Appendf(nil, `{"version":0,"brokerEpoch":%d}`, epoch)
}

// parseMarker reads it; -1 if it does not say.
func parseMarker(text []byte) kafka.BrokerEpoch {
	marker := struct{ BrokerEpoch *kafka.BrokerEpoch }{}
	if json.Unmarshal(text, &marker) != nil || marker.BrokerEpoch == nil {
		return -1
	}
	return *marker.BrokerEpoch
}

// metadataPartition is the metadata log's place in replication-offset-checkpoint, which Kafka's broker leaves out and
// passes over: how far this node knows it to be committed.
var metadataPartition = kafka.TopicPartition{Topic: kafka.MetadataTopic}

type offsets map[kafka.TopicPartition]kafka.Offset

// checkpointLinesMax bounds a checkpoint: Kafka clusters stay well under a million replicas a broker.
const checkpointLinesMax = 4 << 20

// formatOffsets writes a checkpoint file, sorted.
func formatOffsets(o offsets) []byte {
	names := make([]kafka.TopicPartition, 0, len(o))
	for tp := range o {
		names = append(names, tp)
	}
	slices.SortFunc(names, kafka.TopicPartition.Compare)
	var b bytes.Buffer
	fmt.Fprintf(&b, "0\n%d\n", len(names))
	for _, tp := range names {
		fmt.Fprintf(&b, "%s %d %d\n", tp.Topic, tp.Partition, o[tp])
	}
	return b.Bytes()
}

// parseOffsets reads a checkpoint file.
func parseOffsets(text []byte) (offsets, error) {
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) < 2 || lines[0] != "0" {
		return nil, errors.New(`line 1: a checkpoint begins with the version line "0"`)
	}
	n, err := strconv.Atoi(lines[1])
	if err != nil || n != len(lines)-2 || n > checkpointLinesMax {
		return nil, fmt.Errorf("line 2: count %q, but %d lines follow", lines[1], len(lines)-2)
	}
	o := make(offsets, n)
	for i, line := range lines[2:] {
		tp, offset, err := parseOffsetLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+3, err)
		}
		o[tp] = offset
	}
	return o, nil
}

func parseOffsetLine(line string) (kafka.TopicPartition, kafka.Offset, error) {
	f := strings.Fields(line)
	if len(f) != 3 {
		return kafka.TopicPartition{}, 0, fmt.Errorf("%q is not \"topic partition offset\"", line)
	}
	p, errP := strconv.ParseInt(f[1], 10, 32)
	o, errO := strconv.ParseInt(f[2], 10, 64)
	if errP != nil || errO != nil || p < 0 || o < 0 {
		return kafka.TopicPartition{}, 0, fmt.Errorf("%q has a partition or offset that is no number from 0 up", line)
	}
	return kafka.TopicPartition{Topic: f[0], Partition: kafka.PartitionID(p)}, kafka.Offset(o), nil
}
