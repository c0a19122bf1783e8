package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/metadata"
	"gregor/core/record"
)

const properties = "version=1\ncluster.id=AAAAAAAAAAAAAAAAAAAAAQ\nnode.id=1\ndirectory.id=AAAAAAAAAAAAAAAAAAABAA\n"

// used is a data directory that a broker has used, with a topic of one record.
func used(t *testing.T) string {
	b := startTestBroker(t)
	_, stderr, code := b.run("", "topic", "create", "orders")
	require.Zero(t, code, stderr)
	_, stderr, code = b.run("one\n", "produce", "orders")
	require.Zero(t, code, stderr)
	b.stop()
	return b.dir
}

const metadataDir = "__cluster_metadata-0"

// appendMetadata appends records to the metadata log in a directory, as a controller would have.
func appendMetadata(t *testing.T, dir string, values ...[]byte) {
	path := filepath.Join(dir, metadataDir, "00000000000000000000.log")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var last record.Batch
	split := record.Split(text)
	for b, ok := split.Next(); ok; b, ok = split.Next() {
		last = b
	}
	builder := record.NewBuilder(record.Options{BaseOffset: last.NextOffset(), LeaderEpoch: last.LeaderEpoch(),
		ProducerID: -1, ProducerEpoch: -1, BaseSequence: -1})
	for _, v := range values {
		builder.Add(last.MaxTimestamp(), nil, v)
	}
	require.NoError(t, os.WriteFile(path, append(text, builder.Build()...), 0o644))
}

// TestServeRefusesADirectory starts a broker on directories that are not its own or that it cannot read: it ends with
// one line that names what is wrong and what to do, and gives the port and the directory back.
func TestServeRefusesADirectory(t *testing.T) {
	write := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir string)
		used    bool
		args    []string
		want    string
	}{
		"another node": {prepare: write("meta.properties", strings.Replace(properties, "node.id=1", "node.id=7", 1)),
			want: `meta.properties: node.id="7", but this node is 1: start with --set node.id=7, or with another --data directory`},
		"another cluster": {prepare: write("meta.properties", properties),
			args: []string{"--cluster-id", "AAAAAAAAAAAAAAAAAAAAAg"},
			want: `meta.properties: cluster.id="AAAAAAAAAAAAAAAAAAAAAQ", but this node is configured with "AAAAAAAAAAAAAAAAAAAAAg": use another --data directory`},
		"no meta.properties": {prepare: write("orders-0/00000000000000000000.log", ""),
			want: "the data directory holds orders-0 but no meta.properties: restore that file, or use an empty directory"},
		"garbage": {prepare: write("meta.properties", "\x00\xff\x17 version"),
			want: `meta.properties: version="", but only version=1 is known`},
		"no cluster": {prepare: write("meta.properties", "version=1\nnode.id=1\n"),
			want: "meta.properties: cluster.id is missing: "},
		"directory id": {prepare: write("meta.properties", strings.Replace(properties, "AAAAAAAAAAAAAAAAAAABAA", "here", 1)),
			want: `meta.properties: directory.id="here"`},
		"features": {used: true, prepare: func(t *testing.T, dir string) {
			appendMetadata(t, dir, metadata.Append(nil, &metadata.FeatureLevel{Name: "metadata.version", Level: 99}),
				metadata.Append(nil, &metadata.FeatureLevel{Name: "group.version", Level: 1}))
		}, want: "the metadata log cannot be applied: group.version is at level 1, and this broker supports level 0 only; " +
			"metadata.version is at level 99, and this broker supports levels 7 to 33; lower it"},
		"unknown record": {used: true, prepare: func(t *testing.T, dir string) { appendMetadata(t, dir, []byte{1, 120, 0}) },
			want: "the metadata log cannot be applied: record at offset "},
		"quorum-state": {used: true, prepare: write(metadataDir+"/quorum-state", "garbage"),
			want: "quorum-state is damaged: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if c.used {
				dir = used(t)
			}
			c.prepare(t, dir)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			stdout, stderr, code := gregor(ctx, "", append([]string{"serve", "--data", dir, "--set",
				"listeners=PLAINTEXT://127.0.0.1:0"}, c.args...)...)
			require.NoError(t, ctx.Err(), "the broker does not end by itself; see Host.ended in cmd/internal/host")
			require.Equal(t, exitFailed, code)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.want)
			require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
		})
	}
}

// TestUnregisteredBrokerRegistersAgain unregisters a live broker, as one request of any client can: it registers again,
// leads its partitions again and has lost nothing.
func TestUnregisteredBrokerRegistersAgain(t *testing.T) {
	t.Parallel()
	b := startTestBroker(t)
	_, stderr, code := b.run("", "topic", "create", "orders")
	require.Zero(t, code, stderr)
	_, stderr, code = b.run("one\n", "produce", "orders")
	require.Zero(t, code, stderr)
	c, err := kgo.NewClient(kgo.SeedBrokers(b.addr))
	require.NoError(t, err)
	defer c.Close()
	for range 2 {
		req := kmsg.NewPtrUnregisterBrokerRequest()
		req.BrokerID = 1
		resp, err := req.RequestWith(t.Context(), c)
		require.NoError(t, err)
		require.Zero(t, resp.ErrorCode)
		require.Eventually(t, func() bool {
			told, err := kadm.NewClient(c).ListTopics(t.Context(), "orders")
			return err == nil && told["orders"].Partitions[0].Leader == 1
		}, 20*time.Second, 20*time.Millisecond, "the broker does not register again; see lifecycle.reregister in core/broker")
	}
	_, stderr, code = b.run("two\n", "produce", "orders")
	require.Zero(t, code, stderr)
	stdout, stderr, code := b.run("", "consume", "orders", "--from", "beginning", "--count", "2")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "one")
	require.Contains(t, stdout, "two")
}
