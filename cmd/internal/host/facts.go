package host

import (
	"errors"
	"fmt"
	"log/slog"

	"gregor/core/env"
)

// facts is the node's env.Facts. It runs inside Step, so what takes a system call is left to the carrier.
type facts struct{ h *Host }

func (f facts) Emit(fact env.Fact) {
	h := f.h
	if h.opt.Facts != nil {
		h.opt.Facts(fact)
	}
	if ends, failure := env.Ends(fact, h.asked.Load()); ends {
		h.ended(failure)
	}
	switch f := fact.(type) {
	case env.Started:
		h.once.started.Do(func() { close(h.started) })
	case env.LoggerSet:
		h.loggers.set(f)
	default:
		h.logIf(fact)
	}
}

// logIf logs a fact that people want to read, unless its logger's level is above it now.
func (h *Host) logIf(fact env.Fact) {
	logger, level, ok := lineOf(fact)
	switch {
	case !ok || !h.loggers.enabled(logger, level):
	case h.inside == nil: // the node is being made
		h.logFact(fact)
	default:
		h.submit(effect{do: doLogFact, fact: fact})
	}
}

// lineOf returns whose line a fact is, and of which level; false for one that is not logged.
func lineOf(fact env.Fact) (env.Logger, slog.Level, bool) {
	switch f := fact.(type) {
	case env.Logged:
		return f.Logger, slogLevel(f.Level), true
	case env.RequestFailed:
		return env.OfBroker, slog.LevelDebug, true
	case env.PartitionFenced:
		return env.OfLogs, slog.LevelError, true
	case env.LogTruncated:
		return env.OfLogs, slog.LevelWarn, true
	case env.LogRecovered:
		return env.OfLogs, slog.LevelWarn, f.LostBytes > 0
	case env.ActiveController, env.ControllerResigned, env.GroupRebalanced, env.GroupMemberGone:
		return env.OfBroker, slog.LevelInfo, true
	}
	return "", 0, false
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

// What lines are about that others cause.
const (
	aboutGroups   = "groups"
	aboutFailures = "failed requests"
)

// logFact writes a line that was found to be of interest when the fact came.
func (h *Host) logFact(fact env.Fact) {
	log := h.opt.Log
	switch f := fact.(type) {
	case env.Logged:
		h.line(f.About, slogLevel(f.Level), f.Text)
	case env.RequestFailed:
		h.line(aboutFailures, slog.LevelDebug, "request failed", "conn", uint64(f.Conn), "api", f.API, "code", f.Code,
			"reason", f.Text)
	case env.ActiveController:
		h.line("", slog.LevelInfo, fmt.Sprintf("this node is the active controller, in epoch %d", f.Epoch))
	case env.ControllerResigned:
		h.line("", slog.LevelInfo, fmt.Sprintf("this node is not the active controller any more; it was in epoch %d",
			f.Epoch))
	case env.GroupRebalanced:
		h.line(aboutGroups, slog.LevelInfo, fmt.Sprintf("group %q rebalanced: generation %d, %d members, leader %q", f.Group,
			f.Generation, len(f.Members), f.Leader))
	case env.GroupMemberGone:
		h.line(aboutGroups, slog.LevelInfo, fmt.Sprintf("group %q: member %q is gone: %s", f.Group, f.Member, f.Reason))
	case env.PartitionFenced:
		log.Error("partition fenced", "partition", f.TopicPartition.String(), "reason", f.Reason)
	case env.LogTruncated:
		log.Warn("log truncated", "partition", f.TopicPartition.String(), "to", int64(f.To), "reason", f.Reason)
	case env.LogRecovered:
		log.Warn("log recovered", "partition", f.TopicPartition.String(), "end", int64(f.End), "lost bytes",
			int64(f.LostBytes), "reason", f.Reason)
	}
}
