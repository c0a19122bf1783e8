package controller

import (
	"fmt"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
)

// effectsMax bounds the lines about one decision: a request may set thousands of configs.
const effectsMax = 20

// WithoutEffect returns the lines for the log about configs that a decision stores and that have no effect: those that
// Gregor accepts without using them, and, of brokers, those that no table has.
func WithoutEffect(records []metadata.Record) (lines []env.Logged) {
	more := 0
	for _, r := range records {
		c, ok := r.(*metadata.ConfigRecord)
		if !ok || c.Value == nil {
			continue
		}
		line, idle := withoutEffect(c)
		switch {
		case !idle:
		case len(lines) == effectsMax:
			more++
		default:
			lines = append(lines, line)
		}
	}
	if more > 0 {
		lines = append(lines, env.Logged{Level: env.Info, Logger: env.OfBroker,
			Text: fmt.Sprintf("%d more configs were set without effect", more)})
	}
	return lines
}

func withoutEffect(c *metadata.ConfigRecord) (env.Logged, bool) {
	set, owner := tableOf(c.Resource.Type), ownerText(c.Resource)
	if set == nil {
		return env.Logged{}, false
	}
	switch d, ok := set.Find(c.Name); {
	case !ok:
		return env.Logged{Level: env.Warn, Logger: env.OfBroker,
			Text: fmt.Sprintf("%s: unknown config %q is kept without effect%s", owner, c.Name, set.Hint(c.Name))}, true
	case d.Unused != "":
		return env.Logged{Level: env.Info, Logger: env.OfBroker,
			Text: fmt.Sprintf("%s: config %s is %s", owner, c.Name, d.Unused)}, true
	}
	return env.Logged{}, false
}

// tableOf returns the configs that a kind of resource has; nil if it has none.
func tableOf(t metadata.ResourceType) *config.Set {
	switch t {
	case metadata.ResourceTopic:
		return config.Topics
	case metadata.ResourceBroker:
		return config.Brokers
	case metadata.ResourceGroup:
		return config.Groups
	case metadata.ResourceClientMetrics:
		return config.ClientMetrics
	}
	return nil
}

func ownerText(r metadata.Resource) string {
	switch r.Type {
	case metadata.ResourceTopic:
		return "topic " + r.Name
	case metadata.ResourceGroup:
		return "group " + r.Name
	case metadata.ResourceClientMetrics:
		return "client metrics " + r.Name
	}
	if r.Name == "" {
		return "all brokers"
	}
	return "broker " + r.Name
}
