package env

import "errors"

// What may go wrong with a Disk operation. Implementations wrap these; test with errors.Is.
var (
	ErrNotExist = errors.New("no such file or directory")
	ErrExist    = errors.New("file exists")
	ErrNoSpace  = errors.New("no space left on device")
	ErrIO       = errors.New("input/output error")
)

// Disk is a node's own file system. Every call submits an operation and returns at once; the outcome is an
// event of the kind named beside it, with the same OpID.
//
// Paths are relative to the node's data directory, use forward slashes, and never contain "..".
//
// # Order
//
// Operations on one file complete in any order, but take effect as if a Sync covered every WriteAt and
// Truncate of that file whose completion event had been delivered before the Sync was submitted. Overlapping
// WriteAts in flight together are a bug of the caller. Operations on names (Create, Rename, Remove, List)
// take effect in the order they were submitted.
//
// # What a power cut leaves
//
// Of a file, at least what the last successful Sync covered. Any later write may be there, be missing, or be
// there in part, independently of the others, in units that may cut a write anywhere; a file may be longer
// than its last write reached, and then reads as zeros there. Of a name (created, renamed or removed) nothing
// is certain until SyncDir of its directory succeeded: after the cut it may be as before or as after. A
// process crash without a power cut leaves every completed operation in effect, and of the others any part.
//
// # What a failed Sync means
//
// Everything since the last successful Sync may be lost, and a later successful Sync does not mean that it is
// safe (the kernel marks failed pages clean). The only sound answer is to stop using the file.
type Disk interface {
	// Open opens a file for reading and writing; how is what may or must exist. -> Opened.
	Open(op OpID, path string, how OpenMode)
	// MkdirAll makes a directory and its missing parents; one that exists is no error. -> Renamed.
	MkdirAll(op OpID, dir string)
	// ReadAt reads up to n bytes at pos; fewer only at the end of the file, none beyond it. -> Read.
	ReadAt(op OpID, f FileID, pos Position, n int)
	// WriteAt writes the parts one after the other at pos. Core must not touch their bytes until Wrote; the
	// slice of parts itself is the caller's again when WriteAt returns. A Wrote without error means that every byte was
	// taken. -> Wrote.
	WriteAt(op OpID, f FileID, pos Position, parts ...[]byte)
	// Truncate sets the file's length; growing it adds zeros. -> Truncated.
	Truncate(op OpID, f FileID, size Position)
	// Sync makes the file's bytes and length survive a power cut. -> Synced.
	Sync(op OpID, f FileID)
	// SyncDir makes the names directly in dir survive a power cut, as far as the outcomes of what was done to them had
	// been delivered when it was submitted. -> DirSynced.
	SyncDir(op OpID, dir string)
	// Rename moves a file or a directory, replacing a file at to. -> Renamed.
	Rename(op OpID, from, to string)
	// Remove removes a file, or a directory with all that is in it. Open files stay readable. -> Removed.
	Remove(op OpID, path string)
	// List lists a directory, sorted by name. -> Listed.
	List(op OpID, dir string)
	// Space asks how large the disk is, and how much more fits on it. -> Spaced.
	Space(op OpID)
	// Close closes the file once no operation and no Send uses it any more. -> FileClosed.
	Close(op OpID, f FileID)
}

// Space is the size of a disk in bytes: -1 where it is not known, or without end.
type Space struct{ Total, Usable int64 }

// OpenMode is what Open may or must find.
type OpenMode uint8

// The modes of Open.
const (
	MustExist    OpenMode = iota // ErrNotExist if it does not
	MayCreate                    // create it if missing
	MustCreate                   // ErrExist if it is there
	CreateOrTrim                 // create it, or cut it to nothing
)

// DirEntry is one name in a Listed directory.
type DirEntry struct {
	Name string
	Dir  bool
	Size Position
}
