package ideal

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is answered has been copied by all, as it was sent; a second client restarts the file.
func TestCopiesAreWholeWhenAnswered(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	go func() { _ = ServeCopied(l, dir, 2) }()
	for range 2 {
		go func() { _ = Follow(l.Addr().String(), dir) }()
	}
	for _, load := range []Load{{Size: 1 << 10, Frames: 50, InFlight: 1}, {Size: 70 << 10, Frames: 60, InFlight: 5},
		{Size: 1, Frames: 3, InFlight: 3}} {
		nc, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		c := client{nc: nc, in: bufio.NewReader(nc)}
		require.NoError(t, c.produce(load))
		require.NoError(t, nc.Close())
		files, err := filepath.Glob(filepath.Join(dir, "ideal*.log"))
		require.NoError(t, err)
		require.Len(t, files, 3)
		payload := make([]byte, RequestHead+load.Size)
		for i := range payload {
			payload[i] = byte(i * 13)
		}
		for _, f := range files {
			got, err := os.ReadFile(f)
			require.NoError(t, err)
			require.True(t, bytes.Equal(bytes.Repeat(payload[RequestHead:], load.Frames), got), "%s has %d bytes", f, len(got))
		}
	}
}
