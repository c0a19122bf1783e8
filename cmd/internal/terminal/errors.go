package terminal

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Sentence returns an error's text for a person: what strconv, net and os wrote within it is replaced by a sentence
// that names the thing and what is wrong with it.
func Sentence(err error) string {
	text := err.Error()
	for _, raw := range systemErrors(err) {
		text = strings.Replace(text, raw.Error(), sentence(raw), 1)
	}
	return text
}

// systemErrors are the errors of the system within err, however they are joined and wrapped, outermost first.
func systemErrors(err error) (all []error) {
	switch e := err.(type) {
	case *fs.PathError, *os.LinkError, *os.SyscallError, *net.OpError, *strconv.NumError:
		return []error{e}

	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, systemErrors(inner)...)
		}
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return systemErrors(inner)
		}
	default:
		if err == bufio.ErrTooLong {
			return []error{err}
		}
	}
	return all
}

func sentence(err error) string {
	switch e := err.(type) {
	case *fs.PathError:
		return fileSentence(e.Path, e.Op, e.Err)
	case *os.LinkError:
		return fmt.Sprintf("%s cannot become %s: %s", e.Old, e.New, reason(e.Err))
	case *os.SyscallError:
		return fmt.Sprintf("%s: %s", e.Syscall, reason(e.Err))
	case *net.OpError:
		return netSentence(e)
	case *strconv.NumError:
		if errors.Is(e.Err, strconv.ErrRange) {
			return fmt.Sprintf("%q is out of range", e.Num)
		}
		return fmt.Sprintf("%q is not a number", e.Num)
	}
	return "the line is too long" // bufio.ErrTooLong: what systemErrors finds besides
}

func fileSentence(path, op string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path + " does not exist"
	case errors.Is(err, fs.ErrExist):
		return path + " exists already"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("%s: no permission (%s)", path, op)
	case errors.Is(err, syscall.EISDIR):
		return path + " is a directory, not a file"
	case errors.Is(err, syscall.ENOTDIR):
		return path + ": what should be a directory on the way there is a file"
	case errors.Is(err, syscall.ENOSPC):
		return path + ": the disk is full"
	case errors.Is(err, syscall.EMFILE):
		return path + ": too many open files; raise the limit with ulimit -n"
	}
	return fmt.Sprintf("%s: %s (%s)", path, reason(err), op)
}

func netSentence(e *net.OpError) string {
	addr := ""
	if e.Addr != nil {
		addr = e.Addr.String()
	}
	var dns *net.DNSError
	var bad *net.AddrError
	switch {
	case errors.As(e.Err, &dns):
		return fmt.Sprintf("the host %q is not known here", dns.Name)
	case errors.As(e.Err, &bad):
		return fmt.Sprintf("%q is no address: %s", bad.Addr, bad.Err)
	case errors.Is(e.Err, syscall.EADDRINUSE):
		return addr + " is in use by another process"
	case errors.Is(e.Err, syscall.EADDRNOTAVAIL):
		return addr + " is not an address of this machine"
	case errors.Is(e.Err, syscall.EACCES):
		return addr + " needs rights this user does not have; ports below 1024 usually do"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return "nothing listens on " + addr
	case e.Timeout():
		return "no answer from " + addr + " in time"
	}
	return strings.TrimPrefix(fmt.Sprintf("%s: %s", addr, reason(e.Err)), ": ")
}

// reason is the innermost of an error: the system's own words for its number.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// OneLine returns an error with its text on one line and its chain whole.
func OneLine(err error) error {
	text := err.Error()
	if !strings.Contains(text, "\n") {
		return err
	}
	return fmt.Errorf("%s%w", strings.ReplaceAll(strings.TrimSpace(text), "\n", "; "), Silent{Err: err})
}

// Silent wraps an error that has been printed already: it has no text, and errors.As and errors.Is still find it.
type Silent struct{ Err error }

func (Silent) Error() string   { return "" }
func (s Silent) Unwrap() error { return s.Err }

// FirstOf returns the first error of a list that is not nil, with a count of the others.
func FirstOf(all []error) error {
	var first error
	n := 0
	for _, err := range all {
		if err != nil && first == nil {
			first = err
		}
		if err != nil {
			n++
		}
	}
	if n > 1 {
		return fmt.Errorf("%w (and %d more failed)", first, n-1)
	}
	return first
}
