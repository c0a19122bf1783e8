package page

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/scenarios"
)

func ask(t *testing.T, r *Runs, request string) (a Response) {
	t.Helper()
	require.NoError(t, json.Unmarshal(r.Do([]byte(request)), &a))
	return a
}

// A page opens a run, goes to the next leader, asks why, pushes a fault, and comes back to where it was.
func TestAPageConversation(t *testing.T) {
	var r Runs
	a := ask(t, &r, `{"op":"open","token":"tour@1"}`)
	require.Empty(t, a.Error)
	require.Equal(t, uint64(0), a.State.View.Event)
	a = ask(t, &r, `{"op":"instant","run":1,"nanos":1000000000}`)
	require.Equal(t, "1.000s", a.State.View.Clock)
	a = ask(t, &r, `{"op":"next","run":1,"kind":"leader"}`)
	require.True(t, a.Moved)
	leader := a.State.View.Event
	require.Contains(t, a.State.Events[len(a.State.Events)-1].Text, "receives the response to its Fetch")

	why := ask(t, &r, `{"op":"why","run":1,"event":`+jsonOf(leader)+`}`)
	require.Equal(t, "fault", why.Why[len(why.Why)-1].Kind, "the leader changed because of a crash")

	a = ask(t, &r, `{"op":"branch","run":1,"action":"crash b3 for 1s"}`)
	require.Empty(t, a.Error)
	require.Len(t, a.State.Branches, 2)
	require.Contains(t, a.State.Text, "crash b3 for 1s")
	moment := a.State.Token
	b := ask(t, &r, `{"op":"open","token":`+jsonOf(moment)+`}`)
	require.Equal(t, a.State.View.Hash, b.State.View.Hash, "a link opens the same moment")

	m := ask(t, &r, `{"op":"message","run":1,"index":0}`)
	require.Empty(t, m.Error)
	require.NotEmpty(t, m.Message.Frame)
	require.NotEmpty(t, m.Message.Fields, m.Message.Error)
	d := ask(t, &r, `{"op":"differ","run":1,"branch":0}`)
	require.Empty(t, d.Error)
	require.Equal(t, leader, d.Differ.Same, "the branches part where the fault was pushed")

	a = ask(t, &r, `{"op":"enter","run":1,"branch":0}`)
	require.Equal(t, leader, a.State.View.Event)
	require.True(t, ask(t, &r, `{"op":"previous","run":1,"kind":"fault"}`).Moved)
	require.False(t, ask(t, &r, `{"op":"previous","run":1,"kind":"fault"}`).Moved)
}

// The scrubber's marks come in pieces, and in the end they are those of the whole run.
func TestAScanComesInPieces(t *testing.T) {
	var r Runs
	ask(t, &r, `{"op":"open","token":"tour@1"}`)
	pieces, kinds, acks := 0, map[string]int{}, 0
	for whole := false; !whole; pieces++ {
		a := ask(t, &r, `{"op":"scan","run":1}`)
		whole, kinds, acks = a.Scan.Whole, map[string]int{}, 0
		for _, m := range a.Scan.Marks {
			kinds[m.Kind]++
		}
		for _, n := range a.Scan.Acks {
			acks += n
		}
	}
	require.Greater(t, pieces, 1)
	token, err := scenarios.ParseToken("tour@1")
	require.NoError(t, err)
	require.Equal(t, len(scenarios.Do(token, scenarios.Options{}).Faults), kinds["fault"])
	require.Positive(t, kinds["leader"])
	require.Positive(t, kinds["isr"])
	require.Positive(t, acks)
}

// What is wrong is an error in the response, and an old run makes way.
func TestRefusals(t *testing.T) {
	var r Runs
	for request, want := range map[string]string{
		`{`:                             "unexpected end",
		`{"op":"look","run":9}`:         "gone",
		`{"op":"open","token":"x@1"}`:   "unknown scenario",
		`{"op":"open","text":"topicc"}`: "did you mean",
	} {
		require.Contains(t, ask(t, &r, request).Error, want, request)
	}
	for range runsMax + 1 {
		ask(t, &r, `{"op":"open","token":"calm@1"}`)
	}
	require.Equal(t, "gone", ask(t, &r, `{"op":"look","run":1}`).Error)
	for request, want := range map[string]string{
		`{"op":"next","run":2,"kind":"x"}`:       "unknown kind",
		`{"op":"enter","run":2,"branch":7}`:      "there is no branch 7",
		`{"op":"dance","run":2}`:                 "unknown operation",
		`{"op":"message","run":2,"index":-1}`:    "there is no message -1",
		`{"op":"differ","run":2,"branch":0}`:     "no other branch 0",
		`{"op":"cause","run":2}`:                 "there is nothing to explain",
		`{"op":"branch","run":2,"action":"end"}`: "no fault can happen now",
	} {
		require.Contains(t, ask(t, &r, request).Error, want, request)
	}
}

// The server answers this machine's browsers only, and only requests that no form of another site can send.
func TestTheServerIsForThisMachine(t *testing.T) {
	h := Handler()
	code := func(host, contentType, path string) int {
		q := httptest.NewRequest("POST", path, strings.NewReader(`{"op":"scenarios"}`))
		if path == "/" {
			q = httptest.NewRequest("GET", path, nil)
		}
		q.Host = host
		q.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		return w.Code
	}
	require.Equal(t, http.StatusOK, code("127.0.0.1:80", "application/json", "/api"))
	require.Equal(t, http.StatusOK, code("[::1]:80", "application/json", "/api"))
	require.Equal(t, http.StatusOK, code("localhost", "", "/"))
	require.Equal(t, http.StatusForbidden, code("attacker.example", "application/json", "/api"))
	require.Equal(t, http.StatusUnsupportedMediaType, code("localhost", "text/plain", "/api"))
}

// The page asks for nothing outside itself: every address in its files is one of its files.
func TestThePageIsWhole(t *testing.T) {
	imports := regexp.MustCompile(`(?:from|import|src=|href=|Worker\(|importScripts\(|fetch\()\s*['"]([^'"]+)['"]`)
	made := []string{"api", "wasm_exec.js", "gregor.wasm.gz", "data:,"} // by the server, and by the export
	require.NoError(t, fs.WalkDir(Site(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, "vendor/") {
			return err
		}
		text, err := fs.ReadFile(Site(), path)
		require.NoError(t, err)
		for _, m := range imports.FindAllStringSubmatch(string(text), -1) {
			if name := strings.TrimPrefix(m[1], "./"); !slices.Contains(made, name) {
				_, err := fs.Stat(Site(), name)
				require.NoError(t, err, "%s asks for %s", path, m[1])
			}
		}
		return nil
	}))
}

func jsonOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
