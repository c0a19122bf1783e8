package dump

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gregor/cmd/internal/terminal"
)

// Options choose what is printed.
type Options struct {
	Records bool   // the records of each batch
	Deep    bool   // the records of Kafka's own topics, decoded; implies Records
	As      string // decode records as those of this topic, one of [Topics], whatever the directory is called
	Check   bool   // of directories, read every byte and check the checksums
	JSON    bool   // one object a line instead of text
}

// dumper prints what it finds in files, and counts what is wrong.
type dumper struct {
	Options
	out      *bufio.Writer
	coloured bool
	problems int
	err      error // of writing, after which nothing more is written
}

// Files prints what is in files and directories. The error counts what is wrong in them; each such thing has a line of
// its own, which begins with "!".
func Files(out io.Writer, o Options, paths []string) error {
	o.Records = o.Records || o.Deep
	d := &dumper{Options: o, out: bufio.NewWriterSize(out, 64<<10), coloured: terminal.Coloured(out)}
	var failed []error
	for _, path := range paths {
		if err := d.path(path); err != nil {
			failed = append(failed, terminal.OneLine(err))
		}
	}
	if err := errors.Join(d.err, d.out.Flush()); err != nil {
		return err
	}
	if err := terminal.FirstOf(failed); err != nil {
		return err
	}
	if d.problems > 0 {
		return fmt.Errorf("%s found; see the lines that begin with !", terminal.Count(d.problems, "problem"))
	}
	return nil
}

// path dumps a file or a directory.
func (d *dumper) path(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return d.directory(path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	}
	return d.file(path)
}

// source is a file being read.
type source struct {
	*os.File
	path string
	size int64
}

func openSource(path string) (*source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &source{f, path, info.Size()}, nil
}

func (d *dumper) file(path string) error {
	f, err := openSource(path)
	if err != nil {
		return err
	}
	defer f.Close()
	read := d.readerOf(path)
	if read == nil {
		return fmt.Errorf("%s is none of the files a broker keeps; see: gregor dump --help", path)
	}
	if !d.JSON {
		fmt.Fprintf(d.out, "%s  %s\n", terminal.Bold.Paint(terminal.Printable(path), d.coloured), terminal.Size(f.size))
	}
	return read(f)
}

// readerOf chooses by the file's name, as Kafka does.
func (d *dumper) readerOf(path string) func(*source) error {
	name := filepath.Base(path)
	switch name {
	case "leader-epoch-checkpoint":
		return d.epochs
	case "meta.properties":
		return d.properties
	case "partition.metadata":
		return d.partitionMetadata
	case ".kafka_cleanshutdown", "quorum-state":
		return d.jsonFile
	}
	if strings.HasSuffix(name, "-checkpoint") {
		return d.offsets
	}
	switch segmentOf(path).kind {
	case ".log", ".checkpoint":
		return d.log
	case ".index":
		return d.index
	case ".timeindex":
		return d.timeIndex
	case ".txnindex":
		return d.txnIndex
	case ".snapshot":
		return d.snapshot
	}
	return nil
}

// segmentName is a segment file's name taken apart: 00000000000000000042.log.swap is 42, .log and .swap.
type segmentName struct {
	dir   string
	base  int64
	kind  string
	stage string // .deleted, .cleaned, .swap, or nothing
}

// segmentOf takes a path apart; kind is "" if it is no segment's file.
func segmentOf(path string) segmentName {
	digits, rest, _ := strings.Cut(filepath.Base(path), ".")
	kind, stage, staged := strings.Cut(rest, ".")
	s := segmentName{dir: filepath.Dir(path), kind: "." + kind}
	if staged {
		s.stage = "." + stage
	}
	number, _, _ := strings.Cut(digits, "-") // a snapshot of the metadata is offset-epoch.checkpoint
	base, err := strconv.ParseUint(number, 10, 63)
	if err != nil || len(number) != 20 {
		return segmentName{}
	}
	s.base = int64(base)
	return s
}

// sibling is the path of another of the segment's files.
func (s segmentName) sibling(kind string) string {
	return filepath.Join(s.dir, fmt.Sprintf("%020d%s%s", s.base, kind, s.stage))
}

// topicOf is the topic a file's directory is named after.
func topicOfPath(path string) string {
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return ""
	}
	topic, _, _ := PartitionOf(filepath.Base(dir))
	return topic
}

// PartitionOf reads a partition directory's name: orders-0, or orders-0.0123abcd-delete once it is deleted.
func PartitionOf(name string) (topic string, id int32, ok bool) {
	for _, end := range []string{"-delete", "-stray", "-future"} {
		if rest, found := strings.CutSuffix(name, end); found {
			name = rest
			if i := strings.LastIndexByte(name, '.'); i >= 0 {
				name = name[:i]
			}
		}
	}
	i := strings.LastIndexByte(name, '-')
	if i <= 0 {
		return "", 0, false
	}
	n, err := strconv.ParseInt(name[i+1:], 10, 32)
	return name[:i], int32(n), err == nil && n >= 0
}

// line prints a line for a person.
func (d *dumper) line(format string, args ...any) {
	if _, err := fmt.Fprintf(d.out, format+"\n", args...); d.err == nil {
		d.err = err
	}
}

// object prints what a line says for a program.
func (d *dumper) object(v any) {
	if err := terminal.JSON(d.out, v); d.err == nil {
		d.err = err
	}
}

// wrong reports damage.
func (d *dumper) wrong(path string, format string, args ...any) {
	d.problems++
	for i, a := range args {
		if err, ok := a.(error); ok {
			args[i] = terminal.Sentence(err)
		}
	}
	text := fmt.Sprintf(format, args...)
	if d.JSON {
		d.object(fields{{"kind", "problem"}, {"file", path}, {"text", text}})
		return
	}
	d.line("%s", terminal.Red.Paint("! "+text, d.coloured))
}
