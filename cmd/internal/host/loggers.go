package host

import (
	"context"
	"log/slog"
	"maps"
	"sync/atomic"

	"gregor/core/env"
)

// loggers are the levels below which lines are dropped, by the part of the node that emits them. The node changes them
// with env.LoggerSet; a goroutine that logs reads them without a lock.
type loggers struct {
	table atomic.Pointer[map[env.Logger]slog.Level]
}

func (l *loggers) init(root slog.Level) { l.table.Store(&map[env.Logger]slog.Level{env.Root: root}) }

// set is called under the node's lock.
func (l *loggers) set(f env.LoggerSet) {
	next := maps.Clone(*l.table.Load())
	if next[f.Logger] = slogLevel(f.Level); f.Inherits {
		delete(next, f.Logger)
	}
	l.table.Store(&next)
}

func (l *loggers) enabled(name env.Logger, level slog.Level) bool {
	table := *l.table.Load()
	least, ok := table[name]
	if !ok {
		least = table[env.Root]
	}
	return level >= least
}

// slogLevel is slog's number of a level: the named ones lie four apart.
func slogLevel(l env.LogLevel) slog.Level { return slog.Level(l) * 4 }

func envLevel(l slog.Level) env.LogLevel { return env.LogLevel(l / 4) }

// leveled drops the lines of one logger that are below its level.
type leveled struct {
	slog.Handler
	loggers *loggers
	name    env.Logger
}

func (h leveled) Enabled(ctx context.Context, level slog.Level) bool {
	return h.loggers.enabled(h.name, level) && h.Handler.Enabled(ctx, level)
}

func (h leveled) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

func (h leveled) WithGroup(name string) slog.Handler {
	h.Handler = h.Handler.WithGroup(name)
	return h
}

// logger returns what a part of the node logs with.
func (h *Host) logger(name env.Logger) *slog.Logger {
	return slog.New(leveled{h.opt.Log.Handler(), &h.loggers, name})
}
