package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The classes behind Kafka's own scripts.
const (
	kafkaTopics         = "org.apache.kafka.tools.TopicCommand"
	kafkaProducer       = "org.apache.kafka.tools.ConsoleProducer"
	kafkaConsumer       = "org.apache.kafka.tools.consumer.ConsoleConsumer"
	kafkaConsumerGroups = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
	kafkaGetOffsets     = "org.apache.kafka.tools.GetOffsetShell"
	kafkaConfigs        = "kafka.admin.ConfigCommand"
	kafkaLogDirs        = "org.apache.kafka.tools.LogDirsCommand"
	kafkaAPIVersions    = "org.apache.kafka.tools.BrokerApiVersionsCommand"
	kafkaDumpLog        = "org.apache.kafka.tools.DumpLogSegments"
)

// tool runs one of Kafka's tools and returns what it printed.
func (s *suite) tool(ctx context.Context, stdin, class string, args ...string) (string, error) {
	return output(ctx, stdin, "java", append(s.javaArgs(class), args...)...)
}

func (s *suite) javaArgs(class string) []string {
	return []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", filepath.Join(s.cache, "java", "*"),
		class}
}

// java drives Kafka's console producer and consumer and its admin tools.
func java(ctx context.Context, s *suite) {
	topic := "java-" + s.run
	run := func(stdin, class string, args ...string) (string, error) {
		return s.tool(ctx, stdin, class, append([]string{"--bootstrap-server", s.bootstrap}, args...)...)
	}
	s.tally.step("Kafka's configs are those that core/config is tested against", func() error { return s.configDefs(ctx) })
	s.tally.step("kafka-topics creates, lists, describes and grows a topic", func() error {
		return javaTopics(run, topic)
	})
	s.tally.step("the console producer's records, with keys and headers, come to the console consumer", func() error {
		return javaConsole(run, topic)
	})
	s.tally.step("kafka-get-offsets prints the end, the start and an offset by time", func() error {
		return javaOffsets(run, topic)
	})
	s.tally.step("a console consumer's group goes on where it stopped", func() error {
		return javaGroup(run, topic, s.run)
	})
	s.tally.step("kafka-consumer-groups lists, describes, resets and deletes a group", func() error {
		return javaGroupAdmin(run, topic, s.run)
	})
	s.tally.step("kafka-configs describes and alters a topic and a broker", func() error {
		return javaConfigs(run, topic)
	})
	s.tally.step("kafka-log-dirs and kafka-broker-api-versions", func() error { return javaRest(run, topic) })
	s.tally.step("kafka-topics deletes a topic", func() error {
		if _, err := run("", kafkaTopics, "--delete", "--topic", topic+"-gone"); err == nil {
			return errors.New("deleting a topic that does not exist is no error")
		}
		if _, err := run("", kafkaTopics, "--create", "--topic", topic+"-gone", "--partitions", "1"); err != nil {
			return err
		}
		_, err := run("", kafkaTopics, "--delete", "--topic", topic+"-gone")
		return err
	})
	if s.dataDir != "" {
		s.dump(ctx, false)
	}
}

// configDefs compares what Kafka's own code does with every config with the test data of core/config.
func (s *suite) configDefs(ctx context.Context) error {
	program := filepath.Join(s.source, "java", "ConfigDefs.java")
	data := filepath.Join(s.source, "..", "..", "..", "core", "config", "testdata", "kafka-4.3.0.jsonl")
	got, err := s.tool(ctx, "", program)
	if err != nil {
		return err
	}
	want, err := os.ReadFile(data)
	if err != nil {
		return err
	}
	known := strings.Split(string(want), "\n")
	for _, line := range strings.Split(got, "\n") {
		if !slices.Contains(known, line) {
			return fmt.Errorf("not in %s: %s; write the file again: java -cp '%s/*' %s > %s", data, short(line),
				filepath.Join(s.cache, "java"), program, data)
		}
	}
	if got != string(want) {
		return fmt.Errorf("%s has lines that Kafka does not print; write the file again as %s explains", data, program)
	}
	return nil
}

type toolRunner func(stdin, class string, args ...string) (string, error)

// wants checks that every text stands in what a tool printed.
func wants(out string, err error, texts ...string) error {
	if err != nil {
		return err
	}
	for _, text := range texts {
		if !strings.Contains(out, text) {
			return fmt.Errorf("%q is not in %q", text, short(out))
		}
	}
	return nil
}

func javaTopics(run toolRunner, topic string) error {
	if _, err := run("", kafkaTopics, "--create", "--topic", topic, "--partitions", "1", "--replication-factor", "1",
		"--config", "retention.ms=86400000"); err != nil {
		return err
	}
	out, err := run("", kafkaTopics, "--list")
	if err := wants(out, err, topic+"\n"); err != nil {
		return err
	}
	if _, err := run("", kafkaTopics, "--alter", "--topic", topic, "--partitions", "2"); err != nil {
		return err
	}
	out, err = run("", kafkaTopics, "--describe", "--topic", topic)
	if err := wants(out, err, "PartitionCount: 2", "ReplicationFactor: 1", "retention.ms=86400000", "Partition: 1",
		"Isr: "); err != nil {
		return err
	}
	if strings.Contains(out, "TopicId: AAAAAAAAAAAAAAAAAAAAAA") {
		return fmt.Errorf("the topic has no id: %s", short(out))
	}
	_, err = run("", kafkaTopics, "--create", "--topic", topic)
	if err == nil || !strings.Contains(err.Error(), "exists") {
		return fmt.Errorf("a topic twice gives %v", err)
	}
	return nil
}

func javaConsole(run toolRunner, topic string) error {
	var in strings.Builder
	var want []string
	for i := range 20 {
		fmt.Fprintf(&in, "h:%d\tk%d\tv%d\n", i, i%3, i)
		want = append(want, fmt.Sprintf("h:%d\tk%d\tv%d", i, i%3, i))
	}
	if _, err := run(in.String(), kafkaProducer, "--topic", topic, "--compression-codec", "zstd", "--reader-property",
		"parse.key=true", "--reader-property", "parse.headers=true"); err != nil {
		return err
	}
	out, err := run("", kafkaConsumer, "--topic", topic, "--from-beginning", "--max-messages", "20", "--timeout-ms",
		"20000",
		"--formatter-property", "print.key=true", "--formatter-property", "print.headers=true")
	if err != nil {
		return err
	}
	got := linesWith(out, "h:")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return fmt.Errorf("got %q", got)
	}
	return nil
}

func linesWith(out, part string) []string {
	var lines []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, part) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func javaOffsets(run toolRunner, topic string) error {
	sum := func(time string) (n int, err error) {
		out, err := run("", kafkaGetOffsets, "--topic", topic, "--time", time)
		if err != nil {
			return 0, err
		}
		for _, line := range linesWith(out, topic+":") {
			var partition, offset int
			if _, err := fmt.Sscanf(line, topic+":%d:%d", &partition, &offset); err != nil {
				return 0, fmt.Errorf("%w in %q", err, line)
			}
			n += offset
		}
		return n, nil
	}
	end, err1 := sum("latest")
	start, err2 := sum("earliest")
	first, err3 := sum("1")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if end != 20 || start != 0 || first != 0 {
		return fmt.Errorf("ends add up to %d, starts to %d, offsets after 1970 to %d", end, start, first)
	}
	return nil
}

func javaGroup(run toolRunner, topic, group string) error {
	seen := map[string]bool{}
	for _, share := range []string{"5", "15"} {
		out, err := run("", kafkaConsumer, "--topic", topic, "--group", "java-"+group, "--from-beginning", "--max-messages",
			share, "--timeout-ms", "20000")
		if err != nil {
			return err
		}
		for _, line := range linesWith(out, "v") {
			if strings.HasPrefix(line, "v") {
				seen[line] = true
			}
		}
	}
	if len(seen) != 20 {
		return fmt.Errorf("%d of 20 records were seen by the two members together", len(seen))
	}
	return nil
}

func javaGroupAdmin(run toolRunner, topic, suffix string) error {
	group := "java-" + suffix
	out, err := run("", kafkaConsumerGroups, "--list")
	if err := wants(out, err, group+"\n"); err != nil {
		return err
	}
	if err := javaLag(run, group, topic, 0); err != nil {
		return err
	}
	out, err = run("", kafkaConsumerGroups, "--describe", "--group", group, "--state")
	if err := wants(out, err, "Empty"); err != nil {
		return err
	}
	if _, err := run("", kafkaConsumerGroups, "--reset-offsets", "--group", group, "--topic", topic, "--to-earliest",
		"--execute"); err != nil {
		return err
	}
	if err := javaLag(run, group, topic, 20); err != nil {
		return err
	}
	out, err = run("", kafkaConsumerGroups, "--delete", "--group", group)
	if err := wants(out, err, "was successful"); err != nil {
		return err
	}
	out, err = run("", kafkaConsumerGroups, "--list")
	if err == nil && slices.Contains(strings.Fields(out), group) {
		err = fmt.Errorf("%s is still listed", group)
	}
	return err
}

// javaLag adds up the lag column of kafka-consumer-groups --describe.
func javaLag(run toolRunner, group, topic string, want int) error {
	out, err := run("", kafkaConsumerGroups, "--describe", "--group", group)
	if err != nil {
		return err
	}
	lag, lines := 0, linesWith(out, topic)
	for _, line := range lines {
		var groupName, topicName string
		var partition, current, end, l int
		if _, err := fmt.Sscan(line, &groupName, &topicName, &partition, &current, &end, &l); err != nil {
			return fmt.Errorf("%w in %q", err, line)
		}
		lag += l
	}
	if lag != want || len(lines) != 2 {
		return fmt.Errorf("the lag is %d, not %d: %s", lag, want, short(out))
	}
	return nil
}

func javaConfigs(run toolRunner, topic string) error {
	entity := []string{"--entity-type", "topics", "--entity-name", topic}
	if _, err := run("", kafkaConfigs, append(entity, "--alter", "--add-config",
		"retention.ms=7000,cleanup.policy=[compact,delete]")...); err != nil {
		return err
	}
	out, err := run("", kafkaConfigs, append(entity, "--describe")...)
	if err := wants(out, err, "retention.ms=7000", "cleanup.policy=compact,delete",
		"DYNAMIC_TOPIC_CONFIG:retention.ms=7000", "DEFAULT_CONFIG:log.cleanup.policy=delete"); err != nil {
		return err
	}
	if _, err := run("", kafkaConfigs, append(entity, "--alter", "--delete-config",
		"retention.ms,cleanup.policy")...); err != nil {
		return err
	}
	if _, err := run("", kafkaConfigs, append(entity, "--alter", "--add-config", "no.such.config=1")...); err == nil {
		return errors.New("an unknown config is no error")
	}
	broker := []string{"--entity-type", "brokers", "--entity-name", "1"}
	if _, err := run("", kafkaConfigs, append(broker, "--alter", "--add-config",
		"log.cleaner.backoff.ms=14000")...); err != nil {
		return err
	}
	out, err = run("", kafkaConfigs, append(broker, "--describe")...)
	if err := wants(out, err, "log.cleaner.backoff.ms=14000", "DYNAMIC_BROKER_CONFIG:log.cleaner.backoff.ms=14000",
		"DEFAULT_CONFIG:log.cleaner.backoff.ms=15000"); err != nil {
		return err
	}
	if _, err = run("", kafkaConfigs, append(broker, "--alter", "--delete-config",
		"log.cleaner.backoff.ms")...); err != nil {
		return err
	}
	loggers := []string{"--entity-type", "broker-loggers", "--entity-name", "1"}
	if _, err := run("", kafkaConfigs, append(loggers, "--alter", "--add-config", "replica=WARN")...); err != nil {
		return err
	}
	out, err = run("", kafkaConfigs, append(loggers, "--describe")...)
	if err := wants(out, err, "root=INFO", "replica=WARN"); err != nil {
		return err
	}
	if _, err := run("", kafkaConfigs, append(loggers, "--alter", "--delete-config", "replica")...); err != nil {
		return err
	}
	out, err = run("", kafkaConfigs, "--entity-type", "groups", "--entity-name", "no-such-group", "--describe", "--all")
	return wants(out, err, "consumer.session.timeout.ms=45000")
}

func javaRest(run toolRunner, topic string) error {
	out, err := run("", kafkaLogDirs, "--describe", "--topic-list", topic)
	if err := wants(out, err, `"partition":"`+topic+`-0"`, `"error":null`); err != nil {
		return err
	}
	out, err = run("", kafkaAPIVersions)
	return wants(out, err, "Produce(0): ", "Fetch(1): ", "ApiVersions(18): 0 to ", "CreateTopics(19): ")
}

// complaint is anything that kafka-dump-log prints when a file is wrong.
var complaint = regexp.MustCompile(`isvalid: false|[Mm]ismatch|[Nn]on-consecutive|out of order|[Ff]ound|Could not|Exception`)

// dump lets Kafka's own kafka-dump-log read what the broker wrote. While the broker runs it reads segments only:
// the tool gives up over an index that grows under it or is not there yet, Kafka's own included.
func (s *suite) dump(ctx context.Context, stopped bool) {
	dump := func(what, pattern, has string, args ...string) {
		s.tally.step("kafka-dump-log reads "+what, func() error { return s.dumpAll(ctx, pattern, has, args...) })
	}
	dump("every record of every segment", "*/*.log", "baseOffset: 0", "--deep-iteration")
	dump("__consumer_offsets", "__consumer_offsets-*/*.log", `"type":"1"`, "--offsets-decoder")
	dump("__cluster_metadata", "__cluster_metadata-0/*.log", `"type":"TOPIC_RECORD"`, "--cluster-metadata-decoder")
	if stopped {
		dump("offset indexes", "*/*.index", "Dumping", "--deep-iteration")
		dump("time indexes", "*/*.timeindex", "Dumping", "--deep-iteration")
		dump("producer snapshots", "*/*.snapshot", "producerId: ")
	}
}

func (s *suite) dumpAll(ctx context.Context, pattern, has string, args ...string) error {
	files, err := filepath.Glob(filepath.Join(s.dataDir, pattern))
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(filepath.Dir(f), "-delete") })
	if len(files) == 0 {
		return fmt.Errorf("no file is called %s", pattern)
	}
	out, err := s.tool(ctx, "", kafkaDumpLog, append(args, "--files", strings.Join(files, ","))...)
	if err := wants(out, err, has); err != nil {
		return err
	}
	if n := strings.Count(out, "Dumping "); n != len(files) {
		return fmt.Errorf("%d of %d files were read", n, len(files))
	}
	return complaints(out)
}

func complaints(out string) error {
	for line := range strings.Lines(out) {
		isRecord := strings.HasPrefix(line, "|") // may hold any word
		if !isRecord && !strings.HasPrefix(line, "Dumping ") && complaint.MatchString(line) {
			return fmt.Errorf("it says %q", short(line))
		}
	}
	return nil
}
