package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTable(t *testing.T) {
	table := table{head: []string{"NAME", "LAG", "NOTE"}}
	table.add("a", 5, cell{"late", red})
	table.add("bücher", "-", "")
	table.add("\x1b[2J", 1200, "ok")
	var out bytes.Buffer
	table.write(&out)
	require.Equal(t, ""+
		"NAME        LAG  NOTE\n"+
		"a             5  late\n"+
		"bücher        -\n"+
		"\"\\x1b[2J\"  1200  ok\n", out.String())
}

func TestStyles(t *testing.T) {
	require.Equal(t, "\x1b[31mlate\x1b[0m", red.paint("late", true))
	require.Equal(t, "late", red.paint("late", false))
	require.Equal(t, "late", plain.paint("late", true))
	require.False(t, colours(&bytes.Buffer{}))
}

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{-1: "-", 0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB",
		5 << 20: "5.0 MiB", 3 << 30: "3.0 GiB"} {
		require.Equal(t, want, sizeText(n))
	}
}

func TestCount(t *testing.T) {
	require.Equal(t, "1 record", count(1, "record"))
	require.Equal(t, "0 records", count(0, "record"))
	require.Equal(t, "2 batches", count(2, "batch"))
	require.Equal(t, "2 entries", count(2, "entry"))
}

func TestSnakeCase(t *testing.T) {
	for name, want := range map[string]string{"ID": "id", "LeaderEpoch": "leader_epoch", "LastKnownELR": "last_known_elr",
		"ProducerIDs": "producer_ids", "ISR": "isr", "TopicID": "topic_id", "MigratingZkBroker": "migrating_zk_broker"} {
		require.Equal(t, want, snakeCase(name))
	}
}

// A broker that does not say what was meant is helped.
func TestSuggest(t *testing.T) {
	require.Equal(t, `Unknown topic config name: retenton.ms; did you mean "retention.ms"?`,
		suggest("Unknown topic config name: retenton.ms", "topic", []string{"cleanup.policy", "retenton.ms"}))
	require.Equal(t, "no such; did you mean retention.ms?", suggest("no such; did you mean retention.ms?", "topic", []string{"retenton.ms"}))
	require.Equal(t, "Invalid value", suggest("Invalid value", "topic", []string{"retention.ms"}))
}
