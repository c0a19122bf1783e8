package host

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"gregor/core/env"
)

// A logger's level decides which lines of its part are logged, from the moment that it is set.
func TestLevelsDropLines(t *testing.T) {
	t.Parallel()
	var log lines
	h := play(t, Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
		LogLevel: slog.LevelWarn},
		func(p *player, _ env.Now, e env.Event) {
			if e.Kind != env.Boot {
				return
			}
			say := func(level env.LogLevel, logger env.Logger, text string) {
				p.w.Emit(env.Logged{Level: level, Logger: logger, Text: text})
			}
			say(env.Info, env.OfBroker, "below the root's level")
			say(env.Warn, env.OfBroker, "one")
			p.w.Emit(env.LoggerSet{Logger: env.OfLogs, Level: env.Debug})
			say(env.Debug, env.OfLogs, "two")
			say(env.Info, env.OfReplicas, "still below it")
			p.w.Emit(env.LoggerSet{Logger: env.Root, Level: env.Info})
			say(env.Info, env.OfReplicas, "three")
			p.w.Emit(env.LoggerSet{Logger: env.OfLogs, Inherits: true})
			say(env.Debug, env.OfLogs, "below the level that it inherits")
			p.w.Emit(env.RequestFailed{Text: "a failure that is not logged at INFO"})
			p.w.Emit(env.LoggerSet{Logger: env.OfBroker, Level: env.Debug})
			p.w.Emit(env.RequestFailed{Text: "four"})
			p.w.Emit(env.Started{Node: 7})
		})
	<-h.Started()
	h.Kill()
	var got []string
	for line := range strings.Lines(log.String()) {
		for _, word := range []string{"one", "two", "three", "four", "below", "not logged"} {
			if strings.Contains(line, word) {
				got = append(got, word)
			}
		}
	}
	require.Equal(t, []string{"one", "two", "three", "four"}, got)
}

// The host's own lines have a logger, too; what the logger that it was given drops stays dropped.
func TestTheHostsOwnLevel(t *testing.T) {
	h := &Host{opt: Options{Log: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo}))}}
	h.loggers.init(slog.LevelDebug)
	own := h.logger(env.OfHost).With("a", 1).WithGroup("g")
	require.False(t, own.Enabled(context.Background(), slog.LevelDebug))
	require.True(t, own.Enabled(context.Background(), slog.LevelInfo))
	h.loggers.set(env.LoggerSet{Logger: env.OfHost, Level: env.Error})
	require.False(t, own.Enabled(context.Background(), slog.LevelWarn))
	require.True(t, own.Enabled(context.Background(), slog.LevelError))
}
