package broker

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/wire"
)

// loggers are the levels of a node's lines by the part that emits them, as BROKER_LOGGER configs (KIP-412). As in Kafka
// they last until the node ends. The host drops what is below.
type loggers struct {
	root env.LogLevel
	own  map[env.Logger]env.LogLevel
}

func (l *loggers) level(name env.Logger) env.LogLevel {
	if level, ok := l.own[name]; ok {
		return level
	}
	return l.root
}

// set changes a level, and returns the fact of it.
func (l *loggers) set(name env.Logger, level env.LogLevel) env.LoggerSet {
	if name == env.Root {
		l.root = level
	} else {
		if l.own == nil {
			l.own = map[env.Logger]env.LogLevel{}
		}
		l.own[name] = level
	}
	return env.LoggerSet{Logger: name, Level: level}
}

// unset has a logger inherit the root's level again.
func (l *loggers) unset(name env.Logger) env.LoggerSet {
	delete(l.own, name)
	return env.LoggerSet{Logger: name, Level: l.root, Inherits: true}
}

// describe lists every logger with its level.
func (l *loggers) describe() (out []config.Value) {
	for _, name := range env.Loggers {
		out = append(out, config.Value{Def: &config.Def{Name: string(name), Mode: config.PerBroker}, Text: l.level(name).Name(),
			Source: config.DynamicBrokerLogger})
	}
	return out
}

// alterLoggers changes levels, all or none of those that a request names.
func (b *Broker) alterLoggers(in kmsg.IncrementalAlterConfigsRequestResource, validateOnly bool) judgement {
	if j := b.ofThisBroker(in.ResourceName); j.code != wire.None {
		return j
	}
	for _, edit := range in.Configs {
		if j := checkLogger(edit); j.code != wire.None {
			return j
		}
	}
	if validateOnly {
		return judgement{}
	}
	for _, edit := range in.Configs {
		if name := env.Logger(edit.Name); edit.Op == kmsg.IncrementalAlterConfigOpDelete {
			b.world.Tell(b.loggers.unset(name))
		} else {
			level, _ := parseLevel(edit.Value)
			b.world.Tell(b.loggers.set(name, level))
		}
	}
	return judgement{}
}

func checkLogger(edit kmsg.IncrementalAlterConfigsRequestResourceConfig) judgement {
	isSet := edit.Op == kmsg.IncrementalAlterConfigOpSet
	_, isLevel := parseLevel(edit.Value)
	switch {
	case !isSet && edit.Op != kmsg.IncrementalAlterConfigOpDelete:
		return judgement{wire.InvalidRequest, "a logger's level can be set and deleted; nothing is appended to it or subtracted from it"}
	case !slices.Contains(env.Loggers[:], env.Logger(edit.Name)):
		return judgement{wire.InvalidConfig, fmt.Sprintf("Logger %s does not exist; there are %v", shortName(edit.Name), env.Loggers)}
	case !isSet && env.Logger(edit.Name) == env.Root:
		return judgement{wire.InvalidRequest, "the root logger has a level always; set another"}
	case isSet && !isLevel:
		return judgement{wire.InvalidConfig, fmt.Sprintf("logger %s: a level is one of %v", edit.Name, env.LogLevels)}
	}
	return judgement{}
}

// parseLevel reads a level as Kafka does: in capitals.
func parseLevel(text *string) (env.LogLevel, bool) {
	if text == nil {
		return 0, false
	}
	i := slices.Index(env.LogLevels[:], *text)
	return env.Trace + env.LogLevel(max(i, 0)), i >= 0
}
