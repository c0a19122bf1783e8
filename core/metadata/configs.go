package metadata

import (
	"cmp"
	"slices"
	"strings"
)

// ResourceType is the kind of resource that a config belongs to.
type ResourceType int8

// The types of resources, as Kafka numbers them.
const (
	ResourceTopic         ResourceType = 2
	ResourceBroker        ResourceType = 4 // an empty name is all brokers
	ResourceBrokerLogger  ResourceType = 8
	ResourceClientMetrics ResourceType = 16
	ResourceGroup         ResourceType = 32
)

// Resource is what a config belongs to.
type Resource struct {
	Type ResourceType
	Name string
}

// Compare orders by type, then by name.
func (r Resource) Compare(o Resource) int {
	return cmp.Or(cmp.Compare(r.Type, o.Type), strings.Compare(r.Name, o.Name))
}

// Config is one setting.
type Config struct{ Name, Value string }

// ResourceConfigs are the settings of one resource. They never change.
type ResourceConfigs struct {
	Resource Resource
	Configs  []Config // sorted by name; never empty
}

// Configs returns the settings of a resource, sorted by name; nil where there are none.
func (m *Image) Configs(r Resource) []Config {
	if i, ok := m.findConfigs(r); ok {
		return m.configs[i].Configs
	}
	return nil
}

// AllConfigs returns the settings of all resources that have any, sorted by resource.
func (m *Image) AllConfigs() []*ResourceConfigs { return m.configs }

func (m *Image) findConfigs(r Resource) (int, bool) {
	return slices.BinarySearchFunc(m.configs, r, func(c *ResourceConfigs, r Resource) int { return c.Resource.Compare(r) })
}

func (m *Image) setConfig(r *ConfigRecord) {
	i, ok := m.findConfigs(r.Resource)
	var old []Config
	if ok {
		old = m.configs[i].Configs
	}
	at, has := slices.BinarySearchFunc(old, r.Name, func(c Config, n string) int { return strings.Compare(c.Name, n) })
	switch {
	case r.Value != nil:
		next := with(old, at, has, Config{r.Name, *r.Value})
		m.configs = with(m.configs, i, ok, &ResourceConfigs{r.Resource, next})
	case has && len(old) == 1:
		m.configs = without(m.configs, i)
	case has:
		m.configs = with(m.configs, i, true, &ResourceConfigs{r.Resource, without(old, at)})
	}
}

func (m *Image) removeConfigs(r Resource) {
	if i, ok := m.findConfigs(r); ok {
		m.configs = without(m.configs, i)
	}
}
