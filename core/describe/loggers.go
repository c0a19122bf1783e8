package describe

import (
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/kafka"
)

// Loggers are the levels of a node's lines by the part that emits them, as BROKER_LOGGER configs (KIP-412). As in Kafka
// they last until the node ends. The host drops what is below.
type Loggers struct {
	Root env.LogLevel
	own  map[env.Logger]env.LogLevel
}

func (l *Loggers) level(name env.Logger) env.LogLevel {
	if level, ok := l.own[name]; ok {
		return level
	}
	return l.Root
}

// set changes a level, and returns the fact of it.
func (l *Loggers) set(name env.Logger, level env.LogLevel) env.LoggerSet {
	if name == env.Root {
		l.Root = level
	} else {
		if l.own == nil {
			l.own = map[env.Logger]env.LogLevel{}
		}
		l.own[name] = level
	}
	return env.LoggerSet{Logger: name, Level: level}
}

// unset has a logger inherit the root's level again.
func (l *Loggers) unset(name env.Logger) env.LoggerSet {
	delete(l.own, name)
	return env.LoggerSet{Logger: name, Level: l.Root, Inherits: true}
}

// Describe lists every logger with its level.
func (l *Loggers) Describe() (out []config.Value) {
	for _, name := range env.Loggers {
		out = append(out, config.Value{Def: &config.Def{Name: string(name), Mode: config.PerBroker},
			Text:   l.level(name).Name(),
			Source: config.DynamicBrokerLogger})
	}
	return out
}

// Alter changes levels, all or none of those that a request names, and returns the facts of it.
func (l *Loggers) Alter(edits []kmsg.IncrementalAlterConfigsRequestResourceConfig, validateOnly bool) ([]env.LoggerSet,
	Judgement) {
	for _, edit := range edits {
		if j := checkLogger(edit); j.Refuses() {
			return nil, j
		}
	}
	if validateOnly {
		return nil, Judgement{}
	}
	var facts []env.LoggerSet
	for _, edit := range edits {
		if name := env.Logger(edit.Name); edit.Op == kmsg.IncrementalAlterConfigOpDelete {
			facts = append(facts, l.unset(name))
		} else {
			level, _ := parseLevel(edit.Value)
			facts = append(facts, l.set(name, level))
		}
	}
	return facts, Judgement{}
}

func checkLogger(edit kmsg.IncrementalAlterConfigsRequestResourceConfig) Judgement {
	isSet := edit.Op == kmsg.IncrementalAlterConfigOpSet
	_, isLevel := parseLevel(edit.Value)
	switch {
	case !isSet && edit.Op != kmsg.IncrementalAlterConfigOpDelete:
		return Judgement{kafka.InvalidRequest, "a logger's level can be set and deleted; nothing is appended to it or subtracted from it"}
	case !slices.Contains(env.Loggers[:], env.Logger(edit.Name)):
		return Judgement{kafka.InvalidConfig, fmt.Sprintf("Logger %s does not exist; there are %v", shortName(edit.Name),
			env.Loggers)}
	case !isSet && env.Logger(edit.Name) == env.Root:
		return Judgement{kafka.InvalidRequest, "the root logger has a level always; set another"}
	case isSet && !isLevel:
		return Judgement{kafka.InvalidConfig, fmt.Sprintf("logger %s: a level is one of %v", edit.Name, env.LogLevels)}
	}
	return Judgement{}
}

// parseLevel reads a level as Kafka does: in capitals.
func parseLevel(text *string) (env.LogLevel, bool) {
	if text == nil {
		return 0, false
	}
	i := slices.Index(env.LogLevels[:], *text)
	return env.Trace + env.LogLevel(max(i, 0)), i >= 0
}
