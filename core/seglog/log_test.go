package seglog

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/disksim"
)

func TestAppendReadAndReopen(t *testing.T) {
	w := newWorld(t, 1, disksim.Options{})
	w.cfg.SegmentBytes, w.cfg.IndexIntervalBytes = 2000, 200
	w.open()
	w.ready()
	var want []byte
	for i := range 100 {
		b := batchOf(1+i%3, 10+i, w.clock().Wall)
		w.append(b)
		want = append(want, b...)
		w.sleep(10 * time.Millisecond)
	}
	w.settle()
	require.Equal(t, w.log.EndOffset(), w.log.Written())
	require.True(t, bytes.Equal(want, w.everything()))
	end := w.log.EndOffset()
	require.Greater(t, w.log.Segments(), 5)

	w.shutdown()
	w.open()
	w.ready()
	require.Equal(t, end, w.log.EndOffset())
	require.Equal(t, end, w.log.Flushed())
	require.True(t, bytes.Equal(want, w.everything()))
}
