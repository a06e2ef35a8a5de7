"""One node killed under load, and brought back: what clients saw, second by second."""

import dataclasses
import json
import math
import re
import statistics
import subprocess
import time

from peer_loads import bench_flags
from peer_servers import Failed
from peer_tables import spread, table_of

LINE = re.compile(r"\S+ +(\d+) s +\d+ done +(\d+) a second +(\d+) failed")
ENOUGH = 0.8  # of what it was before
CLIENTS = 16
BACK_MOST_S = 5
P999_MOST_MS = 300  # what Dynamo promised its callers


@dataclasses.dataclass
class Outage:
    per_second: list  # one figure for each second
    failed: list      # in that second
    killed_at: int    # seconds
    started_at: int
    back_after_s: float  # as back_after() has it
    p999_ms: float       # of what succeeded, over all of it
    errors: dict         # how many of which


def back_after(rates, ends, order, before):
    """From the order to start until the last second below ENOUGH ended: one good second
    between bad ones is not a return. 0: none was; infinite: so was the very last."""
    late = [i for i, end in enumerate(ends) if end > order and rates[i] < ENOUGH * before]
    if not late:
        return 0.0
    return math.inf if late[-1] == len(rates) - 1 else ends[late[-1]] - order


def outage(program, cluster, keys, seconds):
    """Half reads, half updates by HTTP; so many seconds before, as many without node2,
    and two times as many after its return."""
    kill_at, start_at, all_seconds = seconds, 2 * seconds, 4 * seconds
    words = [*program, "--workload", "a", "--connections", CLIENTS, "--progress",
             "--warmup", 1, "--seconds", all_seconds,
             *bench_flags(cluster.endpoints["http"], keys)]
    load = subprocess.Popen([str(word) for word in words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    rates, failed, ends, order, other = [], [], [], None, ""
    try:
        for line in load.stderr:
            told = LINE.match(line)
            if not told:
                other += line
                continue
            second = int(told[1]) - 1  # of those after the warming up
            if second > 0:
                rates.append(int(told[2]))
                failed.append(int(told[3]))
                ends.append(time.monotonic())
            if second == kill_at:
                cluster.command("kill node2")
            elif second == start_at:
                cluster.command("start node2")
                order = time.monotonic()
        text = load.stdout.read()
    finally:
        load.terminate()
        load.wait()
    if load.returncode or order is None or other:
        raise Failed(f"bench, while a node was killed, ended with {load.returncode}: "
                     f"{other}")
    told = json.loads(text)
    before = statistics.median(rates[:kill_at])
    return Outage(rates, [b - a for a, b in zip([0, *failed], failed)], kill_at, start_at,
                  back_after(rates, ends, order, before),
                  told["latencies"]["all"]["p99.9_us"] / 1e3,
                  {kind: error["count"] for kind, error in told["errors"].items()})


def curve_table(passes):
    """The seconds of all passes: they have the same timetable."""
    first = passes[0]
    happens = {first.killed_at: "node2 is killed", first.started_at: "node2 is started"}
    lines = [["", "second", "thousands a second", "failed"]]
    for second in range(min(len(one.per_second) for one in passes)):
        rate = spread([one.per_second[second] / 1e3 for one in passes])
        failed = statistics.median(one.failed[second] for one in passes)
        lines.append([happens.get(second, ""), str(second + 1), rate, f"{failed:.0f}"])
    return table_of(lines)


def summary_table(passes):
    rows = [("seconds until the rate was back to 80 %", lambda one: one.back_after_s,
             str(BACK_MOST_S)),
            ("p99.9 of all answers, ms", lambda one: one.p999_ms, str(P999_MOST_MS))]
    rows += [(f"failed: `{kind}`", lambda one, kind=kind: one.errors.get(kind, 0), "")
             for kind in sorted({kind for one in passes for kind in one.errors})]
    return table_of([["", "median (least-most)", "*asked: at most*"],
                     *([name, spread([what(one) for one in passes]), most]
                       for name, what, most in rows)])


def misses(passes):
    back = statistics.median(one.back_after_s for one in passes)
    p999 = statistics.median(one.p999_ms for one in passes)
    if back > BACK_MOST_S:
        yield f"a node killed: back after {back:.1f} s, and {BACK_MOST_S} s is asked"
    if p999 > P999_MOST_MS:
        yield f"a node killed: p99.9 {p999:.1f} ms, and {P999_MOST_MS} ms is asked"
