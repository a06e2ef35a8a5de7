#!/usr/bin/env python3
"""The cluster, and the stores and servers that a user would pick instead, in one run.

Idea      a pass takes every measurement one time, a peer's and ours in turn; a machine
          that is slow for a while is so for both. Peers are as Debian has them, and tuned
          in their favour where there is a choice.
Breaks if a generator takes what its store could have used: the tables have its share of
          the processors.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import peer_loads as loads  # noqa: E402
import peer_outage  # noqa: E402
import peer_servers as servers  # noqa: E402
from peer_tables import Case, Table, rewrite  # noqa: E402

BUSY_MOST = 0.1
BODY = "x" * loads.VALUE_BYTES


def told(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def busy_share(seconds=1.0):
    """Of all processors, in a second without us."""
    def ticks():
        with open("/proc/stat") as stat:
            return [int(word) for word in stat.readline().split()[1:9]]
    before = ticks()
    time.sleep(seconds)
    spent = [b - a for a, b in zip(before, ticks())]
    return 1 - (spent[3] + spent[4]) / max(1, sum(spent))


def wait_until_idle(or_not):
    share = busy_share()
    for _ in range(30):
        if share <= BUSY_MOST or or_not:
            return share
        share = busy_share()
    raise servers.Failed(f"other work takes {share:.0%} of this machine's processors: "
                         "end it first, or say --busy for figures that mean little")


def sync_ms(folder):
    """The median of an append of 100 bytes and an fdatasync, by one process alone."""
    with open(folder / "sync", "wb", buffering=0) as file:
        times = []
        for _ in range(300):
            begin = time.perf_counter()
            file.write(BODY.encode())
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e3


def against_etcd(programs, etcd, ours, keys):
    """gRPC's clients share one connection, and etcd's ask the leader: of connections of
    their own or one, and all members or the leader, that gave etcd most by a tenth to a
    half. Ours get the same. Other protocols have a connection for each client."""
    kv, etcd_load = programs["ours"], programs["etcd"]
    leader = etcd.leader()
    told(f"{keys} keys into etcd, and into ours")
    loads.fill_by_bench(etcd_load, leader, keys)
    loads.fill_by_bench(kv, ours.endpoints["http"], keys)
    for name, workload in (("etcd puts", "put"), ("etcd gets", "get")):
        def streams(program, endpoint, workload=workload):
            return lambda clients, seconds: loads.bench(
                program, workload, endpoint,
                ["--connections", 1, "--pipeline", clients], keys, seconds)

        def connections(protocol, workload=workload):
            return lambda clients, seconds: loads.bench(
                [*kv, "--protocol", protocol], workload, ours.endpoints[protocol],
                ["--connections", clients], keys, seconds)

        node1 = ours.endpoints["grpc"].split(",")[0]
        cases = [Case(f"{clients} clients", 3, clients) for clients in (16, 64)]
        yield Table(name, cases,
                    {"etcd, gRPC": streams(etcd_load, leader),
                     "ours, gRPC": streams([*kv, "--protocol", "grpc"], node1),
                     "ours, HTTP": connections("http"),
                     "ours, RESP": connections("resp")}, p99_below=True)


def against_redis(name, redis_port, ours, keys, pipeline, cases):
    """Cases: how many times the peer, by (command, clients)."""
    rows = {}
    for row, port in (("redis-server", redis_port), ("ours, RESP", ours.resp_port)):
        loads.fill_by_resp(port, keys)
        asks = loads.RedisBenchmark(port, keys)
        rows[row] = lambda ask, seconds, asks=asks: asks(*ask, pipeline, seconds)
    return Table(name, [Case(f"{command.upper()}, {clients} clients", least,
                             (command, clients))
                        for (command, clients), least in cases.items()], rows)


def against_nginx(nginx_port, ours):
    ours.put_raw(BODY)
    ports = {"nginx": nginx_port, "ours, HTTP": ours.http_port}
    cases = [Case(f"{clients} clients", 0.5, clients) for clients in (16, 64)]
    rows = {row: lambda clients, seconds, port=port: loads.wrk(port, clients, seconds)
            for row, port in ports.items()}
    return Table("nginx", cases, rows)


def run_passes(tables, words):
    for turn in range(words.passes):
        for table in tables:
            told(f"pass {turn + 1} of {words.passes}: {table.name}")
            table.measure(words.seconds, turn)
    return tables


def three_nodes(programs, folder, words):
    with servers.etcd(folder) as etcd, servers.redis(folder) as redis_port, \
            servers.ours(programs["node"], folder, 3) as ours:
        tables = list(against_etcd(programs, etcd, ours, words.keys))
        for command, least in (("set", (0.45, 0.42)), ("get", (0.4, 0.5))):
            tables.append(against_redis(
                f"redis {command}s", redis_port, ours, words.keys, 1,
                {(command, clients): x for clients, x in zip((16, 50), least)}))
        return run_passes(tables, words)


def one_node(programs, folder, words):
    with servers.redis(folder) as redis_port, servers.nginx(folder, BODY) as nginx_port, \
            servers.ours(programs["node"], folder, 1) as ours:
        return run_passes(
            [against_nginx(nginx_port, ours),
             against_redis("redis pipelined", redis_port, ours, words.keys, 16,
                           {("set", 50): 0.8, ("get", 50): 0.8})], words)


def outages(programs, folder, words):
    passes = []
    for turn in range(words.passes):
        told(f"pass {turn + 1} of {words.passes}: a node killed under load")
        with fresh(folder, f"outage{turn}") as own, \
                servers.ours(programs["node"], own, 3) as ours:
            loads.fill_by_bench(programs["ours"], ours.endpoints["http"], words.keys)
            passes.append(peer_outage.outage(programs["ours"], ours, words.keys,
                                             words.seconds + 2))
    return passes


@contextlib.contextmanager
def fresh(folder, name):
    own = folder / name
    own.mkdir()
    yield own


def machine(words, busy, sync):
    """The machine, without its name."""
    frequency = [float(line.split(":")[1]) for line in open("/proc/cpuinfo")
                 if line.startswith("cpu MHz")]
    speed = f" at {max(frequency) / 1e3:.1f} GHz" if frequency else ""
    return (f"Medians of interleaved passes (least and most in brackets), {words.passes} "
            f"of {words.seconds} s each, in one run on {os.cpu_count()} cores{speed}, "
            f"Linux {platform.release().split('-')[0]}; {words.keys} keys. Before it "
            f"{busy:.0%} of the processors were busy, and one append with fdatasync took "
            f"{sync:.2f} ms.\n")


def measure_all(words, folder):
    programs = {"node": words.bin / "v4_replicated_kv",
                "ours": [words.bin / "v4_replicated_kv", "bench"],
                "etcd": [words.bin / "etcd_load", "--protocol", "grpc"]}
    busy = wait_until_idle(words.busy)
    said = {"peers": machine(words, busy, sync_ms(folder))}
    tables, outage_passes = [], []
    if "cluster" in words.parts:
        with fresh(folder, "cluster") as own:
            tables += three_nodes(programs, own, words)
    if "node" in words.parts:
        with fresh(folder, "node") as own:
            tables += one_node(programs, own, words)
    if "outage" in words.parts:
        outage_passes = outages(programs, folder, words)
        said["outage"] = peer_outage.summary_table(outage_passes)
        said["outage curve"] = peer_outage.curve_table(outage_passes)
    said.update({table.name: table.render() for table in tables})
    missed = [one for table in tables for one in table.misses()]
    missed += peer_outage.misses(outage_passes) if outage_passes else []
    figures = {"busy": busy, "seconds": words.seconds, "passes": words.passes,
               "measurements": [one for table in tables for one in table.json()],
               "outages": [dataclasses.asdict(one) for one in outage_passes]}
    return said, missed, figures


def read_words():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--bin", type=pathlib.Path, required=True,
        help="where v4_replicated_kv and etcd_load are")
    add("--dir", type=pathlib.Path, default=".",
        help="on the disk to be measured; all keep what they write below it [.]")
    add("--seconds", type=int, default=3, help="of each measurement [3]")
    add("--passes", type=int, default=5, help="[5]")
    add("--keys", type=int, default=100_000, help="[100000]")
    add("--parts", nargs="+", default=["cluster", "node", "outage"],
        choices=["cluster", "node", "outage"], help="[all]")
    add("--busy", action="store_true", help="measure on a busy machine, too")
    add("--json", type=pathlib.Path, help="a file for every single measurement")
    add("--write", type=pathlib.Path, help="a document whose tables are written anew")
    return parser.parse_args()


def main():
    words = read_words()
    # By an exception, so that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("side_by_side: ended by SIGTERM"))
    with contextlib.ExitStack() as at_the_end:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="side_by_side.", dir=words.dir))
        at_the_end.callback(shutil.rmtree, folder)
        try:
            said, missed, figures = measure_all(words, folder.resolve())
        except servers.Failed as wrong:
            at_the_end.pop_all()
            sys.exit(f"side_by_side: {wrong}\nWhat the servers said is in {folder}")
    for name, table in said.items():
        print(f"{name}\n\n{table}")
    for one in missed:
        print(f"missed: {one}")
    if words.json:
        words.json.write_text(json.dumps(figures, indent=1) + "\n")
    try:
        if words.write:
            rewrite(words.write, said)
    except servers.Failed as wrong:
        sys.exit(f"side_by_side: {wrong}")


main()
