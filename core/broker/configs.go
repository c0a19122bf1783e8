package broker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

// describeConfigs tells configurations with their origins (KIP-226, KIP-569).
func (b *Broker) describeConfigs(s *slot, r *kmsg.DescribeConfigsRequest) {
	resp := r.ResponseKind().(*kmsg.DescribeConfigsResponse)
	for _, ask := range r.Resources {
		out := kmsg.NewDescribeConfigsResponseResource()
		out.ResourceType, out.ResourceName = ask.ResourceType, ask.ResourceName
		values, code, text := b.configValues(ask.ResourceType, ask.ResourceName)
		if code != wire.None {
			out.ErrorCode, out.ErrorMessage = int16(code), &text
		}
		for _, v := range values {
			if ask.ConfigNames == nil || slices.Contains(ask.ConfigNames, v.Def.Name) {
				out.Configs = append(out.Configs, configValue(v, ask.ResourceType, r))
			}
		}
		resp.Resources = append(resp.Resources, out)
	}
	b.reply(s, resp)
}

// configValues lists a resource's values.
func (b *Broker) configValues(kind kmsg.ConfigResourceType, name string) ([]config.Value, wire.ErrorCode, string) {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		t := b.topicConfig(name)
		if t == nil {
			return nil, wire.UnknownTopicOrPartition, fmt.Sprintf("topic %q does not exist", name)
		}
		return t.Describe(), wire.None, ""
	case kmsg.ConfigResourceTypeBroker:
		if name == "" {
			return b.dynamicDefaults(), wire.None, ""
		}
		if code, text := b.isMe(name); code != wire.None {
			return nil, code, text
		}
		return b.config.Describe(), wire.None, ""
	case kmsg.ConfigResourceTypeBrokerLogger:
		return nil, wire.None, ""
	}
	return nil, wire.InvalidRequest, fmt.Sprintf("config resource type %d is not served", kind)
}

// dynamicDefaults lists what was set for all brokers, which is all that can be told of no broker in particular.
func (b *Broker) dynamicDefaults() []config.Value {
	return slices.DeleteFunc(b.config.Describe(), func(v config.Value) bool { return v.Source != config.DynamicDefaultBroker })
}

// isMe checks the broker id a resource names.
func (b *Broker) isMe(name string) (wire.ErrorCode, string) {
	if id, err := strconv.ParseInt(name, 10, 32); err != nil || env.NodeID(id) != b.id {
		return wire.InvalidRequest, fmt.Sprintf("broker resource %q: this broker is %d", name, b.id)
	}
	return wire.None, ""
}

func configValue(v config.Value, kind kmsg.ConfigResourceType, r *kmsg.DescribeConfigsRequest) kmsg.DescribeConfigsResponseResourceConfig {
	out := kmsg.NewDescribeConfigsResponseResourceConfig()
	out.Name, out.Source, out.IsDefault = v.Def.Name, kmsg.ConfigSource(v.Source), v.Source == config.Default
	out.IsSensitive = v.Def.Sensitive()
	out.ReadOnly = kind == kmsg.ConfigResourceTypeBroker && v.Def.Mode == config.ReadOnly
	out.ConfigType = kmsg.ConfigType(v.Def.Type)
	if !v.Null {
		out.Value = &v.Text
	}
	if r.IncludeDocumentation {
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

// listConfigResources names what has configurations of its own (KIP-1142). No type at all means every type.
func (b *Broker) listConfigResources(s *slot, r *kmsg.ListConfigResourcesRequest) {
	resp := r.ResponseKind().(*kmsg.ListConfigResourcesResponse)
	kinds := r.ResourceTypes
	if s.version == 0 { // client metrics only, and there are none
		kinds = []int8{int8(kmsg.ConfigResourceTypeClientMetrics)}
	} else if len(kinds) == 0 {
		kinds = []int8{int8(kmsg.ConfigResourceTypeTopic), int8(kmsg.ConfigResourceTypeBroker)}
	}
	for _, kind := range kinds {
		for _, name := range b.configResources(kmsg.ConfigResourceType(kind)) {
			out := kmsg.NewListConfigResourcesResponseConfigResource()
			out.Name, out.Type = name, kind
			resp.ConfigResources = append(resp.ConfigResources, out)
		}
	}
	b.reply(s, resp)
}

func (b *Broker) configResources(kind kmsg.ConfigResourceType) []string {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		return b.topicNames()
	case kmsg.ConfigResourceTypeBroker, kmsg.ConfigResourceTypeBrokerLogger:
		return []string{strconv.Itoa(int(b.id))}
	}
	return nil
}

// edit is one change of one config.
type edit struct {
	name  string
	value *string
	op    int8
}

// The operations of IncrementalAlterConfigs.
const (
	setConfig = iota
	deleteConfig
	appendConfig
	subtractConfig
)

// resourceEdits is what a request wants of one resource, and how that ended.
type resourceEdits struct {
	kind  kmsg.ConfigResourceType
	name  string
	edits []edit
	whole bool // AlterConfigs: what is not named is reset
	code  wire.ErrorCode
	text  string
}

// configChange is an AlterConfigs or IncrementalAlterConfigs request.
type configChange struct {
	broker       *Broker
	resources    []resourceEdits
	validateOnly bool
	answer       func(resources []resourceEdits)
}

func (b *Broker) alterConfigs(now env.Now, s *slot, r *kmsg.AlterConfigsRequest) {
	c := &configChange{broker: b, validateOnly: r.ValidateOnly}
	for _, in := range r.Resources {
		e := resourceEdits{kind: in.ResourceType, name: in.ResourceName, whole: true}
		for _, v := range in.Configs {
			e.edits = append(e.edits, edit{name: v.Name, value: v.Value})
		}
		c.resources = append(c.resources, e)
	}
	c.answer = func(resources []resourceEdits) {
		resp := r.ResponseKind().(*kmsg.AlterConfigsResponse)
		for _, e := range resources {
			out := kmsg.NewAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = e.kind, e.name, int16(e.code), e.message()
			resp.Resources = append(resp.Resources, out)
		}
		b.reply(s, resp)
	}
	b.change(now, c)
}

func (b *Broker) incrementalAlterConfigs(now env.Now, s *slot, r *kmsg.IncrementalAlterConfigsRequest) {
	c := &configChange{broker: b, validateOnly: r.ValidateOnly}
	for _, in := range r.Resources {
		e := resourceEdits{kind: in.ResourceType, name: in.ResourceName}
		for _, v := range in.Configs {
			e.edits = append(e.edits, edit{v.Name, v.Value, int8(v.Op)})
		}
		c.resources = append(c.resources, e)
	}
	c.answer = func(resources []resourceEdits) {
		resp := r.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
		for _, e := range resources {
			out := kmsg.NewIncrementalAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = e.kind, e.name, int16(e.code), e.message()
			resp.Resources = append(resp.Resources, out)
		}
		b.reply(s, resp)
	}
	b.change(now, c)
}

func (e *resourceEdits) message() *string {
	if e.code == wire.None {
		return nil
	}
	return &e.text
}

func (e *resourceEdits) refuse(code wire.ErrorCode, format string, args ...any) {
	e.code, e.text = code, fmt.Sprintf(format, args...)
}

// decide checks every resource by itself and writes the records of those that are right.
func (c *configChange) decide(env.Now) []metadata.Record {
	var records []metadata.Record
	seen := map[string]bool{}
	for i := range c.resources {
		e := &c.resources[i]
		key := fmt.Sprintf("%d/%s", e.kind, e.name)
		if seen[key] {
			e.refuse(wire.InvalidRequest, "the request names this resource twice")
			continue
		}
		seen[key] = true
		if r := c.broker.decideConfig(e); e.code == wire.None && !c.validateOnly {
			records = append(records, r...)
		}
	}
	return records
}

// decideConfig works out the records for one resource, or refuses it.
func (b *Broker) decideConfig(e *resourceEdits) []metadata.Record {
	switch {
	case e.kind == kmsg.ConfigResourceTypeTopic && !b.hasTopic(e.name):
		e.refuse(wire.UnknownTopicOrPartition, "topic %q does not exist", e.name)
		return nil
	case e.kind == kmsg.ConfigResourceTypeBroker && e.name != "":
		if e.code, e.text = b.isMe(e.name); e.code != wire.None {
			return nil
		}
	case e.kind != kmsg.ConfigResourceTypeTopic && e.kind != kmsg.ConfigResourceTypeBroker:
		e.refuse(wire.InvalidRequest, "configs of resource type %d cannot be changed here", e.kind)
		return nil
	}
	old := b.overrides(metadata.ResourceType(e.kind), e.name)
	next, records := e.apply(b, old)
	if e.code != wire.None {
		return nil
	}
	if err := b.checkConfigs(e.kind, e.name, next); err != nil {
		e.refuse(wire.InvalidConfig, "%v", err)
		return nil
	}
	return records
}

// apply carries the edits out on a copy of the old values, and lists what must be written.
func (e *resourceEdits) apply(b *Broker, old []config.Entry) ([]config.Entry, []metadata.Record) {
	next := slices.Clone(old)
	var records []metadata.Record
	write := func(name string, value *string) {
		records = append(records, &metadata.ConfigRecord{Resource: metadata.Resource{Type: metadata.ResourceType(e.kind), Name: e.name}, Name: name, Value: value})
		next = slices.DeleteFunc(next, func(o config.Entry) bool { return o.Name == name })
		if value != nil {
			next = append(next, config.Entry{Name: name, Value: *value})
		}
	}
	named := map[string]bool{}
	for _, d := range e.edits {
		switch {
		case d.name == "":
			e.refuse(wire.InvalidRequest, "a config without a name")
		case named[d.name]:
			e.refuse(wire.InvalidRequest, "config %s is named twice", d.name)
		case d.op == deleteConfig:
			write(d.name, nil)
		case d.value == nil:
			e.refuse(wire.InvalidRequest, "config %s has no value", d.name)
		default:
			value := e.edited(b, d, next)
			write(d.name, &value)
		}
		named[d.name] = true
	}
	if e.whole {
		for _, o := range old {
			if !named[o.Name] {
				write(o.Name, nil)
			}
		}
	}
	return next, records
}

// edited is the value an edit leads to: for lists, with items added or taken away.
func (e *resourceEdits) edited(b *Broker, d edit, now []config.Entry) string {
	if d.op != appendConfig && d.op != subtractConfig {
		return *d.value
	}
	set := config.Brokers
	if e.kind == kmsg.ConfigResourceTypeTopic {
		set = config.Topics
	}
	def, ok := set.Lookup(d.name)
	switch {
	case !ok:
		return *d.value // refused as unknown, with the nearest name
	case def.Type != config.List:
		e.refuse(wire.InvalidConfig, "config %s is a %s; only a list can be appended to or subtracted from", d.name, def.Type)
		return *d.value
	}
	items := b.listValue(e, d.name, now)
	for _, item := range splitList(*d.value) {
		items = slices.DeleteFunc(items, func(o string) bool { return o == item })
		if d.op == appendConfig {
			items = append(items, item)
		}
	}
	return strings.Join(items, ",")
}

// listValue is the list that an item is added to or taken from: the resource's own, or what it falls back to.
func (b *Broker) listValue(e *resourceEdits, name string, now []config.Entry) []string {
	if i := slices.IndexFunc(now, func(o config.Entry) bool { return o.Name == name }); i >= 0 {
		return splitList(now[i].Value)
	}
	if e.kind == kmsg.ConfigResourceTypeTopic {
		return slices.Clone(b.topicConfig(e.name).List(name))
	}
	return slices.Clone(b.config.List(name))
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// checkConfigs says what is wrong with a resource's values as a whole.
func (b *Broker) checkConfigs(kind kmsg.ConfigResourceType, name string, next []config.Entry) error {
	var err error
	switch {
	case kind == kmsg.ConfigResourceTypeTopic:
		_, err = b.config.Topic(next)
	case name == "":
		_, err = b.config.With(b.overrides(metadata.ResourceBroker, b.idText()), next)
	default:
		_, err = b.config.With(next, b.overrides(metadata.ResourceBroker, ""))
	}
	return err
}

func (c *configChange) applied(_ env.Now, code wire.ErrorCode) {
	for i := range c.resources {
		if e := &c.resources[i]; code != wire.None && e.code == wire.None {
			e.refuse(code, "the change could not be stored")
		}
	}
	c.answer(c.resources)
}
