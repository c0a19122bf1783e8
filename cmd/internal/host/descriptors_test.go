package host

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// caller submits one operation at a time.
type caller struct {
	*arm
	last env.OpID
}

func (c *caller) do(submit func(w *env.World, op env.OpID)) env.Event {
	c.t.Helper()
	c.last++
	c.Do(func(w *env.World) { submit(w, c.last) })
	for {
		e, ok := c.Wait(10 * time.Second)
		require.True(c.t, ok, "operation %d has no outcome", c.last)
		if e.Op == c.last {
			require.NoError(c.t, e.Err)
			return e
		}
	}
}

func (c *caller) write(path string, text string) env.FileID {
	c.t.Helper()
	f := c.do(func(w *env.World, op env.OpID) { w.Disk.Open(op, path, env.CreateOrTrim) }).File
	c.do(func(w *env.World, op env.OpID) { w.Disk.WriteAt(op, f, 0, []byte(text)) })
	return f
}

func (c *caller) read(f env.FileID) string {
	c.t.Helper()
	e := c.do(func(w *env.World, op env.OpID) { w.Disk.ReadAt(op, f, 0, 100) })
	defer e.Buffer.Release()
	return string(e.Bytes)
}

// TestParkedFiles: far more files are open than the process may have descriptors for, and each is what it was, whatever
// became of its name.
func TestParkedFiles(t *testing.T) {
	t.Parallel()
	const dirs, each, descriptors = 12, 9, 64
	c := &caller{arm: openArmWith(t, descriptors)}
	c.do(func(w *env.World, op env.OpID) { w.Disk.MkdirAll(op, "deep/er") })
	deep := c.write("deep/er/file", "deep")
	files := map[string]env.FileID{}
	for d := range dirs {
		dir := fmt.Sprint("d", d)
		c.do(func(w *env.World, op env.OpID) { w.Disk.MkdirAll(op, dir) })
		for i := range each {
			name := fmt.Sprintf("%s/%d", dir, i)
			files[name] = c.write(name, name)
		}
	}
	most := c.h.descriptors.most(0)
	open := int(c.h.descriptors.open.Load())
	require.LessOrEqual(t, open, most, "of %d files", len(files))
	require.Positive(t, open)

	c.do(func(w *env.World, op env.OpID) { w.Disk.Rename(op, "d0", "gone") })
	c.do(func(w *env.World, op env.OpID) { w.Disk.Rename(op, "deep", "deeper") })
	c.do(func(w *env.World, op env.OpID) { w.Disk.Rename(op, "d1/0", "d2/moved") })
	c.do(func(w *env.World, op env.OpID) { w.Disk.Rename(op, "d3/0", "d3/1") }) // what was d3/1 has no name now
	c.do(func(w *env.World, op env.OpID) { w.Disk.Remove(op, "d4") })
	c.do(func(w *env.World, op env.OpID) { w.Disk.Remove(op, "d5/0") })
	anew := c.write("d5/0", "anew")
	for round := range 2 {
		for name, f := range files {
			require.Equal(t, name, c.read(f), "round %d", round)
		}
		require.Equal(t, "deep", c.read(deep))
		require.Equal(t, "anew", c.read(anew))
	}
	require.LessOrEqual(t, int(c.h.descriptors.open.Load()), most+each+2, "those without a name stay open")

	c.do(func(w *env.World, op env.OpID) { w.Disk.Sync(op, files["d6/0"]) })
	for _, f := range files {
		c.do(func(w *env.World, op env.OpID) { w.Disk.Close(op, f) })
	}
	for _, f := range []env.FileID{deep, anew} {
		c.do(func(w *env.World, op env.OpID) { w.Disk.Close(op, f) })
	}
	require.Zero(t, c.h.descriptors.open.Load())
	require.Empty(t, c.h.descriptors.ring)
	require.Empty(t, c.h.descriptors.dirs)
	require.Zero(t, c.h.descriptors.nested)
}

// TestMostFiles: files get what connections leave, and every fourth descriptor in any case.
func TestMostFiles(t *testing.T) {
	for _, x := range []struct{ limit, connections, want int }{
		{256, 0, 48}, {256, 192, 48}, {4096, 0, 3840}, {4096, 3000, 896}, {1 << 20, 10_000, 1<<20 - 10_000 - 256},
		{1 << 30, 0, 1<<30 - 256},
	} {
		d := descriptors{limit: x.limit}
		require.Equal(t, x.want, d.most(x.connections), "limit %d, %d connections", x.limit, x.connections)
	}
}
