"""Runs one load generator for a few seconds: what came of it.

Idea      a store is asked by the generator that costs it least and that its users know:
          redis-benchmark and wrk where both sides speak their protocol, and the same
          driver (v4_replicated_kv/bench) where each needs its own words.
"""

import csv
import dataclasses
import io
import json
import os
import re
import resource
import socket
import subprocess
import time

from peer_servers import HOST, RAW_PATH, Failed

VALUE_BYTES = 100
UNITS_MS = {"us": 1e-3, "ms": 1, "s": 1e3}


@dataclasses.dataclass
class Outcome:
    per_second: float
    p99_ms: float
    failed: int
    client_share: float  # of all processors, that the generator took


def run(words):
    """What it printed, and which share of all processors it took."""
    words = [str(word) for word in words]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:
        raise Failed(f"{words[0]} is not installed: `make peers` does it") from None
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    if done.returncode:
        raise Failed(f"{' '.join(words)}: ended with {done.returncode}: "
                     f"{(done.stderr or done.stdout).strip()[-400:]}")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, spent / (end - begin) / os.cpu_count()


def bench_flags(endpoint, keys):
    return ["--endpoint", endpoint, "--keys", keys, "--value-bytes", VALUE_BYTES,
            "--distribution", "uniform", "--format", "json"]


def fill_by_bench(program, endpoint, keys):
    """Puts all keys that `bench` and `etcd_load` read."""
    run([*program, "--workload", "put", "--connections", 64, "--load", "--seconds", 0,
         *bench_flags(endpoint, keys)])


def bench(program, workload, endpoint, under_way, keys, seconds):
    """`v4_replicated_kv bench`, or `etcd_load`, which is the same driver. `under_way`: how
    many requests are."""
    text, share = run([*program, "--workload", workload, *under_way, "--warmup", 1,
                       "--seconds", seconds, *bench_flags(endpoint, keys)])
    told = json.loads(text)
    latency = told["latencies"]["all"]
    if told["missing"]:
        raise Failed(f"{endpoint}: {told['missing']} keys were not there")
    return Outcome(latency["per_second"], latency["p99_us"] / 1e3,
                   sum(error["count"] for error in told["errors"].values()), share)


def fill_by_resp(port, keys):
    """Puts the keys that redis-benchmark reads, each one time, in batches."""
    value = b"x" * VALUE_BYTES
    with socket.create_connection((HOST, port)) as server, \
            server.makefile("rb") as answers:
        for first in range(0, keys, 500):
            names = [b"key:%012d" % i for i in range(first, min(first + 500, keys))]
            server.sendall(b"".join(b"*3\r\n$3\r\nSET\r\n$16\r\n%b\r\n$%d\r\n%b\r\n"
                                    % (name, len(value), value) for name in names))
            for _ in names:
                answer = answers.readline()
                if answer != b"+OK\r\n":
                    raise Failed(f"port {port}: SET was answered {answer!r}")


class RedisBenchmark:
    """It asks a number of times, not for a time: a first run finds out how many."""

    def __init__(self, port, keys):
        self.port, self.keys, self.rates = port, keys, {}

    def __call__(self, command, clients, pipeline, seconds):
        case = command, clients, pipeline
        if case not in self.rates:
            self.rates[case] = self.measure(case, 5000 * pipeline).per_second
        return self.measure(case, int(self.rates[case] * seconds) + 1)

    def measure(self, case, requests):
        command, clients, pipeline = case
        text, share = run(["redis-benchmark", "-h", HOST, "-p", self.port, "-t", command,
                           "-c", clients, "-P", pipeline, "-n", requests, "-r", self.keys,
                           "-d", VALUE_BYTES, "--csv"])
        rows = list(csv.DictReader(io.StringIO(text)))
        if len(rows) != 1:  # it goes on after an error, and prints that
            raise Failed(f"redis-benchmark -p {self.port} -t {command}: "
                         f"{text.strip()[-400:]}")
        return Outcome(float(rows[0]["rps"]), float(rows[0]["p99_latency_ms"]), 0,
                       share)


def wrk(port, clients, seconds):
    """Raw gets of one key over HTTP, by one thread."""
    text, share = run(["wrk", "-t", 1, "-c", clients, "-d", f"{seconds}s",
                       "--latency", "-H", "Accept: application/octet-stream",
                       f"http://{HOST}:{port}{RAW_PATH}"])
    if "Non-2xx" in text or "Socket errors" in text:
        raise Failed(f"wrk on port {port}: {text.strip()[-400:]}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    p99, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()
    return Outcome(rate, float(p99) * UNITS_MS[unit], 0, share)
