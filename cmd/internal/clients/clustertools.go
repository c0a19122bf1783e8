package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The classes behind Kafka's scripts that are about clusters.
const (
	kafkaQuorum   = "org.apache.kafka.tools.MetadataQuorumCommand"
	kafkaElection = "org.apache.kafka.tools.LeaderElectionCommand"
	kafkaReassign = "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"
	kafkaFeatures = "org.apache.kafka.tools.FeatureCommand"
	kafkaCluster  = "org.apache.kafka.tools.ClusterTool"
	kafkaVerify   = "org.apache.kafka.tools.ReplicaVerificationTool"
)

// cluster is the part of the suite that needs one: Kafka's tools for operators, and clients through crashes.
func (s *suite) cluster(ctx context.Context, b built) {
	c, err := startCluster(ctx, b)
	if err == nil {
		err = c.whole(ctx)
	}
	s.tally.step("three brokers start", func() error { return err })
	defer c.kill()
	if err != nil {
		return
	}
	s.bootstrap = c.bootstrap()
	t := &operator{suite: s, cluster: c, ctx: ctx, topic: "tools-" + s.run}
	s.tally.step("kafka-topics makes and describes a topic of three replicas", t.topics)
	s.tally.step("kafka-metadata-quorum describes the quorum, asked at brokers and at controllers", t.quorum)
	s.tally.step("kafka-leader-election brings a leader back after a crash", t.election)
	s.tally.step("kafka-reassign-partitions moves a partition under load", t.reassign)
	s.tally.step("kafka-consumer-groups describes and resets a group, asked at each broker", t.groups)
	s.tally.step("kafka-configs alters at one broker what another one describes", t.configs)
	s.tally.step("kafka-log-dirs, kafka-get-offsets, kafka-cluster, kafka-features", t.rest)
	s.tally.step("kafka-replica-verification finds the same bytes on all replicas", t.verify)
	s.tally.step("kafka-broker-api-versions shows clients nothing of the controllers", t.versions)
	s.tally.step("kafka-dump-log reads the metadata log and its snapshot", t.dump)
	s.failover(ctx, c)
	s.tally.client = clusterPart
	s.tally.step("the brokers stop on SIGTERM", c.stop)
	s.tally.step("kafka-dump-log reads the metadata log and its snapshot again", t.dump)
	s.tally.client = "drill"
	s.program(ctx, filepath.Join(s.source, "python"), nil, s.python(), "drill.py", b.binary, "--rounds",
		strconv.Itoa(drillRounds))
}

// drillRounds is how often the drill kills a leader; by hand it is run with more.
const drillRounds = 4

// operator drives Kafka's tools against a cluster.
type operator struct {
	*suite
	*cluster
	ctx   context.Context
	topic string
}

func (t *operator) run(class string, args ...string) (string, error) {
	return t.tool(t.ctx, "", class, append([]string{"--bootstrap-server", t.suite.bootstrap}, args...)...)
}

// described is a partition as kafka-topics describes it.
type described struct {
	leader        int
	replicas, isr []int
}

var describedLine = regexp.MustCompile(`Partition: (\d+)\tLeader: (\w+)\tReplicas: ([\d,]+)\tIsr: ([\d,]*)\tElr: ([\d,]*)\tLastKnownElr: ([\d,]*)`)

func (t *operator) describe(args ...string) (map[int]described, error) {
	out, err := t.run(kafkaTopics, append([]string{"--describe", "--topic", t.topic}, args...)...)
	if err != nil {
		return nil, err
	}
	all := map[int]described{}
	for _, m := range describedLine.FindAllStringSubmatch(out, -1) {
		leader, err := strconv.Atoi(m[2])
		if err != nil {
			leader = -1 // "none"
		}
		all[numbers(m[1])[0]] = described{leader, numbers(m[3]), numbers(m[4])}
	}
	return all, nil
}

func numbers(list string) (all []int) {
	for f := range strings.SplitSeq(list, ",") {
		if n, err := strconv.Atoi(f); err == nil {
			all = append(all, n)
		}
	}
	return all
}

func (t *operator) topics() error {
	out, err := t.run(kafkaTopics, "--create", "--topic", t.topic, "--partitions", "3", "--replication-factor", "3")
	if err := wants(out, err, "Created topic "+t.topic); err != nil {
		return err
	}
	if err := t.whole(t.ctx); err != nil {
		return err
	}
	all, err := t.describe()
	if err != nil {
		return err
	}
	leaders := map[int]bool{}
	for i, p := range all {
		leaders[p.leader] = true
		slices.Sort(p.isr)
		if len(p.replicas) != 3 || p.leader != p.replicas[0] || !slices.Equal(p.isr, []int{1, 2, 3}) {
			return fmt.Errorf("partition %d is %+v", i, p)
		}
	}
	if len(all) != 3 || len(leaders) != 3 {
		return fmt.Errorf("the partitions are %+v", all)
	}
	if lacking, err := t.describe("--under-replicated-partitions"); err != nil || len(lacking) > 0 {
		return fmt.Errorf("under-replicated: %v (%v)", lacking, err)
	}
	_, err = t.run(kafkaTopics, "--create", "--topic", t.topic+"-4", "--partitions", "1", "--replication-factor", "4")
	if err == nil || !strings.Contains(err.Error(), "replication factor 4") {
		return fmt.Errorf("four replicas on three brokers give %v", err)
	}
	return nil
}

// quorum asks everybody; all must name the same leader.
func (t *operator) quorum() error {
	leaders := map[string]bool{}
	ask := []string{"--bootstrap-server", t.suite.bootstrap}
	for i := range t.controllers {
		out, err := t.tool(t.ctx, "", kafkaQuorum, append(slices.Clone(ask), "describe", "--status")...)
		if err := wants(out, err, "MaxFollowerLag: ", "CurrentObservers:       []"); err != nil {
			return fmt.Errorf("%v: %w", ask, err)
		}
		m := regexp.MustCompile(`LeaderId: +(\d+)\nLeaderEpoch: +[1-9]\d*\nHighWatermark: +[1-9]\d*\n`).FindStringSubmatch(out)
		if m == nil {
			return fmt.Errorf("%v: %s", ask, short(out))
		}
		leaders[m[1]] = true
		for _, at := range t.controllers {
			if !strings.Contains(out, `"endpoints": ["CONTROLLER://`+at+`"]`) {
				return fmt.Errorf("%v: the controller at %s is not named: %s", ask, at, out)
			}
		}
		if err := t.replication(ask); err != nil {
			return err
		}
		ask = []string{"--bootstrap-controller", t.controllers[i]}
	}
	if len(leaders) != 1 {
		return fmt.Errorf("the leaders are %v", leaders)
	}
	return nil
}

// replication wants a leader and two followers, none of which lags for long.
func (t *operator) replication(ask []string) error {
	return t.eventually(func() error {
		out, err := t.tool(t.ctx, "", kafkaQuorum, append(slices.Clone(ask), "describe", "--replication")...)
		if err != nil {
			return err
		}
		rows := regexp.MustCompile(`(?m)^[123] +\t\S{22}\t\d+ +\t0 +\t\d{13} +\t\d{13} +\t(Leader|Follower) *\t$`).FindAllStringSubmatch(out, -1)
		roles := map[string]int{}
		for _, r := range rows {
			roles[r[1]]++
		}
		if roles["Leader"] != 1 || roles["Follower"] != 2 {
			return fmt.Errorf("%v: %s", ask, out)
		}
		return nil
	})
}

func (t *operator) eventually(f func() error) error {
	ctx, cancel := context.WithTimeout(t.ctx, stepMax)
	defer cancel()
	return eventually(ctx, f)
}

// election kills the leader of a partition: another one leads until the old one is back and is elected.
func (t *operator) election() error {
	all, err := t.describe()
	if err != nil {
		return err
	}
	preferred := all[0].replicas[0]
	t.nodes[preferred-1].kill()
	if err := t.eventually(func() error {
		lacking, err := t.describe("--under-replicated-partitions")
		if err == nil && (len(lacking) != 3 || lacking[0].leader == preferred || lacking[0].leader < 0) {
			err = fmt.Errorf("under-replicated: %+v", lacking)
		}
		return err
	}); err != nil {
		return err
	}
	if gone, err := t.describe("--unavailable-partitions"); err != nil || len(gone) > 0 {
		return fmt.Errorf("unavailable: %v (%v)", gone, err)
	}
	if err := t.restart(t.ctx, preferred-1); err != nil {
		return err
	}
	if err := t.whole(t.ctx); err != nil {
		return err
	}
	elect := []string{"--election-type", "preferred", "--topic", t.topic, "--partition", "0"}
	out, err := t.run(kafkaElection, elect...)
	if err := wants(out, err, "Successfully completed leader election (PREFERRED) for partitions "+t.topic+
		"-0"); err != nil {
		return err
	}
	if all, err = t.describe(); err != nil || all[0].leader != preferred {
		return fmt.Errorf("after the election: %+v (%v)", all, err)
	}
	out, err = t.run(kafkaElection, elect...)
	if err := wants(out, err, "Valid replica already elected for partitions "+t.topic+"-0"); err != nil {
		return err
	}
	elect[1] = "unclean"
	out, err = t.run(kafkaElection, elect...)
	return wants(out, err, "Valid replica already elected for partitions "+t.topic+"-0")
}

// reassign takes a replica away and gives it back elsewhere in the order, while a producer writes to the partition.
func (t *operator) reassign() error {
	load := &survivor{topic: t.topic, stop: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.ctx)
	load.done = cancel
	defer load.end()
	if err := franzThrough(ctx, t.suite, load); err != nil {
		return err
	}
	if !load.until(stepMax, func() bool { return len(load.acked) > 0 }) {
		return fmt.Errorf("the load does not begin: %s", load.says())
	}
	all, err := t.describe()
	if err != nil {
		return err
	}
	before := all[0].replicas
	for _, to := range [][]int{before[1:], {before[1], before[2], before[0]}, before} {
		if err := t.move(0, to); err != nil {
			return err
		}
	}
	close(load.stop)
	return load.judge()
}

func (t *operator) move(partition int, to []int) error {
	file := filepath.Join(t.scratch, "reassign.json")
	list := strings.ReplaceAll(strings.Trim(fmt.Sprint(to), "[]"), " ", ",")
	plan := fmt.Sprintf(`{"version":1,"partitions":[{"topic":%q,"partition":%d,"replicas":[%s]}]}`, t.topic, partition,
		list)
	if err := os.WriteFile(file, []byte(plan), 0o666); err != nil {
		return err
	}
	out, err := t.run(kafkaReassign, "--reassignment-json-file", file, "--execute", "--throttle", "50000000")
	name := fmt.Sprintf("%s-%d", t.topic, partition)
	if err := wants(out, err, "Successfully started partition reassignment for "+name,
		"The inter-broker throttle limit was set to 50000000 B/s"); err != nil {
		return err
	}
	if err := t.eventually(func() error {
		out, err := t.run(kafkaReassign, "--reassignment-json-file", file, "--verify")
		return wants(out, err, "Reassignment of partition "+name+" is completed.",
			"Clearing topic-level throttles on topic "+t.topic)
	}); err != nil {
		return err
	}
	out, err = t.run(kafkaReassign, "--list")
	if err := wants(out, err, "No partition reassignments found."); err != nil {
		return err
	}
	all, err := t.describe()
	if err == nil && !slices.Equal(all[partition].replicas, to) {
		err = fmt.Errorf("it shall be kept by %v, and is by %v", to, all[partition].replicas)
	}
	return err
}

// groups asks each broker alone: all but one send the tool on to the group's coordinator.
func (t *operator) groups() error {
	group := t.topic
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(t.suite.bootstrap, ",")...))
	if err != nil {
		return err
	}
	defer client.Close()
	ends, err := kadm.NewClient(client).ListEndOffsets(t.ctx, t.topic)
	if err != nil {
		return err
	}
	total := int64(0)
	ends.Each(func(o kadm.ListedOffset) { total += o.Offset })
	reset := func(to string) error {
		_, err := t.run(kafkaConsumerGroups, "--reset-offsets", "--group", group, "--topic", t.topic, to, "--execute")
		return err
	}
	if err := reset("--to-earliest"); err != nil {
		return err
	}
	for _, n := range t.nodes {
		if lag, err := t.lag(n.addr, group); err != nil || lag != total {
			return fmt.Errorf("%s reports a lag of %d, not %d (%v)", n.addr, lag, total, err)
		}
	}
	if err := reset("--to-latest"); err != nil {
		return err
	}
	if lag, err := t.lag(t.nodes[0].addr, group); err != nil || lag != 0 {
		return fmt.Errorf("the lag is %d at the end (%v)", lag, err)
	}
	out, err := t.run(kafkaConsumerGroups, "--describe", "--group", group, "--state")
	if err := wants(out, err, "Empty"); err != nil {
		return err
	}
	out, err = t.run(kafkaConsumerGroups, "--delete", "--group", group)
	return wants(out, err, "was successful")
}

func (t *operator) lag(at, group string) (lag int64, err error) {
	out, err := t.tool(t.ctx, "", kafkaConsumerGroups, "--bootstrap-server", at, "--describe", "--group", group)
	if err != nil {
		return 0, err
	}
	rows := linesWith(out, t.topic)
	for _, row := range rows {
		var name, topic string
		var partition, current, end, l int64
		if _, err := fmt.Sscan(row, &name, &topic, &partition, &current, &end, &l); err != nil {
			return 0, fmt.Errorf("%w in %q", err, row)
		}
		lag += l
	}
	if len(rows) != 3 {
		return 0, fmt.Errorf("%d partitions are listed: %s", len(rows), short(out))
	}
	return lag, nil
}

func (t *operator) configs() error {
	at := func(i int, args ...string) (string, error) {
		return t.tool(t.ctx, "", kafkaConfigs, append([]string{"--bootstrap-server", t.nodes[i].addr}, args...)...)
	}
	tells := func(i int, entity []string, texts ...string) error {
		return t.eventually(func() error {
			out, err := at(i, append(slices.Clone(entity), "--describe")...)
			return wants(out, err, texts...)
		})
	}
	topic := []string{"--entity-type", "topics", "--entity-name", t.topic}
	_, err1 := at(0, append(topic, "--alter", "--add-config", "retention.ms=7000000,min.insync.replicas=2")...)
	err2 := tells(1, topic, "retention.ms=7000000", "DYNAMIC_TOPIC_CONFIG:min.insync.replicas=2")
	_, err3 := at(1, append(topic, "--alter", "--delete-config", "retention.ms,min.insync.replicas")...)
	broker := []string{"--entity-type", "brokers", "--entity-name", "3"}
	_, err4 := at(0, append(broker, "--alter", "--add-config", "log.cleaner.backoff.ms=14000")...)
	err5 := tells(1, broker, "log.cleaner.backoff.ms=14000", "DYNAMIC_BROKER_CONFIG:log.cleaner.backoff.ms=14000")
	all := []string{"--entity-type", "brokers", "--entity-default"}
	_, err6 := at(2, append(all, "--alter", "--add-config", "log.retention.ms=80000000")...)
	err7 := tells(0, all, "log.retention.ms=80000000")
	err8 := tells(1, append(broker, "--all"), "log.retention.ms=80000000")
	_, err9 := at(0, append(all, "--alter", "--delete-config", "log.retention.ms")...)
	return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9)
}

func (t *operator) rest() error {
	out, err := t.run(kafkaLogDirs, "--describe", "--topic-list", t.topic)
	if err == nil && strings.Count(out, `"partition":"`+t.topic+`-0"`) != 3 {
		err = fmt.Errorf("not all brokers list partition 0: %s", short(out))
	}
	ends, err1 := t.run(kafkaGetOffsets, "--topic", t.topic)
	if n := len(linesWith(ends, t.topic+":")); err1 == nil && n != 3 {
		err1 = fmt.Errorf("offsets of %d partitions: %s", n, short(ends))
	}
	endpoints, err2 := t.tool(t.ctx, "", kafkaCluster, "list-endpoints", "--bootstrap-server", t.suite.bootstrap)
	if n := len(linesWith(endpoints, "127.0.0.1")); err2 == nil && n != 3 {
		err2 = fmt.Errorf("%d endpoints: %s", n, short(endpoints))
	}
	features, err3 := t.run(kafkaFeatures, "describe")
	err3 = wants(features, err3, "metadata.version", "eligible.leader.replicas.version", "FinalizedVersionLevel: 1")
	features, err4 := t.tool(t.ctx, "", kafkaFeatures, "--bootstrap-controller", t.controllers[1], "describe")
	return errors.Join(err, err1, err2, err3, wants(features, err4, "metadata.version"))
}

// verify reads every replica and compares: followers answer a tool, too.
func (t *operator) verify() error {
	is := regexp.MustCompile(`max lag is 0 for partition ` + t.topic + `-\d at offset \d+ among 3 partitions`)
	return outputUntil(t.ctx, is, "java", append(t.javaArgs(kafkaVerify), "--broker-list", t.suite.bootstrap,
		"--topics-include", t.topic, "--report-interval-ms", "500")...)
}

func (t *operator) versions() error {
	out, err := t.run(kafkaAPIVersions)
	if n := strings.Count(out, "DescribeQuorum(55): 0 to 2 "); err == nil && n != clusterSize {
		err = fmt.Errorf("%d brokers describe the quorum: %s", n, short(out))
	}
	for _, api := range []string{"Vote(52): 0", "AlterPartition(56): ", "Envelope(58): 0", "BrokerHeartbeat(63): 0"} {
		if err == nil && strings.Contains(out, api) {
			err = fmt.Errorf("a broker's listener serves %s", api)
		}
	}
	return err
}

// dump reads copies: the brokers go on writing.
func (t *operator) dump() error {
	copied, err := t.copyMetadata()
	if err != nil {
		return err
	}
	logs := slices.DeleteFunc(slices.Clone(copied), func(f string) bool { return !strings.HasSuffix(f, ".log") })
	snapshots := slices.DeleteFunc(copied, func(f string) bool { return !strings.HasSuffix(f, ".checkpoint") })
	if len(logs) == 0 || len(snapshots) == 0 {
		return fmt.Errorf("there are %d logs and %d snapshots", len(logs), len(snapshots))
	}
	return errors.Join(t.dumpMetadata(logs, "LeaderChange", `"type":"PARTITION_CHANGE_RECORD"`),
		t.dumpMetadata(snapshots, "SnapshotHeader", "SnapshotFooter", `"type":"REGISTER_BROKER_RECORD"`,
			`"type":"FEATURE_LEVEL_RECORD"`))
}

// dumpMetadata wants that each file is read without complaint, and the texts in each.
func (t *operator) dumpMetadata(files []string, texts ...string) error {
	out, err := t.tool(t.ctx, "", kafkaDumpLog, "--cluster-metadata-decoder", "--files", strings.Join(files, ","))
	if err != nil {
		return err
	}
	each := strings.Split(out, "Dumping ")[1:]
	if len(each) != len(files) {
		return fmt.Errorf("%d of %d files were read: %s", len(each), len(files), short(out))
	}
	for _, text := range each {
		if err := wants(text, complaints(text), texts...); err != nil {
			return err
		}
	}
	return nil
}

func (t *operator) copyMetadata() (copied []string, err error) {
	to, err := os.MkdirTemp(t.scratch, "metadata-")
	if err != nil {
		return nil, err
	}
	for i, n := range t.nodes {
		files, err := filepath.Glob(filepath.Join(n.dir, "__cluster_metadata-0", "*"))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if errors.Is(err, os.ErrNotExist) {
				continue // an older snapshot
			}
			name := filepath.Join(to, fmt.Sprint(i+1), filepath.Base(f))
			if err := errors.Join(err, os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, data, 0o666)); err != nil {
				return nil, err
			}
			copied = append(copied, name)
		}
	}
	return copied, nil
}
