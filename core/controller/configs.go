package controller

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/config"
	"gregor/core/kafka"
	"gregor/core/metadata"
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
	verdict
}

// configRules decide whether configs may be what a request wants, and what follows from them.
type configRules struct{ view *clusterView }

func (c *Controller) rules() configRules { return configRules{&c.view} }

func (c *Controller) alterConfigs(r *kmsg.AlterConfigsRequest) Decision {
	var resources []*resourceEdits
	for _, in := range r.Resources {
		e := &resourceEdits{kind: in.ResourceType, name: in.ResourceName, whole: true}
		for _, v := range in.Configs {
			e.edits = append(e.edits, edit{name: v.Name, value: v.Value})
		}
		resources = append(resources, e)
	}
	return c.decision(c.rules().configRecords(resources, r.ValidateOnly), func(code kafka.ErrorCode) kmsg.Response {
		resp := r.ResponseKind().(*kmsg.AlterConfigsResponse)
		for _, e := range resources {
			e.store(code)
			out := kmsg.NewAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = e.kind, e.name, int16(e.code), e.message()
			resp.Resources = append(resp.Resources, out)
		}
		return resp
	})
}

func (c *Controller) incrementalAlterConfigs(r *kmsg.IncrementalAlterConfigsRequest) Decision {
	var resources []*resourceEdits
	for _, in := range r.Resources {
		e := &resourceEdits{kind: in.ResourceType, name: in.ResourceName}
		for _, v := range in.Configs {
			e.edits = append(e.edits, edit{v.Name, v.Value, int8(v.Op)})
		}
		resources = append(resources, e)
	}
	return c.decision(c.rules().configRecords(resources, r.ValidateOnly), func(code kafka.ErrorCode) kmsg.Response {
		resp := r.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
		for _, e := range resources {
			e.store(code)
			out := kmsg.NewIncrementalAlterConfigsResponseResource()
			out.ResourceType, out.ResourceName, out.ErrorCode, out.ErrorMessage = e.kind, e.name, int16(e.code), e.message()
			resp.Resources = append(resp.Resources, out)
		}
		return resp
	})
}

func (e *resourceEdits) store(code kafka.ErrorCode) {
	if code != kafka.None && e.code == kafka.None {
		e.verdict = refused(code, "the change could not be stored")
	}
}

func (e *resourceEdits) resource() metadata.Resource {
	return metadata.Resource{Type: metadata.ResourceType(e.kind), Name: e.name}
}

// configRecords checks every resource by itself and lists the records of those that are right.
func (c configRules) configRecords(resources []*resourceEdits, validateOnly bool) []metadata.Record {
	times := map[metadata.Resource]int{}
	for _, e := range resources {
		times[e.resource()]++
	}
	var records []*metadata.ConfigRecord
	for _, e := range resources {
		if n := times[e.resource()]; n > 1 {
			e.verdict = refused(kafka.InvalidRequest, "the request names this resource %d times", n)
			continue
		}
		var more []*metadata.ConfigRecord
		if more, e.verdict = c.decideConfig(e); e.code == kafka.None {
			records = append(records, more...)
		}
	}
	if validateOnly || len(records) == 0 {
		return nil
	}
	var out []metadata.Record
	for _, r := range records {
		out = append(out, r)
	}
	return append(out, c.eligibleAfter(records)...)
}

// decideConfig works out the records for one resource, or refuses it, in Kafka's order of checks.
func (c configRules) decideConfig(e *resourceEdits) ([]*metadata.ConfigRecord, verdict) {
	if v := e.checkEdits(); v.code != kafka.None {
		return nil, v
	}
	if v := c.checkResource(e); v.code != kafka.None {
		return nil, v
	}
	next, records, v := e.apply(c.overrides(e.resource()))
	if v.code != kafka.None {
		return nil, v
	}
	if err := c.checkConfigs(e, next); err != nil {
		return nil, refused(e.codeOf(err), "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if _, there := c.view.image.Topic(e.name); e.kind == kmsg.ConfigResourceTypeTopic && !there {
		return nil, refused(kafka.UnknownTopicOrPartition, "topic %q does not exist", e.name)
	}
	return records, c.checkMinISR(e, records)
}

// codeOf is the code for values that do not hold. Of brokers it is Kafka's answer, odd as it is (KAFKA-13609); of
// client metrics, Kafka answers a wrong pattern otherwise than other mistakes.
func (e *resourceEdits) codeOf(err error) kafka.ErrorCode {
	ofMetrics := e.kind == kmsg.ConfigResourceTypeClientMetrics && !errors.Is(err, config.ErrPattern)
	if e.kind == kmsg.ConfigResourceTypeBroker || ofMetrics {
		return kafka.InvalidRequest
	}
	return kafka.InvalidConfig
}

// editsMax bounds the configs one request may change of a resource: Kafka's bound on the records of a request.
const editsMax = 10_000

// checkEdits refuses what is wrong with the edits by themselves.
func (e *resourceEdits) checkEdits() verdict {
	if len(e.edits) > editsMax {
		return refused(kafka.PolicyViolation, "the request changes %d configs; %d at a time are allowed",
			len(e.edits), editsMax)
	}
	named := map[string]bool{}
	for _, d := range e.edits {
		switch {
		case named[d.name]:
			return refused(kafka.InvalidRequest, "config %s is named twice", d.name)
		case d.op < setConfig || d.op > subtractConfig:
			return refused(kafka.InvalidRequest, "config %s: there is no operation %d", d.name, d.op)
		case d.value == nil && d.op != deleteConfig:
			return refused(kafka.InvalidRequest, "config %s has no value", d.name)
		}
		named[d.name] = true
	}
	return verdict{}
}

// checkResource refuses a resource that has no configs to change.
func (c configRules) checkResource(e *resourceEdits) verdict {
	switch e.kind {
	case kmsg.ConfigResourceTypeTopic:
		return checkTopicResource(e.name)
	case kmsg.ConfigResourceTypeBroker:
		return c.checkBrokerResource(e.name)
	case kmsg.ConfigResourceTypeGroupConfig, kmsg.ConfigResourceTypeClientMetrics:
		if e.name == "" {
			return refused(kafka.InvalidRequest, "groups and client metrics have no common configs; name one")
		}
		return verdict{}
	}
	return refused(kafka.InvalidRequest, "resource type %d has no configs that the controller changes", e.kind)
}

func checkTopicResource(name string) verdict {
	switch {
	case name == "":
		return refused(kafka.InvalidRequest, "topics have no common configs; name one")
	case kafka.CheckTopicName(name) != "":
		return refused(kafka.InvalidTopicException, "%s", kafka.CheckTopicName(name))
	}
	return verdict{}
}

// checkBrokerResource refuses a broker that is not registered. No name stands for all brokers.
func (c configRules) checkBrokerResource(name string) verdict {
	if name == "" {
		return verdict{}
	}
	id, err := strconv.ParseInt(name, 10, 32)
	if err != nil || strconv.FormatInt(id, 10) != name {
		return refused(kafka.InvalidRequest, "broker resource %q is not a broker's id", name)
	}
	if _, ok := c.view.image.Broker(kafka.NodeID(id)); !ok {
		return refused(kafka.BrokerIDNotRegistered, "no broker %d is registered", id)
	}
	return verdict{}
}

// checkMinISR keeps min.insync.replicas the same on all brokers while eligible leader replicas rest on it.
func (c configRules) checkMinISR(e *resourceEdits, records []*metadata.ConfigRecord) verdict {
	touches := slices.IndexFunc(records, func(r *metadata.ConfigRecord) bool { return r.Name == minISRConfig })
	switch {
	case touches < 0 || e.kind != kmsg.ConfigResourceTypeBroker || !c.view.elr():
		return verdict{}
	case e.name != "":
		return refused(kafka.InvalidConfig, "%s cannot be set for one broker while %s is 1", minISRConfig, elrVersion)
	case records[touches].Value == nil:
		return refused(kafka.InvalidConfig, "%s of all brokers cannot be removed while %s is 1", minISRConfig, elrVersion)
	}
	return verdict{}
}

// apply carries the edits out on a copy of the old values, and lists what must be written: nothing for a value
// that is there already.
func (e *resourceEdits) apply(old []config.Entry) ([]config.Entry, []*metadata.ConfigRecord, verdict) {
	next := slices.Clone(old)
	var records []*metadata.ConfigRecord
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
		records = append(records, &metadata.ConfigRecord{Resource: e.resource(), Name: name, Value: value})
	}
	named := map[string]bool{}
	for _, d := range e.edits {
		named[d.name] = true
		if d.op == deleteConfig {
			write(d.name, nil)
			continue
		}
		value, v := e.edited(d, next)
		if v.code != kafka.None {
			return nil, nil, v
		}
		write(d.name, &value)
	}
	for _, o := range old {
		if e.whole && !named[o.Name] {
			write(o.Name, nil)
		}
	}
	return next, records, verdict{}
}

// edited is the value an edit leads to: for lists, with items added or taken away.
func (e *resourceEdits) edited(d edit, now []config.Entry) (string, verdict) {
	if d.op == setConfig {
		return *d.value, verdict{}
	}
	def, ok := tableOf(e.resource().Type).Lookup(d.name)
	switch {
	case e.kind == kmsg.ConfigResourceTypeClientMetrics:
		return "", refused(kafka.InvalidConfig, "config %s of client metrics is set as a whole, as in Kafka", d.name)
	case !ok:
		return "", refused(kafka.InvalidConfig,
			"unknown config %q: nothing can be appended to it or subtracted from it", d.name)
	case def.Type != config.List:
		return "", refused(kafka.InvalidConfig,
			"config %s is of type %s; only a list can be appended to or subtracted from", d.name, def.Type)
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
	return strings.Join(items, ","), verdict{}
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

// overrides are a resource's own values.
func (c configRules) overrides(r metadata.Resource) []config.Entry {
	var out []config.Entry
	for _, e := range c.view.image.Configs(r) {
		out = append(out, config.Entry{Name: e.Name, Value: e.Value})
	}
	return out
}

// defaults is the configuration that every broker shares: this node's file under what is set for all.
func (c configRules) defaults() *config.Broker {
	b, _ := c.view.cfg.Defaults.WithStored(nil,
		c.overrides(metadata.Resource{Type: metadata.ResourceBroker})) // the brokers log what is left out
	return b
}

// checkConfigs returns what is wrong with a resource's values as a whole.
func (c configRules) checkConfigs(e *resourceEdits, next []config.Entry) error {
	var err error
	switch {
	case e.kind == kmsg.ConfigResourceTypeTopic:
		_, err = c.defaults().Topic(next)
	case e.kind == kmsg.ConfigResourceTypeGroupConfig:
		_, err = c.defaults().Group(next)
	case e.kind == kmsg.ConfigResourceTypeClientMetrics:
		_, err = c.defaults().ClientMetrics(next)
	case e.name == "":
		_, err = c.view.cfg.Defaults.With(nil, next)
	default:
		_, err = c.defaults().WithOwn(next)
	}
	return err
}

// eligibleAfter lists what a new min.insync.replicas does to eligible leader replicas: once it is low enough for
// the ISR, the high watermark moves, and a replica outside of the ISR may lack what it passes.
func (c configRules) eligibleAfter(records []*metadata.ConfigRecord) []metadata.Record {
	var out []metadata.Record
	set := setMinISR(records)
	if len(set) == 0 {
		return nil
	}
	for _, t := range c.view.image.Topics() {
		text, touched := c.minISRAfter(set, t.Name)
		if !touched {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			n = c.view.cfg.Defaults.Int(minISRConfig)
		}
		for _, p := range t.Partitions() {
			b := c.view.change(t, p)
			b.minISR = n
			if r := b.build(); r != nil && len(p.EligibleLeaderReplicas) > 0 {
				out = append(out, r)
			}
		}
	}
	return out
}

// setMinISR finds the records that set min.insync.replicas, by what they set it for.
func setMinISR(records []*metadata.ConfigRecord) map[metadata.Resource]*metadata.ConfigRecord {
	set := map[metadata.Resource]*metadata.ConfigRecord{}
	for _, r := range records {
		if r.Name == minISRConfig {
			set[r.Resource] = r
		}
	}
	return set
}

// minISRAfter is a topic's min.insync.replicas after the records, and whether they touch it at all.
func (c configRules) minISRAfter(set map[metadata.Resource]*metadata.ConfigRecord, topic string) (text string,
	touched bool) {
	value := func(r metadata.Resource) (string, bool) {
		if s := set[r]; s != nil {
			touched = true
			return valueOf(s)
		}
		return c.view.own(r, minISRConfig)
	}
	own, hasOwn := value(metadata.Resource{Type: metadata.ResourceTopic, Name: topic})
	all, hasAll := value(metadata.Resource{Type: metadata.ResourceBroker})
	switch {
	case hasOwn:
		return own, touched
	case hasAll:
		return all, touched
	}
	return fmt.Sprint(c.view.cfg.Defaults.Int(minISRConfig)), touched
}

func valueOf(r *metadata.ConfigRecord) (string, bool) {
	if r.Value == nil {
		return "", false
	}
	return *r.Value, true
}
