package checkers

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/checkers/history"
	"gregor/core/kafka"
)

// Whatever is read can be judged, by every checker, and written and read again.
func FuzzHistory(f *testing.F) {
	for _, h := range storyHistories(f) {
		var out bytes.Buffer
		require.NoError(f, history.Write(&out, h))
		f.Add(out.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := history.Read(bytes.NewReader(data))
		if err != nil {
			if err.Error() == "" {
				t.Fatal("an error without words")
			}
			return
		}
		v := NewInvariants()
		for i, s := range h.Facts {
			if i < len(h.Faults) {
				v.Fault(h.Faults[i])
			}
			v.Observe(s)
		}
		v.Finish()
		v.Unhealthy()
		h.Explain = v.Explain
		Check(h, Names(true)...)
		Deliveries(h)
		if len(h.Facts) < 30 {
			Porcupine(h, true, 10000)
		}
		var again bytes.Buffer
		if err := history.Write(&again, h); err != nil {
			t.Fatal(err)
		}
		back, err := history.Read(&again)
		if err != nil {
			t.Fatalf("%v\n%s", err, again.String())
		}
		if len(back.Facts) != len(h.Facts) || len(back.Logs) != len(h.Logs) || len(back.Faults) != len(h.Faults) {
			t.Fatal("something got lost")
		}
	})
}

// storyHistories are the histories of all stories.
func storyHistories(t testing.TB) (all []history.History) {
	files, err := filepath.Glob("testdata/*.story")
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, part := range strings.Split(string(text), "\n== ")[1:] {
			title, body, _ := strings.Cut(part, "\n")
			s := story{where: file + ": " + title, test: t, tp: kafka.TopicPartition{Topic: "t"}}
			for i, l := range strings.Split(body, "\n") {
				if s.number = i + 1; !strings.HasPrefix(l, "=> ") {
					s.line(l)
				}
			}
			all = append(all, s.history)
		}
	}
	for _, p := range Findable() {
		s := story{where: p.Name, test: t, tp: kafka.TopicPartition{Topic: "t"}}
		lines, _ := storyLines(p.Planted)
		for i, l := range lines {
			s.number = i + 1
			s.line(l)
		}
		all = append(all, s.history)
	}
	return all
}
