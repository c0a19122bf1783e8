package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// smallDisk mounts a file system of its own, which can run full.
func smallDisk(t *testing.T, size string) string {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no file system of a test's own: mount: %v: %s", err, out)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", "--lazy", dir).Run()) })
	return dir
}

// fillUp writes a file that takes what space there is but spare bytes.
func fillUp(t *testing.T, dir string, spare int64) (file string) {
	var fs syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &fs))
	file = filepath.Join(dir, "ballast")
	f, err := os.Create(file)
	require.NoError(t, err)
	defer f.Close()
	_, err = io.CopyN(f, zeros{}, int64(fs.Bavail)*fs.Bsize-spare)
	if !errors.Is(err, syscall.ENOSPC) {
		require.NoError(t, err)
	}
	return file
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestFullDiskUnderAPartition: the only broker of a partition refuses appends with KAFKA_STORAGE_ERROR, serves reads,
// goes on by itself when there is space, and stops at once.
func TestFullDiskUnderAPartition(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "24m")
	b := startTestNode(t, serveOptions{dataDir: filepath.Join(disk, "data"), quiet: true,
		sets: []string{"listeners=PLAINTEXT://127.0.0.1:0"}})
	t.Cleanup(b.kill)
	b.awaitStart()
	_, stderr, code := b.run("", "topic", "create", "orders")
	require.Zero(t, code, stderr)
	ballast := fillUp(t, disk, 3<<20)
	c, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.DefaultProduceTopic("orders"), kgo.RecordRetries(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.DisableIdempotentWrite())
	require.NoError(t, err)
	defer c.Close()
	produce := func() error {
		return c.ProduceSync(t.Context(), &kgo.Record{Value: make([]byte, 700_000)}).FirstErr()
	}
	for n := 0; !errors.Is(err, kerr.KafkaStorageError); n++ {
		require.Less(t, n, 40, "no append is refused with KAFKA_STORAGE_ERROR; the last one with %v", err)
		err = produce()
	}
	stdout, stderr, code := b.run("", "topic", "describe", "orders")
	require.Zero(t, code, stderr)
	require.NotContains(t, stdout, "OFFLINE,")
	stdout, stderr, code = b.run("", "consume", "orders", "--from", "beginning", "--count", "1")
	require.Zero(t, code, stderr)
	require.Greater(t, len(stdout), 700_000)
	require.NoError(t, os.Remove(ballast))
	require.Eventually(t, func() bool {
		return produce() == nil
	}, 60*time.Second, 100*time.Millisecond, "the partition does not go on; see core/seglog/full.go")
	fillUp(t, disk, 0)
	_ = produce() // it fails
	begin := time.Now()
	err = b.host.Shutdown(context.Background())
	if err != nil {
		require.ErrorContains(t, err, "no space left on device")
	}
	require.Less(t, time.Since(begin), 20*time.Second,
		"the stop waits for the disk until host.Options.ShutdownTimeout is over")
}

// TestFullDiskUnderTheMetadataLog: a node whose metadata log cannot be written ends, and its reason names the file, the
// error and the fix. Started again when there is space it has everything.
func TestFullDiskUnderTheMetadataLog(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "16m")
	o := serveOptions{dataDir: filepath.Join(disk, "data"), quiet: true,
		sets: []string{"listeners=PLAINTEXT://127.0.0.1:0"}}
	b := startTestNode(t, o)
	t.Cleanup(b.kill)
	b.awaitStart()
	_, stderr, code := b.run("", "topic", "create", "orders")
	require.Zero(t, code, stderr)
	ballast := fillUp(t, disk, 0)
	c, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.RequestRetries(0))
	require.NoError(t, err)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for n := 0; !over(b.host.Done()) && ctx.Err() == nil; n++ {
		_, _ = kadm.NewClient(c).CreateTopics(ctx, 1, 1, nil, fmt.Sprintf("t%d", n)) // it fails sooner or later
	}
	require.True(t, over(b.host.Done()), "the node stays")
	require.ErrorContains(t, b.host.Err(), "no space left on device")
	require.ErrorContains(t, b.host.Err(), "make space on its disk and start the node again")
	require.NoError(t, os.Remove(ballast))
	b = startTestNode(t, o)
	t.Cleanup(b.kill)
	b.awaitStart()
	stdout, stderr, code := b.run("", "topic", "list")
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "orders")
	b.stop()
}

func over(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
