package host

import (
	"context"
	"errors"
	"log/slog"

	"gregor/core/env"
)

// facts is the node's env.Facts. Tell runs inside Step, so what takes a system call is left to the carrier.
type facts struct{ h *Host }

func (f facts) Tell(fact env.Fact) {
	h := f.h
	if h.opt.Facts != nil {
		h.opt.Facts(fact)
	}
	if ends, failure := env.Ends(fact, h.asked.Load()); ends {
		h.ended(failure)
	}
	switch fact.(type) {
	case env.Started:
		h.once.started.Do(func() { close(h.started) })
	case env.Logged, env.PartitionFenced, env.LogRecovered, env.LogTruncated:
		if h.inside == nil { // the node is being made
			h.logFact(fact)
			return
		}
		h.submit(effect{do: doLogFact, fact: fact})
	}
}

// ended notes that the node has ended. One that was not asked to takes its host with it.
func (h *Host) ended(failure string) {
	h.once.stopped.Do(func() {
		if failure != "" {
			h.failure = errors.New(failure)
		}
		close(h.stopped)
		if !h.asked.Load() {
			go func() {
				<-h.booted
				h.teardown()
			}()
		}
	})
}

var levels = map[env.LogLevel]slog.Level{env.Info: slog.LevelInfo, env.Warn: slog.LevelWarn, env.Error: slog.LevelError}

// logFact writes the facts that a person who runs a broker wants to read.
func (h *Host) logFact(fact env.Fact) {
	switch f := fact.(type) {
	case env.Logged:
		h.log.Log(context.Background(), levels[f.Level], f.Text)
	case env.PartitionFenced:
		h.log.Error("partition fenced", "partition", f.TopicPartition.String(), "reason", f.Reason)
	case env.LogTruncated:
		h.log.Warn("log truncated", "partition", f.TopicPartition.String(), "to", int64(f.To), "reason", f.Reason)
	case env.LogRecovered:
		if f.LostBytes > 0 {
			h.log.Warn("log recovered", "partition", f.TopicPartition.String(), "end", int64(f.End),
				"lost bytes", int64(f.LostBytes), "reason", f.Reason)
		}
	}
}
