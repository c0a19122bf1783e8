package main

import (
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func dcreq(syn, doc bool, rs ...any) *kmsg.DescribeConfigsRequest {
	r := kmsg.NewPtrDescribeConfigsRequest()
	r.IncludeSynonyms, r.IncludeDocumentation = syn, doc
	for i := 0; i < len(rs); i += 3 {
		x := kmsg.NewDescribeConfigsRequestResource()
		x.ResourceType, x.ResourceName = kmsg.ConfigResourceType(rs[i].(int)), rs[i+1].(string)
		if n, ok := rs[i+2].([]string); ok {
			x.ConfigNames = n
		}
		r.Resources = append(r.Resources, x)
	}
	return r
}

var _ = conv("describeconfigs", 32, func(s *side, t string) {
	s.mk(t, 1, "retention.ms", "1234567", "cleanup.policy", "compact,delete")
	D := func(l string, r *kmsg.DescribeConfigsRequest) { do[*kmsg.DescribeConfigsResponse](s, l, r) }
	D("topic all", dcreq(false, false, 2, t, nil))
	D("topic all with synonyms", dcreq(true, false, 2, t, nil))
	D("broker 1 all", dcreq(false, false, 4, "1", nil))
	D("broker 1 all with synonyms", dcreq(true, false, 4, "1", nil))
	D("broker default", dcreq(true, false, 4, "", nil))
	D("broker 2", dcreq(false, false, 4, "2", nil))
	D("broker abc", dcreq(false, false, 4, "abc", nil))
	D("broker -1", dcreq(false, false, 4, "-1", nil))
	D("empty names", dcreq(false, false, 2, t, []string{}))
	D("names", dcreq(true, false, 2, t, []string{"retention.ms", "no.such", "segment.bytes", "retention.ms", ""}))
	D("unknown topic", dcreq(false, false, 2, t+"u", nil))
	D("invalid topic", dcreq(false, false, 2, "a b", nil))
	D("empty topic", dcreq(false, false, 2, "", nil))
	D("twice", dcreq(false, false, 2, t, []string{"retention.ms"}, 2, t, []string{"segment.ms"}))
	D("several", dcreq(false, false, 2, t, []string{"retention.ms"}, 4, "1", []string{"log.retention.ms"}, 2, t+"u", nil))
	for _, typ := range []int{0, 1, 3, 5, 99, -1} {
		D(fmt.Sprint("type ", typ), dcreq(false, false, typ, t, nil))
	}
	D("empty", dcreq(false, false))
	D("logger 1, root", dcreq(false, false, 8, "1", []string{"root"}))
	D("logger 2", dcreq(false, false, 8, "2", nil))
	D("logger empty", dcreq(false, false, 8, "", nil))
	D("client metrics", dcreq(false, false, 16, "x", nil))
	D("client metrics empty", dcreq(false, false, 16, "", nil))
	D("group", dcreq(true, false, 32, "x", nil))
	D("group empty", dcreq(true, false, 32, "", nil))
	D("internal topic", dcreq(false, false, 2, "__consumer_offsets", nil))
	if s.version(32) >= 3 {
		D("docs of topic", dcreq(false, true, 2, t, nil))
		D("docs of broker", dcreq(false, true, 4, "1", nil))
	}
})

var _ = conv("alterconfigs", 33, func(s *side, t string) {
	s.mk(t, 1, "retention.ms", "5000", "segment.ms", "60000")
	s.mk(t+"2", 1)
	A := func(label string, vo bool, typ int, name string, kvs ...string) {
		r := kmsg.NewPtrAlterConfigsRequest()
		r.ValidateOnly = vo
		x := kmsg.NewAlterConfigsRequestResource()
		x.ResourceType, x.ResourceName = kmsg.ConfigResourceType(typ), name
		for i := 0; i < len(kvs); i += 2 {
			c := kmsg.NewAlterConfigsRequestResourceConfig()
			c.Name = kvs[i]
			if kvs[i+1] != "<null>" {
				c.Value = sp(kvs[i+1])
			}
			x.Configs = append(x.Configs, c)
		}
		r.Resources = append(r.Resources, x)
		if label[0] == '2' {
			r.Resources = append(r.Resources, x)
		}
		do[*kmsg.AlterConfigsResponse](s, label, r)
		see := dcreq(false, false, 2, t, []string{"retention.ms", "segment.ms", "cleanup.policy"})
		s.unchanged(see)
		do[*kmsg.DescribeConfigsResponse](s, "see after "+label, see)
	}
	A("validate only", true, 2, t, "retention.ms", "7000")
	A("one", false, 2, t, "retention.ms", "7000")
	A("none", false, 2, t)
	A("unknown name", false, 2, t, "no.such", "1")
	A("bad value", false, 2, t, "retention.ms", "x")
	A("null value", false, 2, t, "retention.ms", "<null>")
	A("empty value", false, 2, t, "retention.ms", "")
	A("twice the name", false, 2, t, "retention.ms", "1", "retention.ms", "2")
	A("list", false, 2, t, "cleanup.policy", "compact,compact")
	A("list spaces", false, 2, t, "cleanup.policy", "compact, delete")
	A("2 resources the same", false, 2, t, "retention.ms", "1")
	A("unknown topic", false, 2, t+"u", "retention.ms", "1")
	A("empty topic", false, 2, "", "retention.ms", "1")
	A("invalid topic", false, 2, "a b", "retention.ms", "1")
	A("broker 2", false, 4, "2", "log.cleaner.threads", "2")
	A("broker abc", false, 4, "abc", "log.cleaner.threads", "2")
	A("broker validate", true, 4, "1", "log.cleaner.threads", "2")
	A("broker read-only", false, 4, "1", "num.partitions", "3")
	A("broker unknown", true, 4, "1", "no.such.thing", "3")
	A("broker default validate", true, 4, "", "log.cleaner.threads", "2")
	A("broker default per-broker only", true, 4, "", "listeners", "PLAINTEXT://:1")
	A("type 0", false, 0, t, "retention.ms", "1")
	A("type 8", false, 8, "1", "root", "INFO")
	A("type 99", false, 99, t, "retention.ms", "1")
	A("type 16", true, 16, t, "interval.ms", "1000")
	A("type 32", true, 32, t, "consumer.session.timeout.ms", "50000")
	r := kmsg.NewPtrAlterConfigsRequest()
	do[*kmsg.AlterConfigsResponse](s, "empty", r)
})

var _ = conv("incremental", 44, func(s *side, t string) {
	s.mk(t, 1, "retention.ms", "5000", "segment.ms", "60000")
	I := func(label string, vo bool, typ int, name string, kvs ...any) {
		r := kmsg.NewPtrIncrementalAlterConfigsRequest()
		r.ValidateOnly = vo
		x := kmsg.NewIncrementalAlterConfigsRequestResource()
		x.ResourceType, x.ResourceName = kmsg.ConfigResourceType(typ), name
		for i := 0; i < len(kvs); i += 3 {
			c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
			c.Name = kvs[i].(string)
			c.Op = kmsg.IncrementalAlterConfigOp(kvs[i+1].(int))
			if kvs[i+2].(string) != "<null>" {
				c.Value = sp(kvs[i+2].(string))
			}
			x.Configs = append(x.Configs, c)
		}
		r.Resources = append(r.Resources, x)
		if label[0] == '2' {
			r.Resources = append(r.Resources, x)
		}
		do[*kmsg.IncrementalAlterConfigsResponse](s, label, r)
		see := dcreq(true, false, 2, t, []string{"retention.ms", "segment.ms", "cleanup.policy", "min.insync.replicas",
			"leader.replication.throttled.replicas"})
		s.unchanged(see)
		do[*kmsg.DescribeConfigsResponse](s, "see after "+label, see)
	}
	const set, del, app, sub = 0, 1, 2, 3
	I("validate only", true, 2, t, "retention.ms", set, "6000")
	I("set", false, 2, t, "retention.ms", set, "6000")
	I("delete", false, 2, t, "retention.ms", del, "<null>")
	I("delete again", false, 2, t, "retention.ms", del, "<null>")
	I("delete with a value", false, 2, t, "segment.ms", del, "5")
	I("set null", false, 2, t, "retention.ms", set, "<null>")
	I("set empty", false, 2, t, "retention.ms", set, "")
	I("append", false, 2, t, "cleanup.policy", app, "compact")
	I("append again", false, 2, t, "cleanup.policy", app, "compact")
	I("append bad", false, 2, t, "cleanup.policy", app, "shred")
	I("append two", false, 2, t, "cleanup.policy", app, "compact,delete")
	I("subtract", false, 2, t, "cleanup.policy", sub, "delete")
	I("subtract missing", false, 2, t, "cleanup.policy", sub, "delete")
	I("subtract last", false, 2, t, "cleanup.policy", sub, "compact")
	I("append null", false, 2, t, "cleanup.policy", app, "<null>")
	I("append empty", false, 2, t, "cleanup.policy", app, "")
	I("append to int", false, 2, t, "retention.ms", app, "5")
	I("subtract from int", false, 2, t, "retention.ms", sub, "5")
	I("throttled set", false, 2, t, "leader.replication.throttled.replicas", set, "0:1")
	I("throttled append", false, 2, t, "leader.replication.throttled.replicas", app, "1:1")
	I("throttled subtract", false, 2, t, "leader.replication.throttled.replicas", sub, "0:1")
	I("throttled bad", false, 2, t, "leader.replication.throttled.replicas", app, "z")
	I("throttled star", false, 2, t, "leader.replication.throttled.replicas", set, "*")
	I("unknown name", false, 2, t, "no.such", set, "5")
	I("unknown name delete", false, 2, t, "no.such", del, "<null>")
	I("unknown op", false, 2, t, "retention.ms", 9, "5")
	I("negative op", false, 2, t, "retention.ms", -1, "5")
	I("bad value", false, 2, t, "retention.ms", set, "x")
	I("bad double", false, 2, t, "min.cleanable.dirty.ratio", set, "x")
	I("out of range", false, 2, t, "min.insync.replicas", set, "0")
	I("min isr", false, 2, t, "min.insync.replicas", set, "1")
	I("twice the name", false, 2, t, "retention.ms", set, "1", "retention.ms", set, "2")
	I("set and delete", false, 2, t, "retention.ms", set, "1", "retention.ms", del, "<null>")
	I("empty name", false, 2, t, "", set, "1")
	I("no configs", false, 2, t)
	I("2 resources the same", false, 2, t, "retention.ms", set, "1")
	I("one good, one bad", false, 2, t, "retention.ms", set, "99999", "segment.ms", set, "x")
	I("unknown topic", false, 2, t+"u", "retention.ms", set, "1")
	I("empty topic", false, 2, "", "retention.ms", set, "1")
	I("invalid topic", false, 2, "a b", "retention.ms", set, "1")
	I("broker 2", true, 4, "2", "log.cleaner.threads", set, "2")
	I("broker abc", false, 4, "abc", "log.cleaner.threads", set, "2")
	I("broker validate", true, 4, "1", "log.cleaner.threads", set, "2")
	I("broker bad", true, 4, "1", "log.cleaner.threads", set, "x")
	I("broker threads too many", true, 4, "1", "log.cleaner.threads", set, "1000")
	I("broker threads 0", true, 4, "1", "num.io.threads", set, "0")
	I("broker read-only", false, 4, "1", "num.partitions", set, "3")
	I("broker read-only node.id", false, 4, "1", "node.id", set, "3")
	I("broker unknown", true, 4, "1", "no.such.thing", set, "3")
	I("broker default validate", true, 4, "", "log.cleaner.threads", set, "2")
	I("broker default listeners", true, 4, "", "listeners", set, "PLAINTEXT://:1")
	I("broker listeners", true, 4, "1", "listeners", set, "x")
	I("broker topic config name", true, 4, "1", "retention.ms", set, "3")
	I("broker append", true, 4, "1", "log.cleanup.policy", app, "compact")
	I("type 0", false, 0, t, "retention.ms", set, "1")
	I("type 8 bad level", false, 8, "1", "root", set, "LOUD")
	I("type 8 unknown logger", false, 8, "1", "no.such.logger", set, "INFO")
	I("type 8 delete root", false, 8, "1", "root", del, "<null>")
	I("type 8 append", false, 8, "1", "root", app, "INFO")
	I("type 8 other", false, 8, "2", "root", set, "INFO")
	I("type 8 ok validate", true, 8, "1", "root", set, "INFO")
	I("type 99", false, 99, t, "retention.ms", set, "1")
	I("type 16", true, 16, t, "interval.ms", set, "1000")
	I("type 32", true, 32, t, "consumer.session.timeout.ms", set, "50000")
	do[*kmsg.IncrementalAlterConfigsResponse](s, "empty", kmsg.NewPtrIncrementalAlterConfigsRequest())
})

var _ = conv("brokerconfigs", 44, func(s *side, t string) {
	s.mk(t, 1)
	I := func(label, name, cfg string, op int, val string) {
		r := kmsg.NewPtrIncrementalAlterConfigsRequest()
		x := kmsg.NewIncrementalAlterConfigsRequestResource()
		x.ResourceType, x.ResourceName = 4, name
		c := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		c.Name, c.Op = cfg, kmsg.IncrementalAlterConfigOp(op)
		if val != "<null>" {
			c.Value = sp(val)
		}
		x.Configs = append(x.Configs, c)
		r.Resources = append(r.Resources, x)
		do[*kmsg.IncrementalAlterConfigsResponse](s, label, r)
		s.pause(300)
		do[*kmsg.DescribeConfigsResponse](s, "see broker after "+label,
			dcreq(true, false, 4, "1", []string{cfg, "log.retention.ms", "log.retention.minutes", "log.retention.hours"}))
		do[*kmsg.DescribeConfigsResponse](s, "see default after "+label, dcreq(true, false, 4, "", nil))
		do[*kmsg.DescribeConfigsResponse](s, "see topic after "+label,
			dcreq(true, false, 2, t, []string{"retention.ms", "max.message.bytes", "compression.type"}))
	}
	I("default retention", "", "log.retention.ms", 0, "777000")
	I("broker retention", "1", "log.retention.ms", 0, "888000")
	I("default max bytes", "", "message.max.bytes", 0, "2000000")
	I("compression", "1", "compression.type", 0, "lz4")
	I("ssl password", "1", "ssl.keystore.password", 0, "secret")
	I("delete 1", "1", "log.retention.ms", 1, "<null>")
	I("delete 2", "", "log.retention.ms", 1, "<null>")
	I("delete 3", "", "message.max.bytes", 1, "<null>")
	I("delete 4", "1", "compression.type", 1, "<null>")
	I("delete 5", "1", "ssl.keystore.password", 1, "<null>")
})
