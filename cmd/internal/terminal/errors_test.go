package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestErrorsOfTheSystemAreSentences(t *testing.T) {
	dir := t.TempDir()
	missing, file := filepath.Join(dir, "missing"), filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	addr := l.Addr().String()
	of := func(_ any, err error) error { return err }

	for _, c := range []struct {
		err  error
		want string
	}{
		{of(os.Open(missing)), missing + " does not exist"},
		{fmt.Errorf("--config: %w", of(os.ReadFile(missing))), "--config: " + missing + " does not exist"},
		{of(os.ReadFile(dir)), dir + " is a directory, not a file"},
		{of(os.ReadDir(filepath.Join(file, "x"))), filepath.Join(file, "x") +
			": what should be a directory on the way there is a file"},
		{os.Mkdir(dir, 0o755), dir + " exists already"},
		{os.Rename(missing, file), missing + " cannot become " + file + ": no such file or directory"},
		{of(net.Listen("tcp", addr)), addr + " is in use by another process"},
		{of(net.Listen("tcp", "192.0.2.1:9092")), "192.0.2.1:9092 is not an address of this machine"},
		{of(net.Listen("tcp", "127.0.0.1")), `"127.0.0.1" is no address: missing port in address`},
		{of(strconv.Atoi("x")), `"x" is not a number`},
		{of(strconv.Atoi("99999999999999999999")), `"99999999999999999999" is out of range`},
		{fmt.Errorf("line 7: %w", bufio.ErrTooLong), "line 7: the line is too long"},
		{errors.Join(of(os.Open(missing)), fmt.Errorf("line 3: %w", of(strconv.Atoi("y")))),
			missing + " does not exist\nline 3: \"y\" is not a number"},
	} {
		require.Equal(t, c.want, Sentence(c.err))
	}
}
