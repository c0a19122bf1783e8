package disksim

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"gregor/core/env"
)

// TestCutOutcomes: a power cut shows every kind of outcome that the package comment names.
func TestCutOutcomes(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(400) {
		b := newBench(t, seed, Options{})
		f := b.open("f")
		b.write(f, 0, fill('a', 2000))
		b.sync(f)
		b.syncDir("")
		b.write(f, 0, fill('b', 1024))
		b.write(f, 2000, fill('c', 1500))
		b.disk.PowerCut()
		got := b.content("f")
		head, tail := got[:1024], got[2000:]
		seen["head "+kindOf(head, 'b', 'a')]++
		seen["tail "+kindOf(tail, 'c', 0)]++
		switch {
		case len(tail) == 0:
			seen["no tail"]++
		case len(tail)%sector != 0 && len(tail) < 1500:
			seen["tail cut inside a sector"]++
		}
		if !bytes.Equal(got[1024:2000], fill('a', 976)) {
			t.Fatalf("seed %d: synced bytes have changed without a write", seed)
		}
	}
	for _, want := range []string{"head new", "head old", "head mixed", "tail new", "tail old", "tail mixed", "no tail",
		"tail cut inside a sector"} {
		if seen[want] < 4 {
			t.Errorf("400 power cuts gave %q %d times: %v", want, seen[want], seen)
		}
	}
}

// TestCutsThatAreNotLeftToTheSeed: everything unsynced is lost, or everything is there, names and lengths too.
func TestCutsThatAreNotLeftToTheSeed(t *testing.T) {
	for seed := range uint64(100) {
		for _, how := range []Loss{LosesUnsynced, KeepsUnsynced} {
			b := newBench(t, seed, Options{PowerCut: how})
			f, cut := b.open("f"), b.open("cut")
			b.write(f, 0, fill('a', 2000))
			b.write(cut, 0, fill('x', 900))
			b.sync(f)
			b.sync(cut)
			b.syncDir("")
			b.write(f, 1000, fill('b', 1024))
			b.write(f, 5000, fill('c', 100))
			b.must(b.do(func(d *Disk, op env.OpID) { d.Truncate(op, cut, 300) }))
			b.open("new")
			b.disk.PowerCut()
			want, left, files := fill('a', 2000), 900, 2
			if how == KeepsUnsynced {
				want = append(append(fill('a', 1000), fill('b', 1024)...), make([]byte, 5000-2024)...)
				want, left, files = append(want, fill('c', 100)...), 300, 3
			}
			if got := b.content("f"); !bytes.Equal(got, want) {
				t.Fatalf("seed %d, cut %d: the file has %d bytes, want %d: %.40q", seed, how, len(got), len(want), got)
			}
			if got := b.content("cut"); !bytes.Equal(got, fill('x', left)) {
				t.Fatalf("seed %d, cut %d: the truncated file has %d bytes, want %d", seed, how, len(got), left)
			}
			if got := b.disk.Files(); len(got) != files {
				t.Fatalf("seed %d, cut %d: files %v, want %d", seed, how, got, files)
			}
		}
	}
}

func kindOf(p []byte, now, before byte) string {
	n := bytes.Count(p, []byte{now})
	o := bytes.Count(p, []byte{before})
	switch {
	case n+o != len(p):
		return fmt.Sprintf("garbage %q", p)
	case n == len(p):
		return "new"
	case o == len(p):
		return "old"
	}
	return "mixed"
}

// TestCutOfTruncate: a truncation happened or did not; if not, the bytes it cut are there again.
func TestCutOfTruncate(t *testing.T) {
	seen := map[int]int{}
	for seed := range uint64(100) {
		b := newBench(t, seed, Options{})
		f := b.open("f")
		b.write(f, 0, fill('a', 70_000))
		b.sync(f)
		b.syncDir("")
		b.must(b.do(func(d *Disk, op env.OpID) { d.Truncate(op, f, 1000) }))
		b.disk.PowerCut()
		got := b.content("f")
		if !bytes.Equal(got, fill('a', len(got))) {
			t.Fatalf("seed %d: a truncation that was lost left other bytes than before", seed)
		}
		seen[len(got)]++
	}
	if len(seen) != 2 || seen[1000] < 20 || seen[70_000] < 20 {
		t.Fatalf("lengths after the cut: %v, want 1000 and 70000", seen)
	}
}

// model is what each byte of a file may be after a power cut: what it was at the last sync, or anything written
// since.
type model struct {
	may    []bytesSet
	synced int // the length that is certain
	now    []byte
}

type bytesSet [4]uint64

func (s *bytesSet) add(v byte)      { s[v/64] |= 1 << (v % 64) }
func (s *bytesSet) has(v byte) bool { return s[v/64]&(1<<(v%64)) != 0 }

func (m *model) write(pos int, p []byte) {
	m.grow(pos + len(p))
	copy(m.now[pos:], p)
	for i, v := range p {
		m.may[pos+i].add(v)
	}
}

func (m *model) grow(n int) {
	for len(m.now) < n {
		m.now = append(m.now, 0)
	}
	for len(m.may) < len(m.now) {
		m.may = append(m.may, bytesSet{})
		m.may[len(m.may)-1].add(0)
	}
}

func (m *model) truncate(n int) {
	m.grow(n)
	for i := n; i < len(m.now); i++ {
		m.may[i].add(0)
	}
	m.now = m.now[:n]
	m.synced = min(m.synced, n)
}

func (m *model) settle() {
	m.synced, m.may = len(m.now), nil
	m.grow(0)
	for i, v := range m.now {
		m.may[i] = bytesSet{}
		m.may[i].add(v)
	}
}

// TestCutsAgainstModel draws histories of one file and checks every byte after a power cut against what it
// may be.
func TestCutsAgainstModel(t *testing.T) {
	for seed := range uint64(600) {
		r := env.NewRand(seed)
		b := newBench(t, seed, Options{})
		f := b.open("f")
		b.syncDir("")
		m := &model{}
		for step := range 30 {
			switch r.IntN(8) {
			case 0:
				b.sync(f)
				m.settle()
			case 1:
				n := r.IntN(3000)
				b.must(b.do(func(d *Disk, op env.OpID) { d.Truncate(op, f, env.Position(n)) }))
				m.truncate(n)
			case 2, 3, 4:
				p := fill(byte(1+step), 1+r.IntN(1500))
				b.write(f, len(m.now), p)
				m.write(len(m.now), p)
			default:
				pos, p := r.IntN(3000), fill(byte(101+step), 1+r.IntN(700))
				b.write(f, pos, p)
				m.write(pos, p)
			}
		}
		if got := b.content("f"); !bytes.Equal(got, m.now) {
			t.Fatalf("seed %d: the file reads differently from the model before the cut", seed)
		}
		b.disk.PowerCut()
		m.check(t, seed, b.content("f"))
	}
}

func (m *model) check(t *testing.T, seed uint64, got []byte) {
	t.Helper()
	if len(got) < m.synced || len(got) > len(m.may) {
		t.Fatalf("seed %d: %d bytes after the cut; certain were %d, and at most there were %d", seed, len(got), m.synced,
			len(m.may))
	}
	for i, v := range got {
		if !m.may[i].has(v) {
			t.Fatalf("seed %d: byte %d is %d after the cut, it may be one of the bits of %b", seed, i, v, m.may[i])
		}
	}
}

// TestCutOfNames: every name comes out as it was or as it is, each of the combinations is seen, and a rename
// never loses its file.
func TestCutOfNames(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(300) {
		b := newBench(t, seed, Options{})
		for _, name := range []string{"kept", "moved", "replaced", "removed"} {
			f := b.open(name)
			b.write(f, 0, []byte(name))
			b.sync(f)
		}
		b.syncDir("")
		f := b.open("created")
		b.write(f, 0, []byte("created"))
		b.sync(f)
		b.rename("moved", "target")
		b.rename("created", "replaced")
		b.must(b.do(func(d *Disk, op env.OpID) { d.Remove(op, "removed") }))
		b.disk.PowerCut()
		outcome := ""
		for _, name := range []string{"kept", "moved", "target", "created", "replaced", "removed"} {
			outcome += " " + name + "=" + string(b.content(name))
		}
		seen[outcome]++
		if string(b.content("kept")) != "kept" {
			t.Fatalf("seed %d: a durable name is gone:%s", seed, outcome)
		}
		if at, to := b.content("moved"), b.content("target"); (at == nil) == (to == nil) {
			t.Fatalf("seed %d: a rename came out under both names or neither:%s", seed, outcome)
		}
		if c := string(b.content("replaced")); c != "replaced" && c != "created" {
			t.Fatalf("seed %d: a replaced name reads %q", seed, c)
		}
	}
	if len(seen) < 8 {
		t.Errorf("300 cuts gave only %d combinations of names: %v", len(seen), seen)
	}
}

func TestCutOfDirectories(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(200) {
		b := newBench(t, seed, Options{})
		b.must(b.do(func(d *Disk, op env.OpID) { d.MkdirAll(op, "a/b") }))
		b.sync(b.open("a/b/f"))
		b.syncDir("a/b")
		if seed%2 == 0 { // the whole way down is durable
			b.syncDir("a")
			b.syncDir("")
			b.rename("a", "c")
		}
		b.disk.PowerCut()
		var paths string
		for _, f := range b.disk.Files() {
			paths += f.Path
		}
		seen[fmt.Sprint(seed%2, " ", paths)]++
	}
	for _, want := range []string{"0 a/b/f", "0 c/b/f", "1 a/b/f", "1 "} {
		if seen[want] == 0 {
			t.Errorf("never came out as %q: %v", want, seen)
		}
	}
	if len(seen) != 4 {
		t.Errorf("outcomes %v", seen)
	}
}

// TestSyncCoversWhatCompleted: a Sync does not cover a write that completed after it was submitted.
func TestSyncCoversWhatCompleted(t *testing.T) {
	lost := 0
	for seed := range uint64(100) {
		b := newBench(t, seed, Options{LatencyNanos: 1000, SyncNanos: 100_000})
		f := b.open("f")
		b.syncDir("")
		b.op++
		b.disk.WriteAt(b.op, f, 0, fill('x', 100))
		b.sync(f) // the write completes first, but the sync was submitted before
		b.disk.PowerCut()
		if !bytes.Equal(b.content("f"), fill('x', 100)) {
			lost++
		}
	}
	if lost < 20 {
		t.Fatalf("a write in flight when Sync was submitted was lost in only %d of 100 cuts", lost)
	}
}

// TestFailedSyncDooms: what a failed Sync covered may be lost although a later Sync succeeded; what was
// written after it and synced may not.
func TestFailedSyncDooms(t *testing.T) {
	lost := 0
	for seed := range uint64(100) {
		b := newBench(t, seed, Options{})
		f := b.open("f")
		b.syncDir("")
		b.write(f, 0, fill('a', 100))
		b.disk.FailSyncs(1)
		if err := b.sync(f); !errors.Is(err, env.ErrIO) {
			t.Fatalf("a failing sync gave %v", err)
		}
		b.write(f, 100, fill('b', 100))
		b.write(f, 50, fill('c', 10))
		if err := b.sync(f); err != nil {
			t.Fatal(err)
		}
		b.disk.PowerCut()
		got := b.content("f")
		if !bytes.Equal(got[100:], fill('b', 100)) || !bytes.Equal(got[50:60], fill('c', 10)) {
			t.Fatalf("seed %d: synced bytes are lost: %q", seed, got)
		}
		if !bytes.Equal(got[:50], fill('a', 50)) {
			lost++
		}
	}
	if lost < 20 {
		t.Fatalf("pages a failed sync marked clean were lost in only %d of 100 cuts", lost)
	}
}

// TestCrashInFlight: of operations in flight a crash leaves any part, of names a first few.
func TestCrashInFlight(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(200) {
		b := newBench(t, seed, Options{LatencyNanos: ms})
		f := b.open("f")
		b.disk.WriteAt(100, f, 0, fill('x', 100))
		b.disk.Rename(101, "f", "g")
		b.disk.Rename(102, "g", "h")
		b.disk.Crash()
		for b.next() {
		}
		if len(b.events) > 0 {
			t.Fatalf("seed %d: an operation completed after the crash: %v", seed, b.events[0].Kind)
		}
		files := b.disk.Files()
		if len(files) != 1 || bytes.Count(b.content(files[0].Path), []byte("x")) != int(files[0].Size) {
			t.Fatalf("seed %d: %v", seed, files)
		}
		seen[files[0].Path]++
		if n := files[0].Size; n > 0 && n < 100 {
			seen["part"]++
		}
	}
	for _, want := range []string{"f", "g", "h", "part"} {
		if seen[want] < 10 {
			t.Errorf("200 crashes gave %q %d times", want, seen[want])
		}
	}
}

func TestCrashKeepsCompleted(t *testing.T) {
	b := newBench(t, 1, Options{})
	b.write(b.open("f"), 0, fill('x', 100_000))
	b.disk.Crash()
	if !bytes.Equal(b.content("f"), fill('x', 100_000)) {
		t.Fatal("a crash lost a completed write")
	}
	if !panics(func() { b.disk.ReadAt(1, 1, 0, 1) }) {
		t.Fatal("a file of an earlier incarnation can be used")
	}
}

func TestNoSpace(t *testing.T) {
	b := newBench(t, 1, Options{CapacityBytes: 1000})
	f := b.open("f")
	if err := b.write(f, 0, fill('x', 900)); err != nil {
		t.Fatal(err)
	}
	if err := b.write(f, 900, fill('y', 200)); !errors.Is(err, env.ErrNoSpace) {
		t.Fatalf("1100 bytes on a disk of 1000: %v", err)
	}
	if err := b.write(f, 100, fill('z', 200)); err != nil {
		t.Fatalf("overwriting on a full disk: %v", err)
	}
	if n := len(b.content("f")); n != 1000 || b.disk.Used() != 1000 {
		t.Fatalf("%d bytes written, %d used", n, b.disk.Used())
	}
	if e := b.do(func(d *Disk, op env.OpID) { d.Space(op) }); *e.Space != (env.Space{Total: 1000}) {
		t.Fatalf("space of a full disk: %+v", *e.Space)
	}
	e := b.do(func(d *Disk, op env.OpID) { d.Truncate(op, f, 1001) })
	if !errors.Is(e.Err, env.ErrNoSpace) {
		t.Fatalf("growing by truncate on a full disk: %v", e.Err)
	}
	b.must(b.do(func(d *Disk, op env.OpID) { d.Remove(op, "f") }))
	g := b.open("g")
	if err := b.write(g, 0, fill('g', 10)); !errors.Is(err, env.ErrNoSpace) {
		t.Fatalf("a removed open file gave its space back: %v", err)
	}
	b.must(b.do(func(d *Disk, op env.OpID) { d.Close(op, f) }))
	if err := b.write(g, 0, fill('g', 1000)); err != nil || b.disk.Used() != 1000 {
		t.Fatalf("after the removed file closed: %v, %d used", err, b.disk.Used())
	}
}

func TestInputOutputErrors(t *testing.T) {
	b := newBench(t, 1, Options{})
	f := b.open("f")
	b.write(f, 0, fill('x', 100))
	b.disk.FailReads(1)
	e := b.do(func(d *Disk, op env.OpID) { d.ReadAt(op, f, 0, 10) })
	if !errors.Is(e.Err, env.ErrIO) || e.Buffer != nil {
		t.Fatalf("a failing read: %v", e.Err)
	}
	b.disk.FailWrites(1)
	if err := b.write(f, 0, fill('y', 100)); !errors.Is(err, env.ErrIO) {
		t.Fatalf("a failing write: %v", err)
	}
	b.disk.SetOptions(Options{ReadErrorPerMillion: million / 2, WriteErrorPerMillion: million / 2,
		SyncErrorPerMillion: million / 2})
	var reads, writes, syncs int
	for range 400 {
		reads += count1(b.do(func(d *Disk, op env.OpID) { d.ReadAt(op, f, 0, 10) }).Err)
		writes += count1(b.write(f, 0, fill('z', 10)))
		syncs += count1(b.sync(f))
	}
	for _, n := range []int{reads, writes, syncs} {
		if n < 150 || n > 250 {
			t.Fatalf("of 400 operations that fail half the time %d, %d and %d failed", reads, writes, syncs)
		}
	}
}

func count1(err error) int {
	if err != nil {
		return 1
	}
	return 0
}

func TestBitRotStays(t *testing.T) {
	b := newBench(t, 1, Options{})
	f := b.open("f")
	b.write(f, 0, fill(0, 1000))
	b.disk.SetOptions(Options{BitRotPerMillion: million})
	b.must(b.do(func(d *Disk, op env.OpID) { d.ReadAt(op, f, 100, 50) }))
	b.disk.SetOptions(Options{})
	got := b.content("f")
	ones := 0
	for i, v := range got {
		for ; v != 0; v &= v - 1 {
			ones++
			if i < 100 || i >= 150 {
				t.Fatalf("byte %d rotted, read were 100 to 150", i)
			}
		}
	}
	if ones != 1 {
		t.Fatalf("%d bits flipped, want one", ones)
	}
}

func TestMisdirected(t *testing.T) {
	elsewhere := 0
	for seed := range uint64(50) {
		b := newBench(t, seed, Options{})
		f := b.open("f")
		b.write(f, 0, fill('a', 8*sector))
		b.disk.SetOptions(Options{MisdirectedPerMillion: million})
		if err := b.write(f, 8*sector, fill('b', sector)); err != nil {
			t.Fatal(err)
		}
		got := b.content("f")
		if len(got) != 9*sector {
			t.Fatalf("%d bytes after a misdirected append, the length moves as asked", len(got))
		}
		if at := bytes.IndexByte(got, 'b'); at >= 0 && at < 8*sector {
			elsewhere++
		}
	}
	if elsewhere < 30 {
		t.Fatalf("%d of 50 misdirected writes landed somewhere else", elsewhere)
	}
}

func TestStallAndTime(t *testing.T) {
	b := newBench(t, 1, Options{LatencyNanos: ms, BytesPerSecond: 1000})
	f := b.open("f")
	start := b.now
	b.write(f, 0, fill('x', 100))
	if d := b.now - start; int64(d) != 101*ms {
		t.Fatalf("100 bytes at 1000 a second and 1 ms took %v, want 101 ms", d)
	}
	b.disk.Stall(5000 * 1e6)
	start = b.now
	b.sync(f)
	if d := b.now - start; int64(d) != 5001*ms {
		t.Fatalf("a sync during a stall of 5 s took %v", d)
	}
}

func TestAssertions(t *testing.T) {
	b := newBench(t, 1, Options{LatencyNanos: ms})
	f := b.open("f")
	b.disk.WriteAt(50, f, 0, fill('x', 100))
	if !panics(func() { b.disk.WriteAt(51, f, 99, fill('y', 10)) }) {
		t.Error("overlapping writes in flight went unnoticed")
	}
	b = newBench(t, 1, Options{LatencyNanos: ms})
	f = b.open("f")
	p := fill('x', 100)
	b.disk.WriteAt(50, f, 0, p)
	p[50] = 'y'
	if !panics(func() { b.next() }) {
		t.Error("bytes changed before Wrote went unnoticed")
	}
	b = newBench(t, 1, Options{})
	f = b.open("f")
	b.must(b.do(func(d *Disk, op env.OpID) { d.Close(op, f) }))
	if !panics(func() { b.disk.Sync(60, f) }) {
		t.Error("use of a closed file went unnoticed")
	}
	if !panics(func() { b.disk.Open(61, "../up", env.MayCreate); b.next() }) {
		t.Error("a path out of the data directory went unnoticed")
	}
}

func TestReleasedBuffer(t *testing.T) {
	b := newBench(t, 1, Options{})
	f := b.open("f")
	b.write(f, 0, []byte("precious"))
	e := b.must(b.do(func(d *Disk, op env.OpID) { d.ReadAt(op, f, 0, 8) }))
	e.Buffer.Release()
	if string(e.Bytes) == "precious" {
		t.Error("a released buffer still holds what was read")
	}
	if !panics(e.Buffer.Release) {
		t.Error("a second Release went unnoticed")
	}
}

func TestWriteFileIsDurable(t *testing.T) {
	for seed := range uint64(20) {
		b := newBench(t, seed, Options{})
		if err := b.disk.WriteFile("a/b/c", []byte("content")); err != nil {
			t.Fatal(err)
		}
		b.disk.PowerCut()
		if got := b.content("a/b/c"); string(got) != "content" {
			t.Fatalf("seed %d: %q after a cut", seed, got)
		}
		b.disk.Wipe()
		if len(b.disk.Files()) != 0 || b.disk.Used() != 0 {
			t.Fatal("a wiped disk holds something")
		}
	}
}

// TestSameSeedSameCut: two disks with one seed and one history come out the same, whatever maps do.
func TestSameSeedSameCut(t *testing.T) {
	run := func() string {
		b := newBench(t, 42, Options{})
		for i := range 30 {
			b.must(b.do(func(d *Disk, op env.OpID) { d.MkdirAll(op, fmt.Sprint("d", i%5)) }))
			f := b.open(fmt.Sprintf("d%d/f%d", i%5, i))
			b.write(f, 0, fill(byte(i), 3000))
		}
		b.disk.PowerCut()
		out := ""
		for _, f := range b.disk.Files() {
			out += fmt.Sprintf("%s %x\n", f.Path, b.content(f.Path))
		}
		return out
	}
	first := run()
	for range 10 {
		if run() != first {
			t.Fatal("one seed gave two different power cuts")
		}
	}
}

func BenchmarkAppendSync(b *testing.B) {
	s := newBench(&testing.T{}, 1, Options{})
	f := s.open("f")
	p := fill('x', 1000)
	b.SetBytes(1000)
	for i := range b.N {
		s.write(f, i*1000, p)
		if i%10 == 0 {
			s.sync(f)
		}
	}
}

func BenchmarkPowerCut(b *testing.B) {
	for range b.N {
		b.StopTimer()
		s := newBench(&testing.T{}, 1, Options{})
		f := s.open("f")
		s.syncDir("")
		for i := range 4000 {
			s.write(f, i*1000, fill('x', 1000))
		}
		b.StartTimer()
		s.disk.PowerCut()
	}
}
