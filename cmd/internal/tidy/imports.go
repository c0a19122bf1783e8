package tidy

import (
	"go/ast"
	"slices"
	"strings"
)

// bannedImports are packages pure code cannot import, each with all below it.
var bannedImports = []struct{ path, use, because string }{
	{"net/netip", "", ""}, // allowed: addresses as values
	{"net/url", "", ""},
	{"sync", "plain fields", "a step is one thread of work"},
	{"context", "a deadline in the state machine", "Core never waits"},
	{"os", "env.Disk", "the outside world comes through env"},
	{"net", "env.Network", "the outside world comes through env"},
	{"syscall", "env", "the outside world comes through env"},
	{"io/ioutil", "env.Disk", "the outside world comes through env"},
	{"plugin", "plain Go", "the outside world comes through env"},
	{"log", "env.Facts", "what a node reports must be part of the run"},
	{"math/rand", "env.Rand", "the seed decides everything"},
	{"crypto/rand", "env.Rand", "the seed decides everything"},
	{"hash/maphash", "hash/fnv or hash/crc32", "its seed differs from run to run"},
	{"runtime", "plain Go", "the machine must not show"},
	{"unsafe", "encoding/binary", "the machine must not show"},
	{"C", "Go", "the machine must not show"},
	{"testing", "a test file", "tests are not part of the broker"},
	{"math/cmplx", "integers", "compilers may round floats differently on another machine"},
}

// allowedInTests are banned packages that a test may import: runtime to see how much memory hostile input takes.
var allowedInTests = []string{"testing", "os", "runtime"}

// thirdParty are the other modules' packages that pure code may import, and where.
var thirdParty = []struct{ path, folder string }{
	{"github.com/twmb/franz-go/pkg/kmsg", ""},
	{"github.com/twmb/franz-go/pkg/kbin", ""},
	{"github.com/twmb/franz-go/pkg/kerr", ""},
	{"github.com/klauspost/compress", ""},
	{"github.com/pierrec/lz4/v4", ""},
	{"github.com/anishathalye/porcupine", "checkers"},
	{"pgregory.net/rapid", "tests"},
	{"github.com/stretchr/testify", "tests"},
	{"github.com/anishathalye/porcupine", "tests"},
	{"github.com/twmb/franz-go", "tests"},
	{"github.com/golang/snappy", "tests"},
}

// imports checks a file's imports.
func (l *linter) imports() {
	for _, i := range l.file.Syntax.Imports {
		path := strings.Trim(i.Path.Value, `"`)
		if path == l.module || strings.HasPrefix(path, l.module+"/") {
			continue // the arrows are about these
		}
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
			if !l.allowsThirdParty(path) {
				l.report(i, "import", "importing "+path+" is",
					"what is in thirdParty in cmd/internal/tidy, or add it there with a reason",
					"each module in the core must be known to be deterministic")
			}
			continue
		}
		l.importStandard(i, path)
	}
}

func (l *linter) allowsThirdParty(path string) bool {
	for _, t := range thirdParty {
		if below(path, t.path) && (t.folder == "" || t.folder == l.folder || t.folder == "tests" && l.testing) {
			return true
		}
	}
	return false
}

func below(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

func (l *linter) importStandard(i *ast.ImportSpec, path string) {
	if l.testing && slices.ContainsFunc(allowedInTests, func(a string) bool { return below(path, a) }) {
		return
	}
	for _, b := range bannedImports {
		if !below(path, b.path) {
			continue
		}
		if b.use != "" {
			l.report(i, "import", "importing "+path+" is", b.use, b.because)
		}
		return
	}
}
