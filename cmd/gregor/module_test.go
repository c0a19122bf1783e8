package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The page about testing one's own code has a module that requires this one by a replace. It is written down outside of
// this module, tidied and tested; and its test fails when the code under test is wrong.
func TestAnotherModuleTestsItsOwnCode(t *testing.T) {
	page, err := os.ReadFile("../../scenarios/testing.md")
	require.NoError(t, err)
	here, err := filepath.Abs("../..")
	require.NoError(t, err)
	sums, err := os.ReadFile("../../go.sum") // in place of the checksum database: nothing is to be downloaded
	require.NoError(t, err)
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	module := regexp.MustCompile("(?s)```\n(module .*?)```").FindSubmatch(page)
	require.NotNil(t, module, "the page has no go.mod")
	require.Contains(t, string(module[1]), "gregor => ../gregor")
	write("go.mod", strings.Replace(string(module[1]), "../gregor", here, 1))
	write("go.sum", string(sums))
	files := regexp.MustCompile("(?s)```go\n// file: (\\S+)\n(.*?)```").FindAllSubmatch(page, -1)
	require.Len(t, files, 2)
	for _, f := range files {
		write(string(f[1]), string(f[2]))
	}
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS=")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("mod", "tidy")
	require.NoError(t, err, out)
	out, err = run("test", "-rapid.checks=20", "-rapid.nofailfile", ".")
	require.NoError(t, err, out)

	code := string(files[0][2])
	wrong := strings.Replace(code, "if offset < l.next[p] {", "if false {", 1)
	require.NotEqual(t, code, wrong)
	write("ledger.go", wrong)
	out, err = run("test", "-rapid.checks=50", "-rapid.nofailfile", "-rapid.shrinktime=1s", ".")
	require.Error(t, err, "a ledger that books again what is read again passes:\n%s", out)
	require.Regexp(t, `(?s)the ledger has map.*next: gregor run '~\S+@\d+'`, out)
}
