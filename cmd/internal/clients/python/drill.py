"""Kills the leader of a partition again and again, while confluent-kafka writes; then reads everything and judges it.

    python drill.py GREGOR [--rounds 50] [--rate 500] [--pause 2]

GREGOR is the command. It starts three brokers with it, in a directory of its own. Nothing acknowledged may be lost,
nothing may be there twice, and each partition keeps the order it was written in. The producer is idempotent and wants
all in-sync replicas (acks=all); topics have three replicas, and min.insync.replicas=2.
"""
import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

TOPIC = "drill"
PARTITIONS = 3
WAIT = 60.0  # seconds that anything may take
CLUSTER_ID = "Z3JlZ29yJ3MgZHJpbGwgIA"
passed = failed = 0


def step(name):
    """Runs the function below it and prints the outcome, with what it returns."""

    def run_it(f):
        global passed, failed
        begin = time.time()
        try:
            told = f()
            passed += 1
            print(f"ok    {name}{': ' + told if told else ''} ({time.time() - begin:.1f}s)", flush=True)
        except Exception as e:
            failed += 1
            print(f"FAIL  {name}: {type(e).__name__}: {e}".replace("\n", " "), flush=True)

    return run_it


def eventually(what, f):
    end = time.time() + WAIT
    while True:
        why = f()
        if not why:
            return
        assert time.time() < end, f"{what} does not come true: {why}"
        time.sleep(0.05)


class Broker:
    """One process of gregor serve, which can be killed and started again."""

    def __init__(self, node, command, directory, ports, voters):
        self.node, self.address = node, f"127.0.0.1:{ports[node - 1]}"
        sets = [f"node.id={node}", "process.roles=broker,controller", "controller.listener.names=CONTROLLER",
                f"listeners=PLAINTEXT://{self.address},CONTROLLER://{voters[node]}",
                "controller.quorum.voters=" + ",".join(f"{n}@{a}" for n, a in voters.items()), f"cluster.id={CLUSTER_ID}",
                "default.replication.factor=3", "min.insync.replicas=2", "offsets.topic.replication.factor=3"]
        self.command = [command, "serve", "--data", os.path.join(directory, str(node))] + [a for s in sets for a in ("--set", s)]
        self.log = open(os.path.join(directory, f"{node}.log"), "ab")
        self.process = None

    def begin(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log, text=True)

    def wait_ready(self):
        line = self.process.stdout.readline()
        assert line.startswith("ready: "), f"broker {self.node} says {line!r} instead of ready"

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Ledger:
    """What was acknowledged: by partition the values with their offsets, in the order of the delivery reports."""

    def __init__(self):
        self.acked = [[] for _ in range(PARTITIONS)]
        self.last = [0.0] * PARTITIONS  # when a partition last acknowledged
        self.errors = []
        self.sent = 0

    def report(self, error, message):
        if error is not None:
            self.errors.append(f"{message.value().decode()}: {error}")
            return
        p = message.partition()
        self.acked[p].append((int(message.value()), message.offset()))
        self.last[p] = time.time()

    def count(self):
        return sum(map(len, self.acked))


def write(ledger, bootstrap, rate, stop):
    """Writes 0, 1, 2... to the partitions in turn until it is told to stop, then waits for every delivery report."""
    p = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True, "linger.ms": 2})
    begin = time.time()
    while not stop.is_set():
        due = int((time.time() - begin) * rate)
        while ledger.sent < due:
            try:
                p.produce(TOPIC, str(ledger.sent), partition=ledger.sent % PARTITIONS, on_delivery=ledger.report)
            except BufferError:  # so much is on its way: later
                break
            ledger.sent += 1
        p.poll(0.005)
    p.flush(WAIT)


def partitions(admin):
    return admin.list_topics(TOPIC, timeout=5).topics[TOPIC].partitions


def lacking(admin):
    try:
        late = {i: p.isrs for i, p in partitions(admin).items() if len(p.isrs) < 3 or p.leader < 0}
    except KafkaException as e:
        return e
    return late and f"only these replicas keep up: {late}"


def read_all(bootstrap):
    c = Consumer({"bootstrap.servers": bootstrap, "group.id": TOPIC, "enable.auto.commit": False})
    found = [[] for _ in range(PARTITIONS)]
    for i in range(PARTITIONS):
        _, high = c.get_watermark_offsets(TopicPartition(TOPIC, i), timeout=WAIT)
        c.assign([TopicPartition(TOPIC, i, OFFSET_BEGINNING)])
        end = time.time() + WAIT
        while len(found[i]) < high:
            assert time.time() < end, f"partition {i}: {len(found[i])} of {high} records were read"
            m = c.poll(1)
            if m is not None and m.error() is None:
                found[i].append((int(m.value()), m.offset()))
    c.close()
    return found


def judge(ledger, found):
    for i in range(PARTITIONS):
        offsets = {v: o for v, o in found[i]}
        assert len(offsets) == len(found[i]), f"partition {i}: {len(found[i]) - len(offsets)} records are there twice"
        values = [v for v, _ in found[i]]
        assert values == sorted(values), f"partition {i}: the order is not the one they were written in"
        wrong = [(v, o, offsets.get(v)) for v, o in ledger.acked[i] if offsets.get(v) != o]
        assert not wrong, f"partition {i}: {len(wrong)} acknowledged records are lost or moved: (value, offset, found at) {wrong[:5]}"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("gregor")
    args.add_argument("--rounds", type=int, default=50)
    args.add_argument("--rate", type=int, default=500, help="records a second")
    args.add_argument("--pause", type=float, default=2, help="seconds between a recovery and the next kill")
    o = args.parse_args()
    directory = tempfile.mkdtemp(prefix="gregor-drill-")
    ports = free_ports(6)
    voters = {n: f"127.0.0.1:{ports[n + 2]}" for n in (1, 2, 3)}
    brokers = {n: Broker(n, o.gregor, directory, ports, voters) for n in voters}
    bootstrap = ",".join(b.address for b in brokers.values())
    ledger, stop, gaps = Ledger(), threading.Event(), []
    writer = threading.Thread(target=write, args=(ledger, bootstrap, o.rate, stop))
    admin = AdminClient({"bootstrap.servers": bootstrap})
    try:
        @step("three brokers start and a producer writes to them")
        def _():
            for b in brokers.values():
                b.begin()
            for b in brokers.values():
                b.wait_ready()
            eventually("three brokers", lambda: len(admin.list_topics(timeout=5).brokers) < 3 and "fewer are known")
            admin.create_topics([NewTopic(TOPIC, PARTITIONS, 3)])[TOPIC].result(WAIT)
            eventually("the topic", lambda: lacking(admin))
            writer.start()
            eventually("a first delivery", lambda: not ledger.count() and "there is none")

        @step(f"the leader is killed with SIGKILL and started again, {o.rounds} times")
        def _():
            for n in range(o.rounds):
                time.sleep(o.pause)
                part = n % PARTITIONS
                victim = brokers[partitions(admin)[part].leader]
                victim.kill()
                killed = time.time()
                eventually(f"round {n + 1}: a delivery by the next leader", lambda: ledger.last[part] < killed + 0.02 and "there is none")
                gaps.append(ledger.last[part] - killed)
                time.sleep(0.5)
                victim.begin()
                victim.wait_ready()
                eventually(f"round {n + 1}: three in-sync replicas", lambda: lacking(admin))
            gaps.sort()
            return f"first delivery after {1000 * gaps[len(gaps) // 2]:.0f} ms at the median, {1000 * gaps[-1]:.0f} ms at worst"

        @step("everything that was sent is acknowledged")
        def _():
            stop.set()
            writer.join()
            assert not ledger.errors, f"{len(ledger.errors)} were not, the first {ledger.errors[0]}"
            assert ledger.count() == ledger.sent, f"{ledger.count()} of {ledger.sent} were"

        @step("nothing acknowledged is lost, nothing is there twice, each partition keeps its order")
        def _():
            found = read_all(bootstrap)
            judge(ledger, found)
            return f"{ledger.count()} acknowledged, {sum(map(len, found))} found"
    finally:
        stop.set()
        for b in brokers.values():
            if b.process is not None:
                b.kill()
            b.log.close()
    if failed:
        print(f"logs and data are in {directory}", file=sys.stderr)
    else:
        shutil.rmtree(directory)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
