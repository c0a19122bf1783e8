package logdir

import (
	"errors"
	"fmt"

	"gregor/core/env"
)

// smallFileMax bounds a file that is read as a whole.
const smallFileMax = 64 << 20

// files are the small files of the directory: meta.properties, checkpoints, the clean-shutdown marker. Each operation
// is a job that goes from one disk outcome to the next; the jobs under way are found by OpID.
type files struct {
	disk env.Disk
	seq  env.OpID
	jobs map[env.OpID]job
}

// job is a chain of disk operations. step handles an outcome and submits the next one, or ends the job.
type job interface {
	step(now env.Now, e env.Event)
}

// submit gives a job's next operation its id.
func (f *files) submit(j job) env.OpID {
	f.seq++ // stays in the lower half: owner zero of a seglog OpID
	f.jobs[f.seq] = j
	return f.seq
}

func (f *files) complete(now env.Now, e env.Event) {
	j, ok := f.jobs[e.Op]
	if !ok {
		panic(fmt.Sprintf("logdir: %v of op %d, which was not submitted; an event delivered twice?", e.Kind, e.Op))
	}
	delete(f.jobs, e.Op)
	j.step(now, e)
}

// drop lets go of an outcome that comes too late: of a file that was opened, too.
func (f *files) drop(e env.Event) {
	e.Buffer.Release()
	if e.Kind == env.Opened && e.Err == nil {
		f.disk.Close(f.then(closed), e.File)
	}
}

// closed handles the outcome of closing a file.
//
//tidy:outcome nothing was written to the file
func closed(env.Now, env.Event) {}

// call is a job of one operation.
type call struct{ then func(env.Now, env.Event) }

func (c *call) step(now env.Now, e env.Event) { c.then(now, e) }

func (f *files) then(do func(env.Now, env.Event)) env.OpID { return f.submit(&call{do}) }

// readJob reads a whole small file: open, read, close.
type readJob struct {
	files *files
	file  env.FileID
	bytes []byte
	err   error
	then  func(now env.Now, bytes []byte, err error)
}

// read hands the file's bytes to then, nil with env.ErrNotExist if there is none.
func (f *files) read(path string, then func(env.Now, []byte, error)) {
	j := &readJob{files: f, then: then}
	f.disk.Open(f.submit(j), path, env.MustExist)
}

func (j *readJob) step(now env.Now, e env.Event) {
	switch {
	case e.Kind == env.FileClosed:
		j.then(now, j.bytes, j.err)
	case e.Kind == env.Opened && e.Err != nil:
		j.then(now, nil, e.Err)
	case e.Kind == env.Opened && e.Size <= smallFileMax:
		j.file = e.File
		j.files.disk.ReadAt(j.files.submit(j), e.File, 0, int(e.Size))
	case e.Kind == env.Opened:
		j.file, j.err = e.File, fmt.Errorf("file of %d bytes is over the %d a small file may have", e.Size, smallFileMax)
		j.files.disk.Close(j.files.submit(j), j.file)
	default:
		j.bytes, j.err = append([]byte(nil), e.Bytes...), e.Err
		e.Buffer.Release()
		j.files.disk.Close(j.files.submit(j), j.file)
	}
}

// replaceJob replaces a file as a whole, so that a power cut leaves the old or the new one: write beside it,
// sync, rename over it, sync the directory.
type replaceJob struct {
	files *files
	path  string
	bytes []byte
	file  env.FileID
	err   error
	then  func(now env.Now, err error)
}

func (f *files) replace(path string, bytes []byte, then func(env.Now, error)) {
	j := &replaceJob{files: f, path: path, bytes: bytes, then: then}
	f.disk.Open(f.submit(j), path+".tmp", env.CreateOrTrim)
}

func (j *replaceJob) step(now env.Now, e env.Event) {
	if e.Err != nil && j.err == nil {
		j.err = fmt.Errorf("%s of %s: %w", e.Kind, j.path, e.Err)
	}
	d := j.files.disk
	switch {
	case e.Kind == env.Opened && e.Err != nil, e.Kind == env.DirSynced, e.Kind == env.Renamed && j.err != nil,
		e.Kind == env.FileClosed && j.err != nil:
		j.then(now, j.err)
	case e.Kind == env.Opened:
		j.file = e.File
		d.WriteAt(j.files.submit(j), j.file, 0, j.bytes)
	case e.Kind == env.Wrote && j.err == nil:
		d.Sync(j.files.submit(j), j.file)
	case e.Kind == env.Wrote, e.Kind == env.Synced:
		d.Close(j.files.submit(j), j.file)
	case e.Kind == env.FileClosed:
		d.Rename(j.files.submit(j), j.path+".tmp", j.path)
	case e.Kind == env.Renamed:
		d.SyncDir(j.files.submit(j), ".")
	}
}

// remove removes a file and makes that last. A file that is not there is removed already.
func (f *files) remove(path string, then func(env.Now, error)) {
	f.disk.Remove(f.then(func(now env.Now, e env.Event) {
		if e.Err != nil && !errors.Is(e.Err, env.ErrNotExist) {
			then(now, e.Err)
			return
		}
		f.disk.SyncDir(f.then(func(now env.Now, e env.Event) { then(now, e.Err) }), ".")
	}), path)
}
