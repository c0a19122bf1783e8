"""Drives confluent-kafka for Python against a broker, as a participant of a workshop would.

    python suite.py host:port run

The broker must create topics on first use with three partitions. Every name holds the run, so that the suite can
be repeated on one broker.
"""
import json
import sys
import threading
import time

from confluent_kafka import (OFFSET_BEGINNING, Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer,
                             TopicPartition)
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   OffsetSpec, ResourceType)

bootstrap, run = sys.argv[1:3]
STEP_SECONDS = 40.0
passed = failed = 0


def step(name):
    """Runs the function below it and prints the outcome; a failure does not hide the next step."""

    def run_it(f):
        global passed, failed
        begin = time.time()
        try:
            f()
            passed += 1
            print(f"ok    {name} ({time.time() - begin:.1f}s)", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL  {name}: {type(e).__name__}: {e}".replace("\n", " "), flush=True)

    return run_it


def topic_name(name):
    return f"python-{name}-{run}"


def producer(**with_):
    return Producer({"bootstrap.servers": bootstrap, **{k.replace("_", "."): v for k, v in with_.items()}})


def consumer(group, **with_):
    return Consumer({"bootstrap.servers": bootstrap, "group.id": f"python-{group}-{run}", "auto.offset.reset": "earliest",
                     **{k.replace("_", "."): v for k, v in with_.items()}})


ADMIN = AdminClient({"bootstrap.servers": bootstrap})  # its futures fail when it is collected, so it lives as long as the suite


def flush(p):
    left = p.flush(STEP_SECONDS)
    assert left == 0, f"{left} messages were not delivered"


def eventually(what, f):
    end = time.time() + STEP_SECONDS
    while not f():
        assert time.time() < end, f"{what} did not come true"
        time.sleep(0.1)


def read(c, n):
    """Returns n messages, or those that came in time."""
    out, end = [], time.time() + STEP_SECONDS
    while len(out) < n and time.time() < end:
        m = c.poll(0.3)
        if m is None:
            continue
        if m.error():
            if m.error().retriable() or m.error().code() in (KafkaError._PARTITION_EOF, KafkaError.UNKNOWN_TOPIC_OR_PART):
                continue
            raise KafkaException(m.error())
        out.append(m)
    assert len(out) == n, f"{len(out)} of {n} messages came"
    return out


@step("the first message makes the topic, with three partitions; a thread reads in order from the beginning")
def _():
    topic, got, stop = topic_name("first"), [], threading.Event()
    c = consumer("first")

    def rewind(c, partitions):
        for p in partitions:
            p.offset = OFFSET_BEGINNING
        c.assign(partitions)

    def consume():
        while not stop.is_set():
            m = c.poll(0.2)
            if m is not None and not m.error():
                got.append(m.value().decode())
        c.close()

    c.subscribe([topic], on_assign=rewind)
    reader = threading.Thread(target=consume)
    reader.start()
    try:
        p = producer()
        for i in range(10):
            p.produce(topic, key="same", value=f"message {i}")
            p.poll(0)
        flush(p)
        eventually("ten messages", lambda: len(got) >= 10)
    finally:
        stop.set()
        reader.join()
    assert got == [f"message {i}" for i in range(10)], got
    assert len(ADMIN.list_topics(topic, timeout=10).topics[topic].partitions) == 3


@step("chosen partitions: delivery reports tell offsets, and each partition is read alone")
def _():
    topic, reports = topic_name("chosen"), []
    p = producer(acks="all")
    for i in range(12):
        p.produce(topic, f"{i}", partition=i % 3, on_delivery=lambda e, m: reports.append((e, m.partition(), m.offset())))
    flush(p)
    assert sorted(reports, key=lambda r: (r[1], r[2])) == [(None, part, off) for part in range(3) for off in range(4)], reports
    for part in range(3):
        c = consumer("chosen")
        c.assign([TopicPartition(topic, part, OFFSET_BEGINNING)])
        values = [int(m.value()) for m in read(c, 4)]
        c.close()
        assert values == [i for i in range(12) if i % 3 == part], values


@step("one key, one partition, one order; two keys may differ")
def _():
    topic = topic_name("keys")
    p = producer()
    for i in range(40):
        p.produce(topic, key=f"key-{i % 4}", value=f"{i}")
    flush(p)
    c = consumer("keys")
    c.subscribe([topic])
    seen = {}
    for m in read(c, 40):
        seen.setdefault(m.key(), []).append((m.partition(), int(m.value())))
    c.close()
    assert len(seen) == 4
    for key, where in seen.items():
        assert len({part for part, _ in where}) == 1, (key, where)
        assert [v for _, v in where] == sorted(v for _, v in where), (key, where)


@step("JSON with explicit commits: a restarted member goes on where it stopped")
def _():
    topic, seen = topic_name("json"), []
    p = producer(client_id="suite", enable_idempotence=True)
    for n in range(30):
        p.produce(topic, key=str(n), value=json.dumps({"n": n}), headers={"kind": "json"})
    flush(p)
    for share in (10, 20):
        c = consumer("json", enable_auto_commit=False)
        c.subscribe([topic])
        for m in read(c, share):
            assert m.headers() == [("kind", b"json")]
            seen.append(json.loads(m.value())["n"])
            c.commit(m, asynchronous=False)
        c.close()
    assert sorted(seen) == list(range(30)), seen


@step("two members share three partitions; when one leaves, the other has all of them")
def _():
    topic = topic_name("pair")
    ADMIN.create_topics([NewTopic(topic, 3, 1)])[topic].result(STEP_SECONDS)
    one, two = consumer("pair", heartbeat_interval_ms=300), consumer("pair", heartbeat_interval_ms=300)
    one.subscribe([topic])
    two.subscribe([topic])

    def shared():
        one.poll(0.1)
        two.poll(0.1)
        mine, theirs = ({t.partition for t in c.assignment()} for c in (one, two))
        return mine and theirs and mine | theirs == {0, 1, 2} and not mine & theirs

    eventually("sharing", shared)
    two.close()

    def alone():
        one.poll(0.1)
        return len(one.assignment()) == 3

    eventually("having all", alone)
    one.close()


@step("every codec, and a message of 900 kB, byte for byte")
def _():
    topic, want = topic_name("codecs"), {}
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        p = producer(compression_type=codec, linger_ms=20)
        for i in range(100):
            key, value = f"{codec}-{i}".encode(), f"{codec} {i} ".encode() * 50
            want[key] = value
            p.produce(topic, key=key, value=value)
        flush(p)
    want[b"large"] = bytes(range(256)) * 3515
    p = producer(message_max_bytes=1000000)
    p.produce(topic, key="large", value=want[b"large"])
    flush(p)
    c = consumer("codecs", check_crcs=True)
    c.subscribe([topic])
    got = {m.key(): m.value() for m in read(c, len(want))}
    c.close()
    assert got == want


@step("watermarks, offsets by time, seeking")
def _():
    topic, begin = topic_name("times"), int(run, 16) - 3600000  # young enough for retention to leave it alone
    p = producer()
    for i in range(10):
        p.produce(topic, str(i), partition=0, timestamp=begin + i * 1000)
    flush(p)
    c = consumer("times", enable_auto_commit=False)
    zero = TopicPartition(topic, 0)
    assert c.get_watermark_offsets(zero, timeout=STEP_SECONDS) == (0, 10)
    assert c.offsets_for_times([TopicPartition(topic, 0, begin + 4500)], timeout=STEP_SECONDS)[0].offset == 5
    c.assign([TopicPartition(topic, 0, 5)])
    assert [m.value() for m in read(c, 5)] == [b"5", b"6", b"7", b"8", b"9"]
    c.seek(TopicPartition(topic, 0, 2))
    assert read(c, 1)[0].value() == b"2"
    c.pause([zero])
    assert c.poll(0.5) is None
    c.close()
    listed = ADMIN.list_offsets({zero: OffsetSpec.max_timestamp()})[zero].result(STEP_SECONDS)
    assert listed.offset == 9, listed.offset


@step("the admin creates, describes, alters both ways, grows and deletes a topic")
def _():
    topic, a = topic_name("admin"), ADMIN
    a.create_topics([NewTopic(topic, 2, 1, config={"retention.ms": "1000"})])[topic].result(STEP_SECONDS)
    resource = ConfigResource(ResourceType.TOPIC, topic)

    def retention():
        return list(a.describe_configs([resource]).values())[0].result(STEP_SECONDS)["retention.ms"]

    eventually("the topic", lambda: topic in a.list_topics(timeout=10).topics)
    assert retention().value == "1000" and not retention().is_default, retention()
    list(a.alter_configs([ConfigResource(ResourceType.TOPIC, topic, set_config={"retention.ms": "86400000"})]).values())[0].result(STEP_SECONDS)
    eventually("the change", lambda: retention().value == "86400000")
    entry = ConfigEntry("retention.ms", None, incremental_operation=AlterConfigOpType.DELETE)
    list(a.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]).values())[0].result(STEP_SECONDS)
    eventually("the default", lambda: retention().value == "604800000" and retention().is_default)
    a.create_partitions([NewPartitions(topic, 4)])[topic].result(STEP_SECONDS)
    eventually("four partitions", lambda: len(a.list_topics(topic, timeout=10).topics[topic].partitions) == 4)
    a.delete_topics([topic])[topic].result(STEP_SECONDS)
    eventually("the end", lambda: topic not in a.list_topics(timeout=10).topics)


@step("the admin describes the cluster, a broker's configs, and groups; it sets and deletes their offsets")
def _():
    a, topic, group = ADMIN, topic_name("groups"), f"python-groups-{run}"
    cluster = a.describe_cluster().result(STEP_SECONDS)
    assert cluster.cluster_id and cluster.nodes, cluster
    broker = str(cluster.nodes[0].id)
    configs = list(a.describe_configs([ConfigResource(ResourceType.BROKER, broker)]).values())[0].result(STEP_SECONDS)
    assert configs["num.partitions"].value == "3", configs["num.partitions"]
    p = producer()
    p.produce(topic, "x", partition=0)
    flush(p)
    c = consumer("groups", enable_auto_commit=False)
    c.subscribe([topic])
    c.commit(read(c, 1)[0], asynchronous=False)
    described = a.describe_consumer_groups([group])[group].result(STEP_SECONDS)
    assert described.state.name == "STABLE" and len(described.members) == 1, (described.state, described.members)
    c.close()
    assert group in [g.group_id for g in a.list_consumer_groups().result(STEP_SECONDS).valid]
    request = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 0)])
    a.alter_consumer_group_offsets([request])[group].result(STEP_SECONDS)
    listed = a.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(STEP_SECONDS)
    assert listed.topic_partitions[0].offset == 0, listed.topic_partitions
    a.delete_consumer_groups([group])[group].result(STEP_SECONDS)


@step("errors, not silence: unknown partition, too large a message, unknown topic, a name twice")
def _():
    topic, errors, a = topic_name("wrong"), [], ADMIN
    p = producer(message_timeout_ms=8000, message_max_bytes=5000000)
    p.produce(topic, "x", partition=0)
    flush(p)
    try:
        p.produce(topic, "x", partition=99, on_delivery=lambda e, m: errors.append(e.code()))
        flush(p)
    except KafkaException as e:
        errors.append(e.args[0].code())
    assert errors == [KafkaError._UNKNOWN_PARTITION], errors
    p.produce(topic, b"x" * 3000000, partition=0, on_delivery=lambda e, m: errors.append(e.code()))
    flush(p)
    assert errors[1:] == [KafkaError.MSG_SIZE_TOO_LARGE], errors
    for call, want in ((lambda: a.delete_topics([topic + "x"])[topic + "x"], KafkaError.UNKNOWN_TOPIC_OR_PART),
                       (lambda: a.create_topics([NewTopic(topic, 1, 1)])[topic], KafkaError.TOPIC_ALREADY_EXISTS)):
        try:
            call().result(STEP_SECONDS)
            raise AssertionError(f"no error, but {want} was due")
        except KafkaException as e:
            assert e.args[0].code() == want, e


print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
