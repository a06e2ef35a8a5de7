"""The stores and servers that are held against each other, each started and ended here.

All listen on this machine alone, on ports that were free a moment ago, and keep what they
write under one directory. They end with the `with` that started them, by their own
process ids; so nothing outlives a run that fails, or is interrupted.
"""

import contextlib
import itertools
import json
import pathlib
import socket
import subprocess
import time
import urllib.error
import urllib.request

HOST = "127.0.0.1"
PATIENCE_S = 60
RAW_PATH = "/api/v1/kv/abc"
# Whatever proxy this machine has is not asked: it would answer for its own 127.0.0.1.
open_url = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Failed(Exception):
    """What happened, to what, and what to do: a sentence for people."""


def free_ports(count):
    """The first of so many neighbouring ports that nobody listens on.

    They are below those that the kernel gives to clients: a load generator's connection
    would take one between our look and the server's start."""
    starts = itertools.count(20000 + time.time_ns() % 10000, 7)
    for first in itertools.islice(starts, 500):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.socket()).bind((HOST, port))
                return first
            except OSError:
                continue
    raise Failed(f"no {count} neighbouring ports are free above 20000")


def wait_for(condition, what):
    """Bounded: until it is true. A server that refuses meanwhile is not there yet."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        with contextlib.suppress(OSError, urllib.error.URLError):
            if condition():
                return
        time.sleep(0.05)
    raise Failed(f"{what} within {PATIENCE_S} s")


def is_listening(port):
    with socket.create_connection((HOST, port), 1):
        return True


@contextlib.contextmanager
def process(words, log, **how):
    """A program that runs as long as the `with`; what it says goes to a file."""
    with open(log, "ab") as output:
        try:
            started = subprocess.Popen([str(word) for word in words], stdout=output,
                                       stderr=output, **how)
        except FileNotFoundError:
            raise Failed(f"{words[0]} is not installed: `make peers` does it") from None
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


class Etcd:
    """Three members as Debian has them: a put is synced by two before its answer."""

    def __init__(self, endpoints):
        self.endpoints = endpoints
        wait_for(self._has_leader, "etcd had no leader")

    def _status(self, endpoint):
        request = urllib.request.Request(
            f"http://{endpoint}/v3/maintenance/status", b"{}")
        with open_url(request, timeout=5) as answer:
            return json.load(answer)

    def _has_leader(self):
        return all(int(self._status(one).get("leader", 0)) for one in self.endpoints)

    def leader(self):
        """The endpoint of the member that leads now."""
        for endpoint in self.endpoints:
            status = self._status(endpoint)
            if status["leader"] == status["header"]["member_id"]:
                return endpoint
        raise Failed("no member of etcd says that it leads")


@contextlib.contextmanager
def etcd(folder):
    first = free_ports(6)
    members = [(f"etcd{i}", first + i, first + 3 + i) for i in range(3)]
    peers = ",".join(f"{name}=http://{HOST}:{peer}" for name, _, peer in members)
    with contextlib.ExitStack() as stack:
        for name, client, peer in members:
            stack.enter_context(process(
                ["etcd", "--name", name, "--data-dir", folder / name,
                 "--listen-client-urls", f"http://{HOST}:{client}",
                 "--advertise-client-urls", f"http://{HOST}:{client}",
                 "--listen-peer-urls", f"http://{HOST}:{peer}",
                 "--initial-advertise-peer-urls", f"http://{HOST}:{peer}",
                 "--initial-cluster", peers, "--initial-cluster-state", "new",
                 "--quota-backend-bytes", 8 << 30, "--log-level", "error"],
                folder / "etcd.log"))
        yield Etcd([f"{HOST}:{client}" for _, client, _ in members])


@contextlib.contextmanager
def redis(folder):
    """The port of one server that syncs before each answer, and takes no snapshots."""
    port = free_ports(1)
    data = folder / "redis"
    data.mkdir()
    with process(["redis-server", "--port", port, "--bind", HOST, "--dir", data,
                  "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
                 folder / "redis.log"):
        wait_for(lambda: is_listening(port), "redis-server did not listen")
        yield port


@contextlib.contextmanager
def nginx(folder, body):
    """The port of one worker that answers RAW_PATH with bytes out of its settings."""
    port = free_ports(1)
    home = folder / "nginx"
    home.mkdir()
    (home / "conf").write_text(
        f"daemon off; worker_processes 1; pid {home}/pid; error_log stderr;\n"
        "events { worker_connections 1024; }\n"
        "http {\n"
        "  access_log off; keepalive_requests 1000000000;\n"
        "  default_type application/octet-stream;\n"
        f"  client_body_temp_path {home}; proxy_temp_path {home};\n"
        f"  fastcgi_temp_path {home}; uwsgi_temp_path {home}; scgi_temp_path {home};\n"
        f"  server {{ listen {HOST}:{port};\n"
        f"    location = {RAW_PATH} {{ return 200 \"{body}\"; }}\n"
        "  }\n"
        "}\n")
    with process(["nginx", "-p", home, "-c", home / "conf", "-e", "stderr"],
                 folder / "nginx.log"):
        wait_for(lambda: is_listening(port), "nginx did not listen")
        yield port


class Ours:
    """A cluster's doors, and its commands."""

    def __init__(self, nodes, http, grpc, resp, stdin):
        self.resp_port, self.http_port, self._stdin = resp, http, stdin
        self.endpoints = {
            protocol: ",".join(f"{HOST}:{first + i}" for i in range(nodes))
            for protocol, first in {"http": http, "grpc": grpc, "resp": resp}.items()}

    def command(self, line):
        """`kill node2`, `start node2`: what `v4_replicated_kv cluster` takes."""
        self._stdin.write(line.encode() + b"\n")
        self._stdin.flush()

    def put_raw(self, body):
        """Puts the value that RAW_PATH answers with."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.http_port}{RAW_PATH}", body.encode(), method="PUT",
            headers={"Content-Type": "application/octet-stream"})
        with open_url(request, timeout=10):
            pass


@contextlib.contextmanager
def ours(program, folder, nodes):
    """As it comes: three copies, or one a node, synced before each answer."""
    first = free_ports(3 * nodes)
    doors = {"http": first, "grpc": first + nodes, "resp": first + 2 * nodes}
    log = folder / f"ours{nodes}.log"
    with process([program, "cluster", "--nodes", nodes,
                  "--data-dir", folder / f"ours{nodes}",
                  *(word for name, port in doors.items()
                    for word in (f"--{name}-base", port))],
                 log, stdin=subprocess.PIPE) as started:
        wait_for(lambda: "\nready after" in pathlib.Path(log).read_text(errors="replace"),
                 f"{program} cluster was not ready (see {log})")
        yield Ours(nodes, *doors.values(), started.stdin)
