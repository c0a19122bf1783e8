package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gregor/scenarios"
)

// TestWasmGivesTheSameHash runs the simulator compiled to WebAssembly under Node. A machine with only Go has no
// Node; where GREGOR_CLIENTS=all is set, as in CI, its absence is a failure.
func TestWasmGivesTheSameHash(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("GREGOR_CLIENTS") == "all" {
			t.Fatal("node is missing, and GREGOR_CLIENTS=all asks for every client: install Node 18 or later")
		}
		t.Skip("no node on this machine: the hashes under WebAssembly are not compared")
	}
	tokens := []string{"tour@1", "storm@2", "key-order@3", "power-cut-unflushed@4"}
	var want []string
	for _, text := range tokens {
		tok, err := scenarios.ParseToken(text)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, Line(tok))
	}
	got := underNode(t, node, tokens)
	if got != strings.Join(want, "\n") {
		t.Errorf("under WebAssembly:\n%s\nnative:\n%s\nnext: compare traces of the first token that differs", got,
			strings.Join(want, "\n"))
	}
}

func underNode(t *testing.T, node string, tokens []string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "gregor.wasm")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building for js/wasm: %v\n%s", err, out)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec_node.js")
	cmd := exec.Command(node, append([]string{"--stack-size=8192", run, binary}, tokens...)...)
	// a large environment does not fit into wasm's argument area
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("under Node: %v\n%s", err, out)
	}
	return strings.TrimSpace(string(out))
}
