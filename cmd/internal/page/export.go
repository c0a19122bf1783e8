//go:build !js

package page

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// workerPackage is the program of the web worker.
const workerPackage = "gregor/cmd/internal/page/worker"

// Export writes the page into a directory, with the simulator as WebAssembly beside it, for any server of files. It
// needs the go command, and Gregor's source as the module of the working directory.
func Export(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := copyTree(Site(), dir); err != nil {
		return err
	}
	mode := filepath.Join(dir, "mode.js")
	text, err := os.ReadFile(mode)
	if err != nil {
		return err
	}
	if err := os.WriteFile(mode, bytes.ReplaceAll(text, []byte("true"), []byte("false")), 0o644); err != nil {
		return err
	}
	if err := compile(filepath.Join(dir, "gregor.wasm.gz")); err != nil {
		return err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	glue, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "wasm_exec.js"), glue, 0o644)
}

// compile writes the simulator as WebAssembly, compressed: a server of files may not do that.
func compile(to string) error {
	scratch, err := os.MkdirTemp("", "gregor-page-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	program := filepath.Join(scratch, "gregor.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, workerPackage)
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("compile the simulator for the page (run this in Gregor's source): %w\n%s", err, out)
	}
	b, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	_, err = z.Write(b)
	return errors.Join(err, z.Close(), f.Close())
}

// copyTree copies a file system, whose directories are few.
func copyTree(from fs.FS, dir string) error {
	return fs.WalkDir(from, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if d.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		b, err := fs.ReadFile(from, path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
}
