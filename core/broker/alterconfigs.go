package broker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/env"
	"gregor/core/metadata"
	"gregor/core/wire"
)

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

// The bounds of the configs one request changes, as in Kafka, and those it may name for one resource: there are
// fewer to name.
const (
	configChangesMax = 10_000
	configNamesMax   = 1000
)

// decide checks every resource by itself and writes the records of those that are right.
func (c *configChange) decide(env.Now) []metadata.Record {
	type resource struct {
		kind kmsg.ConfigResourceType
		name string
	}
	times := map[resource]int{}
	for _, e := range c.resources {
		times[resource{e.kind, e.name}]++
	}
	var records []metadata.Record
	for i := range c.resources {
		e := &c.resources[i]
		if n := times[resource{e.kind, e.name}]; n > 1 {
			e.refuse(wire.InvalidRequest, "the request names this resource %d times", n)
			continue
		}
		r := c.broker.decideConfig(e)
		switch {
		case e.code != wire.None:
		case len(records)+len(r) > configChangesMax:
			e.refuse(wire.PolicyViolation, "the request changes more than %d configs", configChangesMax)
		case !c.validateOnly:
			records = append(records, r...)
		}
	}
	return records
}

// decideConfig works out the records for one resource, or refuses it, in Kafka's order of checks.
func (b *Broker) decideConfig(e *resourceEdits) []metadata.Record {
	if e.checkEdits(); e.code != wire.None {
		return nil
	}
	if b.checkResource(e); e.code != wire.None {
		return nil
	}
	next, records := e.apply(b.overrides(metadata.ResourceType(e.kind), e.name))
	if e.code != wire.None {
		return nil
	}
	if err := b.checkConfigs(e.kind, e.name, next); err != nil {
		code := wire.InvalidConfig
		if e.kind == kmsg.ConfigResourceTypeBroker {
			code = wire.InvalidRequest // Kafka's answer, odd as it is (KAFKA-13609)
		}
		e.refuse(code, "%v", err)
		return nil
	}
	if e.kind == kmsg.ConfigResourceTypeTopic && !b.hasTopic(e.name) {
		e.refuse(wire.UnknownTopicOrPartition, "topic %q does not exist", e.name)
		return nil
	}
	return records
}

// checkEdits refuses what is wrong with the edits by themselves.
func (e *resourceEdits) checkEdits() {
	if len(e.edits) > configNamesMax {
		e.refuse(wire.InvalidRequest, "%d configs are named; there are not so many", len(e.edits))
		return
	}
	named := map[string]bool{}
	for _, d := range e.edits {
		switch {
		case named[d.name]:
			e.refuse(wire.InvalidRequest, "config %s is named twice", d.name)
		case d.op < setConfig || d.op > subtractConfig:
			e.refuse(wire.InvalidRequest, "config %s: there is no operation %d", d.name, d.op)
		case d.value == nil && d.op != deleteConfig:
			e.refuse(wire.InvalidRequest, "config %s has no value", d.name)
		}
		named[d.name] = true
	}
}

// checkResource refuses a resource that has no configs to change here.
func (b *Broker) checkResource(e *resourceEdits) {
	switch {
	case e.kind == kmsg.ConfigResourceTypeTopic && e.name == "":
		e.refuse(wire.InvalidRequest, "a topic is meant, but none is named; topics have no common configs")
	case e.kind == kmsg.ConfigResourceTypeTopic && checkTopicName(e.name) != "":
		e.refuse(wire.InvalidTopicException, "%s", checkTopicName(e.name))
	case e.kind == kmsg.ConfigResourceTypeBroker && e.name != "":
		e.code, e.text = b.isMe(e.name)
	case e.kind != kmsg.ConfigResourceTypeTopic && e.kind != kmsg.ConfigResourceTypeBroker:
		e.refuse(wire.InvalidRequest, "configs of resource type %d cannot be changed here", e.kind)
	}
}

// apply carries the edits out on a copy of the old values, and lists what must be written: nothing for a value
// that is there already.
func (e *resourceEdits) apply(old []config.Entry) ([]config.Entry, []metadata.Record) {
	next := slices.Clone(old)
	var records []metadata.Record
	write := func(name string, value *string) {
		i := slices.IndexFunc(next, func(o config.Entry) bool { return o.Name == name })
		switch {
		case i < 0 && value == nil, i >= 0 && value != nil && next[i].Value == *value:
			return
		case i >= 0 && value == nil:
			next = slices.Delete(next, i, i+1)
		case i >= 0:
			next[i].Value = *value
		default:
			next = append(next, config.Entry{Name: name, Value: *value})
		}
		records = append(records, &metadata.ConfigRecord{Resource: metadata.Resource{Type: metadata.ResourceType(e.kind), Name: e.name}, Name: name, Value: value})
	}
	named := map[string]bool{}
	for _, d := range e.edits {
		named[d.name] = true
		if d.op == deleteConfig {
			write(d.name, nil)
			continue
		}
		value := e.edited(d, next)
		write(d.name, &value)
	}
	for _, o := range old {
		if e.whole && !named[o.Name] {
			write(o.Name, nil)
		}
	}
	return next, records
}

// edited is the value an edit leads to: for lists, with items added or taken away.
func (e *resourceEdits) edited(d edit, now []config.Entry) string {
	if d.op == setConfig {
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
	items := splitList(def.Default) // as in Kafka, not what the broker has for a topic that sets nothing
	if i := slices.IndexFunc(now, func(o config.Entry) bool { return o.Name == d.name }); i >= 0 {
		items = splitList(now[i].Value)
	}
	for _, item := range splitList(*d.value) {
		switch at := slices.Index(items, item); {
		case d.op == appendConfig && at < 0:
			items = append(items, item)
		case d.op == subtractConfig && at >= 0:
			items = slices.Delete(items, at, at+1)
		}
	}
	return strings.Join(items, ",")
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
