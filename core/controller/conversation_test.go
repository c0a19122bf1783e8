package controller

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kmsg"

	"gregor/core/kafka"
	"gregor/core/metadata"
	"gregor/internal/conversation"
)

// TestConversations plays the files of testdata. A line is a command; below it, indented, stand the response and
// the partitions and brokers that changed. testdata/README describes the commands. A line "# mutant: NAME" names
// the planted bug that the file shows, and the next line what it does: TestWithout plays the file with it.
func TestConversations(t *testing.T) {
	conversation.Files(t, "testdata/*.txt", func(t *testing.T, text string) string { return play(t, text) })
}

// talk is one conversation.
type talk struct {
	*cluster
	args []string          // words without =
	opts map[string]string // words with =
	out  strings.Builder
}

// tester is what *testing.T and a witness have in common.
type tester interface {
	require.TestingT
	Fatalf(format string, args ...any)
}

// play plays a file.
func play(t tester, text string) string {
	k := &talk{cluster: newCluster(t, map[bool]int16{true: 1}[!strings.Contains(text, "# without elr")])}
	k.laws.lossy = strings.Contains(text, "# lossy")
	return conversation.Play(t, text, func(c *conversation.Command) string {
		k.out.Reset()
		k.args, k.opts = c.Words, c.Args
		k.step(t, c.Name)
		return k.out.String()
	})
}

func (k *talk) say(format string, args ...any) {
	fmt.Fprintf(&k.out, format+"\n", args...)
}

// step runs a command and prints what it changed.
func (k *talk) step(t tester, command string) {
	partitions, brokers := k.partitions(), k.image.Brokers()
	commands := map[string]func(){"brokers": k.brokers, "register": k.doRegister, "heartbeat": k.doHeartbeat,
		"tick":       k.tick,
		"unregister": k.doUnregister, "create-topic": k.doCreateTopic, "create-partitions": k.doCreatePartitions,
		"delete-topic": k.doDeleteTopic, "alter-partition": k.doAlter, "elect": k.elect, "reassign": k.doReassign,
		"reassignments": k.reassignments, "config": k.config, "feature": k.feature, "producer-ids": k.producerIDs,
		"failover": k.lead, "image": k.all}
	run := commands[command]
	if run == nil {
		t.Fatalf("no command %q", command)
	}
	run()
	if command == "image" {
		return
	}
	for _, b := range k.image.Brokers() {
		if !slices.Contains(brokers, b) {
			k.say("%s", brokerLine(b))
		}
	}
	now := k.partitions()
	for _, name := range slices.Sorted(mapKeys(now)) {
		if now[name] != partitions[name] {
			k.say("%s", line(name, now[name]))
		}
	}
}

func mapKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

func brokerLine(b *metadata.Broker) string {
	out := fmt.Sprintf("broker %d epoch=%d", b.ID, b.Epoch)
	if b.Rack != nil {
		out += " rack=" + *b.Rack
	}
	if b.Fenced {
		out += " fenced"
	}
	if b.InControlledShutdown {
		out += " in-controlled-shutdown"
	}
	return out
}

func (k *talk) all() {
	for _, b := range k.image.Brokers() {
		k.say("%s", brokerLine(b))
	}
	now := k.partitions()
	for _, name := range slices.Sorted(mapKeys(now)) {
		k.say("%s", line(name, now[name]))
	}
}

func node(text string) kafka.NodeID {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return kafka.NodeID(n)
}

func nodeList(text string) []kafka.NodeID {
	var out []kafka.NodeID
	for w := range strings.SplitSeq(text, ",") {
		if w != "" {
			out = append(out, node(w))
		}
	}
	return out
}

func (k *talk) number(name string, or int64) int64 {
	text, ok := k.opts[name]
	if !ok {
		return or
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// named splits topic-partition.
func named(text string) (string, int32) {
	i := strings.LastIndex(text, "-")
	n, err := strconv.Atoi(text[i+1:])
	if err != nil {
		panic(text)
	}
	return text[:i], int32(n)
}

func code(n int16) string { return kafka.ErrorCode(n).String() }

func because(text *string) string {
	if text == nil {
		return ""
	}
	return ": " + *text
}

// brokers 1..3 rack=a,b,c
func (k *talk) brokers() {
	from, to, _ := strings.Cut(k.args[0], "..")
	racks := strings.Split(k.opts["rack"], ",")
	for i := node(from); i <= node(to); i++ {
		k.register(i, racks[int(i-node(from))%len(racks)], -1)
		k.heartbeat(i, false, false)
	}
}

// register 1 [rack=a] [previous=EPOCH] [incarnation=same] [disk=new]
func (k *talk) doRegister() {
	id := node(k.args[0])
	if k.opts["incarnation"] == "same" {
		b, _ := k.image.Broker(id)
		r := k.registerAs(b.Incarnation, id, k.opts["rack"], -1)
		k.say("%s epoch=%d", code(r.ErrorCode), r.BrokerEpoch)
		return
	}
	if k.opts["disk"] == "new" {
		k.disks[id]++
	}
	r := k.register(id, k.opts["rack"], kafka.BrokerEpoch(k.number("previous", -1)))
	k.say("%s epoch=%d", code(r.ErrorCode), r.BrokerEpoch)
}

// heartbeat 1 [want=fence|shutdown] [read=OFFSET]
func (k *talk) doHeartbeat() {
	r := k.heartbeat(node(k.args[0]), k.opts["want"] == "fence", k.opts["want"] == "shutdown",
		kafka.Offset(k.number("read", int64(k.next()-1))))
	k.say("%s caught-up=%t fenced=%t should-shut-down=%t", code(r.ErrorCode), r.IsCaughtUp, r.IsFenced, r.ShouldShutdown)
}

// tick 10s [alive=1,2]
func (k *talk) tick() {
	d, err := time.ParseDuration(k.args[0])
	if err != nil {
		panic(err)
	}
	k.say("decisions: %d", k.pass(d, nodeList(k.opts["alive"])...))
}

func (k *talk) doUnregister() {
	r := kmsg.NewPtrUnregisterBrokerRequest()
	r.BrokerID = int32(node(k.args[0]))
	resp := k.ask(r).(*kmsg.UnregisterBrokerResponse)
	k.say("%s%s", code(resp.ErrorCode), because(resp.ErrorMessage))
}

// create-topic NAME partitions=N factor=N | replicas=1,2/2,3 [config=value ...]
func (k *talk) doCreateTopic() {
	partitions, factor := k.number("partitions", -1), k.number("factor", -1)
	var replicas [][]int32
	if text, ok := k.opts["replicas"]; ok {
		for part := range strings.SplitSeq(text, "/") {
			replicas = append(replicas, numbers(nodeList(part)))
		}
	}
	var configs []string
	for _, name := range slices.Sorted(mapKeys(k.opts)) {
		if name != "partitions" && name != "factor" && name != "replicas" {
			configs = append(configs, name+"="+k.opts[name])
		}
	}
	r := k.createTopic(k.args[0], int32(partitions), int16(factor), replicas, configs...)
	k.say("%s%s", code(r.ErrorCode), because(r.ErrorMessage))
}

func (k *talk) doCreatePartitions() {
	r := kmsg.NewPtrCreatePartitionsRequest()
	ask := kmsg.CreatePartitionsRequestTopic{Topic: k.args[0], Count: int32(k.number("count", 0))}
	if text, ok := k.opts["replicas"]; ok {
		for part := range strings.SplitSeq(text, "/") {
			ask.Assignment = append(ask.Assignment,
				kmsg.CreatePartitionsRequestTopicAssignment{Replicas: numbers(nodeList(part))})
		}
	}
	r.Topics = append(r.Topics, ask)
	resp := k.ask(r).(*kmsg.CreatePartitionsResponse).Topics[0]
	k.say("%s%s", code(resp.ErrorCode), because(resp.ErrorMessage))
}

func (k *talk) doDeleteTopic() {
	r := kmsg.NewPtrDeleteTopicsRequest()
	for _, name := range k.args {
		r.Topics = append(r.Topics, kmsg.DeleteTopicsRequestTopic{Topic: &name})
	}
	for _, t := range k.ask(r).(*kmsg.DeleteTopicsResponse).Topics {
		k.say("%s%s", code(t.ErrorCode), because(t.ErrorMessage))
	}
}

// alter-partition t-0 isr=1,2 [from=1] [leader-epoch=N] [version=N] [recovery=1] [broker-epoch=N] [epochs=-1,5]
func (k *talk) doAlter() {
	topic, n := named(k.args[0])
	resp := k.alter(topic, kafka.PartitionID(n), func(r *kmsg.AlterPartitionRequest,
		ask *kmsg.AlterPartitionRequestTopicPartition) {
		if from, ok := k.opts["from"]; ok {
			r.BrokerID, r.BrokerEpoch = int32(node(from)), int64(k.epoch(node(from)))
		}
		r.BrokerEpoch = k.number("broker-epoch", r.BrokerEpoch)
		ask.LeaderEpoch = int32(k.number("leader-epoch", int64(ask.LeaderEpoch)))
		ask.PartitionEpoch = int32(k.number("version", int64(ask.PartitionEpoch)))
		ask.LeaderRecoveryState = int8(k.number("recovery", 0))
		for i, e := range nodeList(k.opts["epochs"]) {
			ask.NewEpochISR[i].BrokerEpoch = int64(e)
		}
	}, nodeList(k.opts["isr"])...)
	if resp.ErrorCode != 0 {
		k.say("%s", code(resp.ErrorCode))
		return
	}
	p := resp.Topics[0].Partitions[0]
	if p.ErrorCode != 0 {
		k.say("%s", code(p.ErrorCode))
		return
	}
	k.say("%s leader=%d epoch=%d isr=%s recovery=%d version=%d", code(p.ErrorCode), p.LeaderID, p.LeaderEpoch,
		list(nodes(p.ISR)), p.LeaderRecoveryState, p.PartitionEpoch)
}

// elect preferred|unclean t-0 ...|all
func (k *talk) elect() {
	r := kmsg.NewPtrElectLeadersRequest()
	if k.args[0] == "unclean" {
		r.ElectionType = 1
	}
	for _, at := range k.args[1:] {
		if at != "all" {
			topic, n := named(at)
			r.Topics = append(r.Topics, kmsg.ElectLeadersRequestTopic{Topic: topic, Partitions: []int32{n}})
		}
	}
	for _, t := range k.ask(r).(*kmsg.ElectLeadersResponse).Topics {
		for _, p := range t.Partitions {
			k.say("%s-%d %s%s", t.Topic, p.Partition, code(p.ErrorCode), because(p.ErrorMessage))
		}
	}
}

// reassign t-0 1,2,3|cancel
func (k *talk) doReassign() {
	topic, n := named(k.args[0])
	ask := kmsg.AlterPartitionAssignmentsRequestTopicPartition{Partition: n}
	if k.args[1] != "cancel" {
		ask.Replicas = numbers(nodeList(k.args[1]))
	}
	r := kmsg.NewPtrAlterPartitionAssignmentsRequest()
	r.AllowReplicationFactorChange = k.opts["factor"] != "same"
	r.Topics = []kmsg.AlterPartitionAssignmentsRequestTopic{{Topic: topic,
		Partitions: []kmsg.AlterPartitionAssignmentsRequestTopicPartition{ask}}}
	p := k.ask(r).(*kmsg.AlterPartitionAssignmentsResponse).Topics[0].Partitions[0]
	k.say("%s%s", code(p.ErrorCode), because(p.ErrorMessage))
}

func (k *talk) reassignments() {
	answer := k.ask(kmsg.NewPtrListPartitionReassignmentsRequest()).(*kmsg.ListPartitionReassignmentsResponse)
	for _, t := range answer.Topics {
		for _, p := range t.Partitions {
			k.say("%s-%d replicas=%s adding=%s removing=%s", t.Topic, p.Partition, list(nodes(p.Replicas)),
				list(nodes(p.AddingReplicas)), list(nodes(p.RemovingReplicas)))
		}
	}
}

// config topic NAME|brokers|broker ID k=v (k= deletes)
func (k *talk) config() {
	r := kmsg.NewPtrIncrementalAlterConfigsRequest()
	in := kmsg.IncrementalAlterConfigsRequestResource{ResourceType: kmsg.ConfigResourceTypeBroker}
	if k.args[0] == "topic" {
		in.ResourceType = kmsg.ConfigResourceTypeTopic
	}
	if len(k.args) > 1 {
		in.ResourceName = k.args[1]
	}
	for _, name := range slices.Sorted(mapKeys(k.opts)) {
		value := k.opts[name]
		c := kmsg.IncrementalAlterConfigsRequestResourceConfig{Name: name, Value: &value}
		if value == "" {
			c.Op, c.Value = kmsg.IncrementalAlterConfigOpDelete, nil
		}
		in.Configs = append(in.Configs, c)
	}
	r.Resources = append(r.Resources, in)
	out := k.ask(r).(*kmsg.IncrementalAlterConfigsResponse).Resources[0]
	k.say("%s%s", code(out.ErrorCode), because(out.ErrorMessage))
}

// feature NAME LEVEL [downgrade]
func (k *talk) feature() {
	r := kmsg.NewPtrUpdateFeaturesRequest()
	u := kmsg.UpdateFeaturesRequestFeatureUpdate{Feature: k.args[0], MaxVersionLevel: int16(node(k.args[1])),
		UpgradeType: upgrade}
	if len(k.args) > 2 {
		u.UpgradeType = safeDowngrade
	}
	r.FeatureUpdates = append(r.FeatureUpdates, u)
	resp := k.ask(r).(*kmsg.UpdateFeaturesResponse)
	k.say("%s%s", code(resp.ErrorCode), because(resp.ErrorMessage))
}

func (k *talk) producerIDs() {
	r := kmsg.NewPtrAllocateProducerIDsRequest()
	r.BrokerID = int32(node(k.args[0]))
	r.BrokerEpoch = k.number("epoch", int64(k.epoch(node(k.args[0]))))
	resp := k.ask(r).(*kmsg.AllocateProducerIDsResponse)
	k.say("%s first=%d count=%d", code(resp.ErrorCode), resp.ProducerIDStart, resp.ProducerIDLen)
}
