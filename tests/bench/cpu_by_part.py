#!/usr/bin/env python3
"""Where the processors' time of a durable put goes: three nodes, part by part.

Idea      a profiler looks at the nodes' stacks some hundred times a second. From the
          innermost frame outward, the first that is of a part of ours says whose time it
          was: what malloc, memcpy or the kernel took is its caller's.
Breaks if the programs are built without symbols, or redis-benchmark takes so much of the
          machine that the nodes have less to do at once.
"""

import argparse
import collections
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import peer_loads as loads  # noqa: E402
import peer_servers as servers  # noqa: E402
from peer_tables import rewrite, table_of  # noqa: E402

# In the order in which they are tried on one frame.
PARTS = {
    "clients' sockets": r"kv::resp::Connection::|kv::resp::Door",
    "clients' commands and replies": r"kv::resp::",
    "peers' sockets": r"kv::TcpConnection::|kv::PeerKeeper|kv::PeerRoster|kv::Frames",
    "peers' messages as bytes": r"kv::(Outbox|FieldReader|MessageReader|FrameParser|"
                                r"PieceJoiner|Handshake)|kv::(append|read|parse)_\w*"
                                r"(message|frame|state|version)|crc32c",
    "log: records, write and sync": r"kv::(LogThread|LogWriter|PosixFile|PosixDisk|Log::)",
    "index and hot values": r"kv::(LogEngine|Index|PartitionIndex|HotValues|IndexEntry)",
    "compaction and hints": r"kv::(Housekeeping|compact)|kv::LiveNode::keep_house",
    "an owner's answers": r"kv::(Replica|load_state|store_state|merge|offer|digest)",
    "the quorum": r"kv::(Coordinator|Read|RegisterWrite|Operation|Acknowledgements|Alarms)",
    "the node around it": r"kv::(StoreNode|LiveNode|ServedLives|Rejoin|Message|Effects)",
    "the loop: waking, waiting": r"kv::(ServerLoop|LoopInbox|PendingReplies)|epoll|"
                                 r"boost::asio",
}
RULES = [(name, re.compile(pattern)) for name, pattern in PARTS.items()]
OTHER = "all else"


def part_of(stack):
    """Whose a sample is; its frames come innermost first."""
    for frame in stack:
        for name, rule in RULES:
            if rule.search(frame):
                return name
    return OTHER


def samples(script):
    """The stacks of `perf script -F ip,sym`: a line each frame, an empty line between."""
    stack = []
    for line in script:
        words = line.split(None, 1)
        if not words:
            if stack:
                yield stack
            stack = []
        else:
            stack.append(words[1].strip() if len(words) > 1 else "")
    if stack:
        yield stack


def below(pid):
    """A process's children, and theirs."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in children for one in (int(child), *below(child))]


def spent_s(pids):
    """What these processes took of the processors until now."""
    ticks = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def profile(pids, data, seconds):
    recorded = subprocess.run(
        ["perf", "record", "-F", "499", "--call-graph", "dwarf,16384", "-o", data,
         "-p", ",".join(map(str, pids)), "--", "sleep", str(seconds)],
        capture_output=True, text=True)
    if recorded.returncode:
        raise servers.Failed(f"perf record: {recorded.stderr.strip()[-400:]}")
    with subprocess.Popen(["perf", "script", "-i", data, "-F", "ip,sym"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as script:
        return collections.Counter(part_of(stack) for stack in samples(script.stdout))


def measure(words, folder):
    with servers.ours(words.bin / "v4_replicated_kv", folder, 3) as ours:
        nodes = [pid for pid in below(os.getpid())
                 if b"cluster" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
        loads.fill_by_resp(ours.resp_port, words.keys)
        asks = loads.RedisBenchmark(ours.resp_port, words.keys)
        asks("set", words.clients, 1, 1)
        before = spent_s(nodes)
        puts = asks.rates["set", words.clients, 1] * words.seconds
        asks("set", words.clients, 1, words.seconds)
        us = (spent_s(nodes) - before) / puts * 1e6
        # The profiler takes time itself, so it looks at a run of its own.
        with servers.process(
                ["redis-benchmark", "-p", ours.resp_port, "-t", "set", "-c",
                 words.clients, "-n", int(puts * 20), "-r", words.keys, "-d",
                 loads.VALUE_BYTES], folder / "redis-benchmark.log"):
            return us, profile(nodes, folder / "perf.data", words.seconds)


def rendered(us, counted):
    total = sum(counted.values())
    lines = [["part of a put", "us of processors", "share"]]
    for name, count in counted.most_common():
        share = count / total
        lines.append([name, f"{us * share:.2f}", f"{share:.0%}"])
    return table_of([*lines, ["**all**", f"{us:.1f}", "100%"]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--bin", type=pathlib.Path, required=True, help="where v4_replicated_kv is")
    add("--dir", type=pathlib.Path, default=".", help="on the disk to be measured [.]")
    add("--seconds", type=int, default=4, help="[4]")
    add("--clients", type=int, default=50, help="[50]")
    add("--keys", type=int, default=100_000, help="[100000]")
    add("--write", type=pathlib.Path, help="a document whose table is written anew")
    words = parser.parse_args()
    with contextlib.ExitStack() as at_the_end:
        folder = at_the_end.enter_context(
            tempfile.TemporaryDirectory(prefix="cpu_by_part.", dir=words.dir))
        try:
            table = rendered(*measure(words, pathlib.Path(folder).resolve()))
            print(table)
            if words.write:
                rewrite(words.write, {"put by part": table})
        except servers.Failed as wrong:
            sys.exit(f"cpu_by_part: {wrong}")


if __name__ == "__main__":
    main()
