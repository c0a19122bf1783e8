package contract

import (
	"bytes"
	"errors"

	"gregor/core/env"
)

// cutRounds is how often each power-cut test tries its luck: the world may pick any permitted outcome.
const cutRounds = 40

func restartKeeps(s diskScript) {
	r, ok := s.arm.(Restarter)
	if !ok {
		s.t.Skip("this arm cannot restart")
	}
	want := pattern(1, 70_000)
	s.mkdir("d")
	s.create("d/f", want)
	s.close(s.create("g", []byte("g")))
	s.rename("g", "h")
	r.Restart()
	s.wantNames("", "d", "h")
	s.wantBytes(s.read(s.must(s.open("d/f", env.MustExist)).File, 0, 100_000), want, "written before the crash")
}

// eachCut runs one round of a test cutRounds times, cutting the power between its two halves.
func (s diskScript) eachCut(round func(i int) (after func())) {
	p, ok := s.arm.(PowerCutter)
	if !ok {
		s.t.Skip("this arm cannot lose its power")
	}
	for i := range cutRounds {
		after := round(i)
		p.PowerCut()
		s.backlog = nil
		after()
	}
}

func cutKeepsSynced(s diskScript) {
	s.eachCut(func(i int) func() {
		want := pattern(byte(i), 3000+i*500)
		s.mkdir("d")
		s.syncDir("")
		f := s.create("d/f", want)
		s.sync(f)
		s.syncDir("d")
		s.write(f, env.Position(len(want)), pattern(99, 5000))
		return func() {
			e := s.must(s.open("d/f", env.MustExist))
			s.wantBytes(s.read(e.File, 0, len(want)), want, "synced before the cut")
		}
	})
}

func cutOldOrNew(s diskScript) {
	const size = 6000
	s.eachCut(func(i int) func() {
		old, new := pattern(byte(i), size), pattern(byte(i)+100, 2*size)
		f := s.create("f", old)
		s.sync(f)
		s.syncDir("")
		s.write(f, 1000, new[1000:1900])
		s.write(f, 1500, new[1500:7000])
		s.write(f, 7000, new[7000:9000])
		return func() {
			got := s.read(s.must(s.open("f", env.MustExist)).File, 0, 3*size)
			if len(got) < size || len(got) > 9000 {
				s.t.Fatalf("round %d: %d bytes after the cut; 6000 were synced and 9000 written", i, len(got))
			}
			for at, b := range got {
				if !(at < size && b == old[at]) && !(at >= 1000 && b == new[at]) && !(at >= size && b == 0) {
					s.t.Fatalf("round %d: byte %d after the cut is neither as before, as written, nor zero", i, at)
				}
			}
		}
	})
}

func cutNames(s diskScript) {
	s.eachCut(func(i int) func() {
		s.sync(s.create("old", []byte("old")))
		s.syncDir("")
		s.sync(s.create("new", []byte("new")))
		s.remove("old")
		return func() {
			s.contentIfThere("new", "new")
			s.contentIfThere("old", "old")
			s.remove("new")
			s.remove("old")
			s.syncDir("")
		}
	})
}

// contentIfThere checks that the file is either missing or whole.
func (s diskScript) contentIfThere(path, want string) bool {
	s.t.Helper()
	e := s.open(path, env.MustExist)
	if errors.Is(e.Err, env.ErrNotExist) {
		return false
	}
	s.wantBytes(s.read(s.must(e).File, 0, 100), []byte(want), path)
	return true
}

func cutRename(s diskScript) {
	s.eachCut(func(i int) func() {
		s.sync(s.create("f", []byte("before")))
		s.sync(s.create("moves", []byte("moves")))
		s.syncDir("")
		s.sync(s.create("f.tmp", []byte("after")))
		s.rename("f.tmp", "f")
		s.rename("moves", "moved")
		return func() {
			got := s.read(s.must(s.open("f", env.MustExist)).File, 0, 100)
			if !bytes.Equal(got, []byte("before")) && !bytes.Equal(got, []byte("after")) {
				s.t.Fatalf("round %d: the replaced file reads %q", i, got)
			}
			from, to := s.contentIfThere("moves", "moves"), s.contentIfThere("moved", "moves")
			if !from && !to {
				s.t.Fatalf("round %d: a renamed file is under neither name", i)
			}
			s.remove("moved")
			s.syncDir("")
		}
	})
}

func cutRemoved(s diskScript) {
	s.eachCut(func(i int) func() {
		s.mkdir("d/e")
		s.create("d/e/f", []byte("f"))
		s.syncDir("d/e")
		s.syncDir("d")
		s.syncDir("")
		s.remove("d")
		s.syncDir("")
		return func() { s.wantNames("") }
	})
}
