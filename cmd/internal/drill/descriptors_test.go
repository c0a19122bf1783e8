package drill

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestMorePartitionsThanDescriptors: a broker whose process may have 128 descriptors gets 400 partitions with one
// request, three files each. It serves them, starts again after it was killed, and deletes them.
func TestMorePartitionsThanDescriptors(t *testing.T) {
	const many, descriptors, topic = 400, 128, "wide"
	b := &process{binary: build(t), data: t.TempDir(), addr: freeAddr(t), descriptors: descriptors}
	b.start(t)
	defer b.kill()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(b.addr), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ConsumeTopics(topic))
	require.NoError(t, err)
	defer client.Close()
	admin := kadm.NewClient(client)
	_, err = admin.CreateTopic(ctx, many, 1, nil, topic)
	require.NoError(t, err)
	var records []*kgo.Record
	for p := range many {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(p), Value: fmt.Append(nil, p)})
	}
	require.NoError(t, client.ProduceSync(ctx, records...).FirstErr())

	b.kill()
	b.start(t)
	read := map[int32]string{}
	for len(read) < many {
		fetched := client.PollFetches(ctx)
		require.NoError(t, ctx.Err(), "%d of %d records are there after the restart", len(read), many)
		fetched.EachRecord(func(r *kgo.Record) { read[r.Partition] = string(r.Value) })
	}
	for p := range int32(many) {
		require.Equal(t, fmt.Sprint(p), read[p])
	}
	deleted, err := admin.DeleteTopics(ctx, topic)
	require.NoError(t, err)
	require.NoError(t, deleted.Error())
	b.interrupt(t)
	require.NoError(t, b.cmd.Wait())
	b.cmd = nil
}
