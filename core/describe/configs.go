package describe

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/kafka"
	"gregor/core/metadata"
)

// Configs is the configurations of a cluster as one of its brokers knows them.
type Configs struct {
	*Cluster
	Broker  *config.Broker
	Topic   func(name string) *config.Topic // nil if there is no such topic
	Loggers *Loggers
}

// Overrides are the values set for a resource.
func (c *Cluster) Overrides(kind metadata.ResourceType, name string) []config.Entry {
	var out []config.Entry
	for _, v := range c.Image.Configs(metadata.Resource{Type: kind, Name: name}) {
		out = append(out, config.Entry{Name: v.Name, Value: v.Value})
	}
	return out
}

// Describe describes configurations with their origins (KIP-226, KIP-569). described counts what is looked through over
// all parts of an answer.
func (c Configs) Describe(r *kmsg.DescribeConfigsRequest, described *int) *kmsg.DescribeConfigsResponse {
	resp := r.ResponseKind().(*kmsg.DescribeConfigsResponse)
	for _, ask := range r.Resources {
		out := kmsg.NewDescribeConfigsResponseResource()
		out.ResourceType, out.ResourceName = ask.ResourceType, ask.ResourceName
		var values []config.Value
		code, text := kafka.PolicyViolation, fmt.Sprintf("the request asks for more than %d configs", describedMax)
		if *described < describedMax {
			values, code, text = c.values(ask.ResourceType, ask.ResourceName)
			*described += len(values)
		}
		if code != kafka.None {
			out.ErrorCode, out.ErrorMessage = int16(code), &text
		}
		asked := namesOf(ask.ConfigNames)
		for _, v := range values {
			if len(asked) == 0 || asked[v.Def.Name] {
				out.Configs = append(out.Configs, configValue(v, ask.ResourceType, r))
			}
		}
		resp.Resources = append(resp.Resources, out)
	}
	return resp
}

func namesOf(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, name := range list {
		set[name] = true
	}
	return set
}

// describedMax bounds the configs one request may look through: a small request that names this broker again and
// again must not make a huge answer.
const describedMax = 200_000

// values lists a resource's values.
func (c Configs) values(kind kmsg.ConfigResourceType, name string) ([]config.Value, kafka.ErrorCode, string) {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		if text := kafka.CheckTopicName(name); text != "" {
			return nil, kafka.InvalidTopicException, text
		}
		t := c.Topic(name)
		if t == nil {
			return nil, kafka.UnknownTopicOrPartition, fmt.Sprintf("topic %q does not exist", name)
		}
		return t.Describe(), kafka.None, ""
	case kmsg.ConfigResourceTypeBroker:
		if name == "" {
			return c.dynamicDefaults(), kafka.None, ""
		}
		if j := c.OfThisBroker(name); j.Refuses() {
			return nil, j.Code, j.Text
		}
		return c.Broker.Describe(), kafka.None, ""
	case kmsg.ConfigResourceTypeBrokerLogger:
		if j := c.OfThisBroker(name); j.Refuses() {
			return nil, j.Code, j.Text
		}
		return c.Loggers.Describe(), kafka.None, ""
	case kmsg.ConfigResourceTypeGroupConfig, kmsg.ConfigResourceTypeClientMetrics:
		return c.namedConfigs(kind, name)
	}
	return nil, kafka.InvalidRequest, fmt.Sprintf("config resource type %d is not served", kind)
}

// dynamicDefaults lists what was set for all brokers, which is all there is to say of no broker in particular.
func (c Configs) dynamicDefaults() []config.Value {
	// what is left out was logged when it was applied
	stored, _ := c.Broker.WithStored(nil, c.Overrides(metadata.ResourceBroker, ""))
	all := slices.DeleteFunc(stored.Describe(), func(v config.Value) bool {
		return v.Source != config.DynamicDefaultBroker
	})
	for i := range all {
		all[i].Synonyms = slices.DeleteFunc(all[i].Synonyms, func(s config.SynonymValue) bool {
			return s.Source != config.DynamicDefaultBroker
		})
	}
	return all
}

// namedConfigs lists the configs of a group or a client-metrics subscription. As in Kafka, it need not exist.
func (c Configs) namedConfigs(kind kmsg.ConfigResourceType, name string) ([]config.Value, kafka.ErrorCode, string) {
	if name == "" {
		return nil, kafka.InvalidRequest, "groups and client metrics have no common configs; name one"
	}
	resource, own := c.Broker.Group, c.Overrides(metadata.ResourceType(kind), name)
	if kind == kmsg.ConfigResourceTypeClientMetrics {
		resource = c.Broker.ClientMetrics
	}
	named, err := resource(own)
	if err != nil { // checked when they were set; the broker's own values may have changed since
		return nil, kafka.InvalidConfig, err.Error()
	}
	return named.Describe(), kafka.None, ""
}

func configValue(v config.Value, kind kmsg.ConfigResourceType,
	r *kmsg.DescribeConfigsRequest) kmsg.DescribeConfigsResponseResourceConfig {
	out := kmsg.NewDescribeConfigsResponseResourceConfig()
	out.Name, out.Source, out.IsDefault = v.Def.Name, kmsg.ConfigSource(v.Source), v.Source == config.Default
	out.IsSensitive = v.Def.Sensitive() && kind != kmsg.ConfigResourceTypeBrokerLogger
	out.ReadOnly = kind == kmsg.ConfigResourceTypeBroker && v.Def.Mode == config.ReadOnly
	out.ConfigType = kmsg.ConfigType(v.Def.Type)
	if !v.Null {
		out.Value = &v.Text
	}
	// as Kafka does, of loggers without being asked
	if r.IncludeDocumentation || kind == kmsg.ConfigResourceTypeBrokerLogger {
		out.Documentation = &v.Def.Doc
	}
	if r.IncludeSynonyms {
		out.ConfigSynonyms = synonyms(v)
	}
	return out
}

func synonyms(v config.Value) []kmsg.DescribeConfigsResponseResourceConfigConfigSynonym {
	var out []kmsg.DescribeConfigsResponseResourceConfigConfigSynonym
	for _, s := range v.Synonyms {
		o := kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
		o.Name, o.Source = s.Name, kmsg.ConfigSource(s.Source)
		if !v.Def.Sensitive() {
			text := s.Text
			o.Value = &text
		}
		out = append(out, o)
	}
	return out
}

// listedKinds are the kinds of resources that have configs.
var listedKinds = map[kmsg.ConfigResourceType]bool{kmsg.ConfigResourceTypeTopic: true,
	kmsg.ConfigResourceTypeBroker:       true,
	kmsg.ConfigResourceTypeBrokerLogger: true, kmsg.ConfigResourceTypeClientMetrics: true,
	kmsg.ConfigResourceTypeGroupConfig: true}

// ConfigResources names what has configurations of its own (KIP-1142). No type at all means every type.
func (c *Cluster) ConfigResources(from From, r *kmsg.ListConfigResourcesRequest) *kmsg.ListConfigResourcesResponse {
	resp := r.ResponseKind().(*kmsg.ListConfigResourcesResponse)
	kinds := r.ResourceTypes
	if from.Version == 0 { // client metrics only
		kinds = []int8{int8(kmsg.ConfigResourceTypeClientMetrics)}
	} else if len(kinds) == 0 {
		kinds = []int8{int8(kmsg.ConfigResourceTypeTopic), int8(kmsg.ConfigResourceTypeBroker),
			int8(kmsg.ConfigResourceTypeBrokerLogger),
			int8(kmsg.ConfigResourceTypeClientMetrics), int8(kmsg.ConfigResourceTypeGroupConfig)}
	}
	slices.Sort(kinds)
	if slices.ContainsFunc(kinds, func(k int8) bool { return !listedKinds[kmsg.ConfigResourceType(k)] }) {
		resp.ErrorCode = int16(kafka.UnsupportedVersion)
		kinds = nil
	}
	for _, kind := range slices.Compact(kinds) {
		for _, name := range c.configResources(kmsg.ConfigResourceType(kind)) {
			out := kmsg.NewListConfigResourcesResponseConfigResource()
			out.Name, out.Type = name, kind
			resp.ConfigResources = append(resp.ConfigResources, out)
		}
	}
	return resp
}

func (c *Cluster) configResources(kind kmsg.ConfigResourceType) []string {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		return c.TopicNames()
	case kmsg.ConfigResourceTypeBroker, kmsg.ConfigResourceTypeBrokerLogger:
		var names []string
		for _, r := range c.Image.Brokers() {
			names = append(names, strconv.Itoa(int(r.ID)))
		}
		return names
	case kmsg.ConfigResourceTypeGroupConfig, kmsg.ConfigResourceTypeClientMetrics:
		var names []string
		for _, of := range c.Image.AllConfigs() {
			if of.Resource.Type == metadata.ResourceType(kind) {
				names = append(names, of.Resource.Name)
			}
		}
		return names
	}
	return nil
}
