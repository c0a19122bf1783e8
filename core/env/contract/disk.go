package contract

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"gregor/core/env"
)

// Disk runs the promises of env.Disk. open makes a fresh node with an empty disk for each test; it cleans up
// with t.Cleanup.
func Disk(t *testing.T, open func(t *testing.T) Arm) {
	for _, c := range diskCases {
		t.Run(c.name, func(t *testing.T) { c.run(diskScript{newScript(t, open(t))}) })
	}
}

var diskCases = []struct {
	name string
	run  func(diskScript)
}{
	{"open modes", openModes},
	{"open reports the size", openSize},
	{"open in a missing directory", openMissingDir},
	{"read is short only at the end", readShort},
	{"write in parts, read back", writeParts},
	{"a gap reads as zeros", writeGap},
	{"disjoint writes in flight together", writesTogether},
	{"large write", writeLarge},
	{"two handles see one file", twoHandles},
	{"released buffers are not the file", releaseBuffers},
	{"truncate", truncate},
	{"truncate grows with zeros", truncateGrows},
	{"mkdir", mkdir},
	{"rename replaces", renameReplaces},
	{"rename a directory", renameDir},
	{"rename what is missing", renameMissing},
	{"remove leaves open files readable", removeOpen},
	{"remove a directory with all in it", removeDir},
	{"remove what is missing", removeMissing},
	{"list is sorted", listSorted},
	{"list what is missing", listMissing},
	{"space that is there and that is left", spaceLeft},
	{"names change in the order submitted", namesInOrder},
	{"sync", syncs},
	{"close waits for operations in flight", closeWaits},
	{"every operation completes once", completesOnce},
	{"restart keeps what completed", restartKeeps},
	{"power cut keeps what was synced", cutKeepsSynced},
	{"power cut leaves old or new bytes", cutOldOrNew},
	{"power cut leaves old or new names", cutNames},
	{"power cut leaves a rename before or after", cutRename},
	{"power cut after sync-dir of a removal", cutRemoved},
}

// diskScript speaks Disk in calls that wait.
type diskScript struct{ *script }

func (s diskScript) open(path string, how env.OpenMode) env.Event {
	s.t.Helper()
	return s.call(env.Opened, func(w *env.World, op env.OpID) { w.Disk.Open(op, path, how) })
}

func (s diskScript) create(path string, content []byte) env.FileID {
	s.t.Helper()
	f := s.must(s.open(path, env.CreateOrTrim)).File
	if len(content) > 0 {
		s.write(f, 0, content)
	}
	return f
}

func (s diskScript) write(f env.FileID, pos env.Position, parts ...[]byte) {
	s.t.Helper()
	e := s.must(s.call(env.Wrote, func(w *env.World, op env.OpID) { w.Disk.WriteAt(op, f, pos, parts...) }))
	if e.File != f {
		s.t.Fatalf("Wrote names file %d, written was %d", e.File, f)
	}
}

func (s diskScript) read(f env.FileID, pos env.Position, n int) []byte {
	s.t.Helper()
	e := s.must(s.call(env.Read, func(w *env.World, op env.OpID) { w.Disk.ReadAt(op, f, pos, n) }))
	got := bytes.Clone(e.Bytes)
	s.arm.Do(func(*env.World) { e.Buffer.Release() })
	return got
}

func (s diskScript) sync(f env.FileID) {
	s.t.Helper()
	s.must(s.call(env.Synced, func(w *env.World, op env.OpID) { w.Disk.Sync(op, f) }))
}

func (s diskScript) syncDir(dir string) {
	s.t.Helper()
	s.must(s.call(env.DirSynced, func(w *env.World, op env.OpID) { w.Disk.SyncDir(op, dir) }))
}

func (s diskScript) truncate(f env.FileID, size env.Position) {
	s.t.Helper()
	s.must(s.call(env.Truncated, func(w *env.World, op env.OpID) { w.Disk.Truncate(op, f, size) }))
}

func (s diskScript) mkdir(dir string) error {
	s.t.Helper()
	return s.call(env.Renamed, func(w *env.World, op env.OpID) { w.Disk.MkdirAll(op, dir) }).Err
}

func (s diskScript) rename(from, to string) error {
	s.t.Helper()
	return s.call(env.Renamed, func(w *env.World, op env.OpID) { w.Disk.Rename(op, from, to) }).Err
}

func (s diskScript) remove(path string) error {
	s.t.Helper()
	return s.call(env.Removed, func(w *env.World, op env.OpID) { w.Disk.Remove(op, path) }).Err
}

func (s diskScript) list(dir string) ([]env.DirEntry, error) {
	s.t.Helper()
	e := s.call(env.Listed, func(w *env.World, op env.OpID) { w.Disk.List(op, dir) })
	return e.Entries, e.Err
}

func (s diskScript) close(f env.FileID) {
	s.t.Helper()
	s.must(s.call(env.FileClosed, func(w *env.World, op env.OpID) { w.Disk.Close(op, f) }))
}

func (s diskScript) wantErr(got, want error, what string) {
	s.t.Helper()
	if !errors.Is(got, want) {
		s.t.Fatalf("%s: error %v, want one that is %v", what, got, want)
	}
}

func (s diskScript) wantBytes(got, want []byte, what string) {
	s.t.Helper()
	if !bytes.Equal(got, want) {
		s.t.Fatalf("%s: read %s, want %s", what, brief(got), brief(want))
	}
}

func (s diskScript) wantNames(dir string, want ...string) {
	s.t.Helper()
	entries, err := s.list(dir)
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name)
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("list of %q: %q, want %q", dir, got, want)
	}
}

func brief(b []byte) string {
	if len(b) <= 40 {
		return fmt.Sprintf("%d bytes %q", len(b), b)
	}
	return fmt.Sprintf("%d bytes %q...", len(b), b[:40])
}

// pattern fills n bytes that differ from place to place and from one salt to another, and are never zero.
func pattern(salt byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 1 + (byte(i)*31+byte(i>>8)*17+byte(i>>16)*7+salt*101)%251
	}
	return b
}

func openModes(s diskScript) {
	s.wantErr(s.open("f", env.MustExist).Err, env.ErrNotExist, "MustExist of nothing")
	f := s.must(s.open("f", env.MayCreate)).File
	if f == 0 {
		s.t.Fatal("an open file has handle 0")
	}
	s.write(f, 0, []byte("abc"))
	s.close(f)
	s.wantErr(s.open("f", env.MustCreate).Err, env.ErrExist, "MustCreate of a file that is there")
	s.must(s.open("g", env.MustCreate))
	f = s.must(s.open("f", env.MayCreate)).File
	s.wantBytes(s.read(f, 0, 10), []byte("abc"), "after MayCreate")
	f = s.must(s.open("f", env.MustExist)).File
	s.wantBytes(s.read(f, 0, 10), []byte("abc"), "after MustExist")
	f = s.must(s.open("f", env.CreateOrTrim)).File
	s.wantBytes(s.read(f, 0, 10), nil, "after CreateOrTrim")
	s.must(s.open("h", env.CreateOrTrim))
	s.wantNames("", "f", "g", "h")
}

func openSize(s diskScript) {
	f := s.create("f", pattern(1, 12345))
	s.close(f)
	if e := s.must(s.open("f", env.MustExist)); e.Size != 12345 {
		s.t.Fatalf("Opened says %d bytes, written were 12345", e.Size)
	}
	if e := s.must(s.open("f", env.CreateOrTrim)); e.Size != 0 {
		s.t.Fatalf("Opened says %d bytes after CreateOrTrim", e.Size)
	}
}

func openMissingDir(s diskScript) {
	e := s.open("no/such/f", env.MayCreate)
	s.wantErr(e.Err, env.ErrNotExist, "MayCreate in a missing directory")
	if e.File != 0 {
		s.t.Fatalf("a failed Open gave handle %d", e.File)
	}
}

func readShort(s diskScript) {
	f := s.create("f", []byte("0123456789"))
	s.wantBytes(s.read(f, 3, 4), []byte("3456"), "inside")
	s.wantBytes(s.read(f, 6, 4), []byte("6789"), "up to the end")
	s.wantBytes(s.read(f, 6, 100), []byte("6789"), "over the end")
	s.wantBytes(s.read(f, 10, 5), nil, "at the end")
	s.wantBytes(s.read(f, 1000, 5), nil, "beyond the end")
	s.wantBytes(s.read(f, 4, 0), nil, "nothing")
}

func writeParts(s diskScript) {
	f := s.create("f", nil)
	s.write(f, 0, []byte("one "), nil, []byte("two "), []byte("three"))
	s.wantBytes(s.read(f, 0, 100), []byte("one two three"), "parts")
	s.write(f, 4, []byte("2"), []byte("22"))
	s.wantBytes(s.read(f, 0, 100), []byte("one 222 three"), "overwritten")
	s.write(f, 13, []byte("!"))
	s.wantBytes(s.read(f, 0, 100), []byte("one 222 three!"), "appended")
}

func writeGap(s diskScript) {
	f := s.create("f", []byte("ab"))
	s.write(f, 200_000, []byte("z"))
	want := make([]byte, 200_001)
	copy(want, "ab")
	want[200_000] = 'z'
	s.wantBytes(s.read(f, 0, 300_000), want, "gap")
}

func writesTogether(s diskScript) {
	const pieces, size = 64, 1000
	f := s.create("f", nil)
	want := pattern(3, pieces*size)
	var ops []env.OpID
	s.do(func(w *env.World, op func() env.OpID) {
		for i := range pieces {
			at := (i * 37 % pieces) * size
			id := op()
			ops = append(ops, id)
			w.Disk.WriteAt(id, f, env.Position(at), want[at:at+300], want[at+300:at+size])
		}
	})
	for _, op := range ops {
		s.must(s.outcome(op))
	}
	s.wantBytes(s.read(f, 0, len(want)), want, "all pieces")
}

func writeLarge(s diskScript) {
	want := pattern(5, 8<<20)
	f := s.create("f", want)
	s.wantBytes(s.read(f, 0, len(want)+1), want, "8 MiB")
	s.wantBytes(s.read(f, 65_530, 20), want[65_530:65_550], "a piece of 8 MiB")
}

func twoHandles(s diskScript) {
	a := s.create("f", []byte("hello"))
	b := s.must(s.open("f", env.MustExist)).File
	if a == b {
		s.t.Fatalf("two open files share handle %d", a)
	}
	s.write(b, 5, []byte(" world"))
	s.wantBytes(s.read(a, 0, 100), []byte("hello world"), "through the other handle")
	s.close(b)
	s.wantBytes(s.read(a, 0, 100), []byte("hello world"), "after the other handle closed")
}

func releaseBuffers(s diskScript) {
	want := pattern(7, 5000)
	f := s.create("f", want)
	for range 20 {
		s.wantBytes(s.read(f, 0, 5000), want, "again")
		s.wantBytes(s.read(f, 1234, 77), want[1234:1311], "again, in part")
	}
}

func truncate(s diskScript) {
	f := s.create("f", []byte("0123456789"))
	s.truncate(f, 4)
	s.wantBytes(s.read(f, 0, 100), []byte("0123"), "cut to 4")
	s.write(f, 4, []byte("xy"))
	s.wantBytes(s.read(f, 0, 100), []byte("0123xy"), "written after the cut")
	s.truncate(f, 0)
	s.wantBytes(s.read(f, 0, 100), nil, "cut to nothing")
}

func truncateGrows(s diskScript) {
	f := s.create("f", pattern(9, 150_000))
	s.truncate(f, 100)
	s.truncate(f, 140_000)
	want := make([]byte, 140_000)
	copy(want, pattern(9, 100))
	s.wantBytes(s.read(f, 0, 200_000), want, "grown again")
}

func mkdir(s diskScript) {
	for range 2 {
		if err := s.mkdir("a/b/c"); err != nil {
			s.t.Fatal(err)
		}
	}
	s.create("a/b/c/f", []byte("x"))
	s.wantNames("a", "b")
	s.wantNames("a/b/c", "f")
	if err := s.mkdir("a/b/c/f"); err == nil {
		s.t.Fatal("MkdirAll over a file succeeded")
	}
}

func renameReplaces(s diskScript) {
	s.close(s.create("f", []byte("old")))
	s.close(s.create("f.tmp", []byte("new")))
	if err := s.rename("f.tmp", "f"); err != nil {
		s.t.Fatal(err)
	}
	s.wantNames("", "f")
	s.wantBytes(s.read(s.must(s.open("f", env.MustExist)).File, 0, 10), []byte("new"), "replaced")
}

func renameDir(s diskScript) {
	s.mkdir("a")
	s.mkdir("b")
	f := s.create("a/f", []byte("in a"))
	if err := s.rename("a", "b/c"); err != nil {
		s.t.Fatal(err)
	}
	s.write(f, 4, []byte("!"))
	s.wantNames("", "b")
	s.wantBytes(s.read(s.must(s.open("b/c/f", env.MustExist)).File, 0, 10), []byte("in a!"), "moved")
}

func renameMissing(s diskScript) {
	s.wantErr(s.rename("no", "f"), env.ErrNotExist, "rename of nothing")
	s.create("f", nil)
	s.wantErr(s.rename("f", "no/f"), env.ErrNotExist, "rename into nowhere")
	s.wantNames("", "f")
}

func removeOpen(s diskScript) {
	f := s.create("f", []byte("still here"))
	if err := s.remove("f"); err != nil {
		s.t.Fatal(err)
	}
	s.wantNames("")
	s.wantBytes(s.read(f, 0, 100), []byte("still here"), "removed but open")
	s.write(f, 0, []byte("S"))
	s.create("f", []byte("another"))
	s.wantBytes(s.read(f, 0, 100), []byte("Still here"), "with another of its name")
	s.close(f)
	s.wantNames("", "f")
}

func removeDir(s diskScript) {
	s.mkdir("d/e")
	s.create("d/f", []byte("1"))
	f := s.create("d/e/g", []byte("2"))
	if err := s.remove("d"); err != nil {
		s.t.Fatal(err)
	}
	s.wantNames("")
	s.wantBytes(s.read(f, 0, 9), []byte("2"), "removed with its directory but open")
	s.wantErr(s.open("d/f", env.MayCreate).Err, env.ErrNotExist, "open in a removed directory")
}

func removeMissing(s diskScript) {
	s.wantErr(s.remove("no"), env.ErrNotExist, "remove of nothing")
	s.wantErr(s.remove("no/f"), env.ErrNotExist, "remove in nowhere")
}

func listSorted(s diskScript) {
	for _, n := range []string{"b", "a10", "a9", "Z", "a"} {
		s.create(n, pattern(1, len(n)))
	}
	s.mkdir("a.d")
	s.create("a.d/inner", nil)
	entries, err := s.list("")
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range entries {
		if entries[i].Dir {
			entries[i].Size = 0
		}
	}
	want := []env.DirEntry{{Name: "Z", Size: 1}, {Name: "a", Size: 1}, {Name: "a.d", Dir: true}, {Name: "a10", Size: 3},
		{Name: "a9", Size: 2}, {Name: "b", Size: 1}}
	if !slices.Equal(entries, want) {
		s.t.Fatalf("listed %v, want %v", entries, want)
	}
}

func listMissing(s diskScript) {
	_, err := s.list("no")
	s.wantErr(err, env.ErrNotExist, "list of nothing")
	e := s.call(env.DirSynced, func(w *env.World, op env.OpID) { w.Disk.SyncDir(op, "no") })
	s.wantErr(e.Err, env.ErrNotExist, "sync of no directory")
	s.wantNames("")
}

func namesInOrder(s diskScript) {
	s.create("a", []byte("a"))
	var ops []env.OpID
	var first, last env.OpID
	s.do(func(w *env.World, op func() env.OpID) {
		do := func(f func(env.OpID)) env.OpID {
			id := op()
			ops = append(ops, id)
			f(id)
			return id
		}
		first = do(func(id env.OpID) { w.Disk.List(id, "") })
		for range 3 {
			do(func(id env.OpID) { w.Disk.Rename(id, "a", "b") })
			do(func(id env.OpID) { w.Disk.Open(id, "a", env.MustCreate) })
			do(func(id env.OpID) { w.Disk.Remove(id, "a") })
			do(func(id env.OpID) { w.Disk.MkdirAll(id, "d") })
			do(func(id env.OpID) { w.Disk.Rename(id, "b", "d/c") })
			do(func(id env.OpID) { w.Disk.Rename(id, "d/c", "a") })
		}
		last = do(func(id env.OpID) { w.Disk.List(id, "") })
	})
	for _, op := range ops {
		e := s.must(s.outcome(op))
		if op == first && len(e.Entries) != 1 {
			s.t.Fatalf("the first List saw %v, want only a", e.Entries)
		}
		if op == last && len(e.Entries) != 2 {
			s.t.Fatalf("the last List saw %v, want a and d", e.Entries)
		}
	}
}

func syncs(s diskScript) {
	f := s.create("f", pattern(1, 100_000))
	s.sync(f)
	s.sync(f)
	s.syncDir("")
	s.mkdir("d")
	s.syncDir("d")
}

func closeWaits(s diskScript) {
	f := s.create("f", nil)
	content := pattern(2, 1<<20)
	var write, sync, closed env.OpID
	s.do(func(w *env.World, op func() env.OpID) {
		write, sync, closed = op(), op(), op()
		w.Disk.WriteAt(write, f, 0, content)
		w.Disk.Sync(sync, f)
		w.Disk.Close(closed, f)
	})
	open := map[env.OpID]bool{write: true, sync: true}
	for range 3 {
		e := s.must(s.next("three outcomes", func(e env.Event) bool { return e.Op >= write && e.Op <= closed }))
		if e.Op == closed && len(open) > 0 {
			s.t.Fatalf("closed with %d operations in flight", len(open))
		}
		delete(open, e.Op)
	}
	s.wantBytes(s.read(s.must(s.open("f", env.MustExist)).File, 0, len(content)), content, "written before close")
}

func completesOnce(s diskScript) {
	f := s.create("f", pattern(4, 1000))
	seen := map[env.OpID]int{}
	var from, to env.OpID
	s.do(func(w *env.World, op func() env.OpID) {
		from = op()
		w.Disk.ReadAt(from, f, 0, 10)
		w.Disk.WriteAt(op(), f, 2000, []byte("x"))
		w.Disk.Sync(op(), f)
		w.Disk.SyncDir(op(), "")
		w.Disk.List(op(), "")
		w.Disk.Open(op(), "g", env.MayCreate)
		w.Disk.Rename(op(), "nothing", "h")
		w.Disk.Remove(op(), "nothing")
		w.Disk.MkdirAll(op(), "d")
		to = op()
		w.Disk.Truncate(to, f, 3000)
	})
	for range int(to-from) + 1 {
		e := s.next("an outcome", func(e env.Event) bool { return e.Op >= from && e.Op <= to })
		seen[e.Op]++
	}
	for op := from; op <= to; op++ {
		if seen[op] != 1 {
			s.t.Fatalf("operation %d completed %d times", op-from, seen[op])
		}
	}
	s.never("a second outcome", func(e env.Event) bool { return e.Op >= from && e.Op <= to })
}

// spaceLeft: what fits is a part of what there is, or neither is known.
func spaceLeft(s diskScript) {
	e := s.must(s.call(env.Spaced, func(w *env.World, op env.OpID) { w.Disk.Space(op) }))
	switch {
	case e.Space == nil:
		s.t.Fatalf("Spaced without a Space")
	case e.Space.Total == -1 && e.Space.Usable == -1:
	case e.Space.Total <= 0 || e.Space.Usable < 0 || e.Space.Usable > e.Space.Total:
		s.t.Fatalf("space %+v", *e.Space)
	}
}
