package broker

import (
	"fmt"

	"gregor/core/env"
)

// log writes the lines of a node for its operator.
type log struct{ world *env.World }

// Note logs a line that others cause. about names what it is about: the host limits how many lines it writes about one
// thing.
func (l log) Note(level env.LogLevel, about, format string, args ...any) {
	l.world.Emit(env.Logged{Level: level, Logger: env.OfBroker, About: about, Text: fmt.Sprintf(format, args...)})
}

// Warn logs a line that the node itself causes.
func (l log) Warn(format string, args ...any) {
	l.world.Emit(env.Logged{Level: env.Warn, Logger: env.OfBroker, Text: fmt.Sprintf(format, args...)})
}

// aboutConfigs is what lines about configurations in the metadata are about.
const aboutConfigs = "configurations"
