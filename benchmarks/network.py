#!/usr/bin/env python3
"""Compares networks with those of podman and docker; writes docs/bench-network.md. Run by network.sh."""
import contextlib
import json
import os
import platform
import random
import socket
import statistics
import struct
import subprocess
import sys
import tarfile
import time
from pathlib import Path

from engine import Bench, Engine, main, milliseconds
from images import BIN, PEERS, ROOT, Daemon, quiet, succeeds, wait_until

SECONDS = 3
QUERIES = 60_000


def text(words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout.decode().strip()


def image(place):
    """busybox and iperf3 with its libraries, as a tar."""
    shared = [word for line in text(["ldd", "/usr/bin/iperf3"]).splitlines() for word in line.split() if word.startswith("/")]
    with tarfile.open(place, "w") as tar:
        for path in ["/usr/bin/iperf3"] + shared:
            tar.add(os.path.realpath(path), path.lstrip("/"))
        tar.add("/bin/busybox", "bin/busybox")
        for name in ("sh", "true", "sleep"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname, link.mode = tarfile.SYMTYPE, "busybox", 0o777
            tar.addfile(link)
        for name in ("tmp", "etc"):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(folder)


def inside(pid, *words):
    return ["nsenter", "-t", str(pid), "-n", "--", *map(str, words)]


def stream(words):
    """Gbit/s of one TCP stream that iperf3 measures."""
    found = json.loads(text(words + ["-J", "-t", str(SECONDS)]))
    return found["end"]["sum_received"]["bits_per_second"] / 1e9


def ask(server, name, queries):
    """A query's bytes again and again, with many on their way; answers a second. Runs in a container's namespace."""
    question = b"".join(bytes([len(part)]) + part for part in name.encode().split(b".")) + b"\0" + struct.pack("!HH", 1, 1)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 53))
    sock.settimeout(1)
    start, answered, sent = time.monotonic(), 0, 0
    while answered < queries and time.monotonic() - start < 20:
        while sent - answered < 64:
            sock.send(struct.pack("!HHHHHH", random.getrandbits(16), 0x100, 1, 0, 0, 0) + question)
            sent += 1
        try:
            sock.recv(512)
            answered += 1
        except TimeoutError:
            sent = answered
    return answered / (time.monotonic() - start)


@contextlib.contextmanager
def raw_network():
    """A bridge and two pairs of devices, by hand: what the kernel gives, docker's rules for bridges included. Gives the commands that
    measure a stream in it."""
    script = """set -e
        ! iptables -S FORWARD | grep -q 'FORWARD DROP' || iptables -I FORWARD -i rawbr -o rawbr -j ACCEPT
        ip link add rawbr type bridge; ip addr add 10.104.0.1/24 dev rawbr; ip link set rawbr up
        for i in 2 3; do ip link add r$i type veth peer name e0 netns $1; ip link set r$i master rawbr up; shift; done"""
    holders = [subprocess.Popen(["unshare", "--net", "sleep", "1000"]) for _ in range(2)]
    children = list(holders)
    try:
        own = os.readlink("/proc/self/ns/net")
        wait_until(lambda: all(os.readlink(f"/proc/{holder.pid}/ns/net") != own for holder in holders))
        quiet(["sh", "-c", script, "sh"] + [str(holder.pid) for holder in holders])
        for number, holder in enumerate(holders):
            quiet(inside(holder.pid, "sh", "-c", f"ip addr add 10.104.0.{number + 2}/24 dev e0; ip link set e0 up; ip link set lo up"))
        children.append(subprocess.Popen(inside(holders[0].pid, "iperf3", "-s"), stdout=subprocess.DEVNULL))
        client = inside(holders[1].pid, "iperf3", "-c", "10.104.0.2")
        wait_until(lambda: succeeds(client + ["-n", "1000"]))
        yield {"container to container": client, "host to container": ["iperf3", "-c", "10.104.0.2"]}
    finally:
        for child in reversed(children):
            child.kill()
            child.wait()
        subprocess.run(["ip", "link", "del", "rawbr"], check=False)
        subprocess.run(["iptables", "-D", "FORWARD", "-i", "rawbr", "-o", "rawbr", "-j", "ACCEPT"], stderr=subprocess.DEVNULL, check=False)


class NetworkBench(Bench):
    def begin(self):
        archive = self.work / "image.tar"
        image(archive)
        quiet(["mount", "-t", "tmpfs", "-o", "mode=700", "hako-bench", self.fresh("run")])
        state = self.work / "run"
        self.engines.append(Engine(
            "hako", [BIN / "hako", "--root", self.work / "hako", "--state", state / "hako"], ["bench:1"], [], []))
        configuration = self.fresh("pn")
        podman = ["podman", "--root", self.work / "p", "--runroot", state / "p", "--tmpdir", state / "pt", "--storage-driver", "overlay",
                  "--cgroup-manager", "cgroupfs", "--runtime", "crun", "--network-backend", "netavark",
                  "--network-config-dir", configuration]
        extra = ["--cgroup-parent", "/hako-bench", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        if Path("/usr/lib/podman/netavark").exists():
            self.engines.append(Engine("podman", podman, ["localhost/bench:1"], extra, []))
        if (PEERS / "done").exists():
            self.begin_docker()
        for engine in self.engines:
            quiet(engine("import", archive, engine.image[0]))
            quiet(engine("network", "create", "--subnet", {"hako": "10.101.0.0/16", "podman": "10.102.0.0/16", "docker": "10.103.0.0/16"}[engine.name], "bench"))

    def begin_docker(self):
        path = ":".join(str(PEERS / part) for part in ("usr/bin", "usr/sbin", "usr/libexec/docker"))
        place = self.fresh("d")
        self.daemons.append(Daemon(
            [PEERS / "usr/sbin/dockerd", "--data-root", place / "data", "--exec-root", place / "exec", "-H", f"unix://{place}/d.sock",
             "-p", place / "pid"], place / "log", path))
        docker = [PEERS / "usr/bin/docker", "-H", f"unix://{place}/d.sock"]
        wait_until(lambda: succeeds(docker + ["info"]))
        self.engines.append(Engine("docker", docker, ["bench:1"], [], []))

    def inspect(self, engine, name, template):
        return text(engine("inspect", "-f", template, name))

    def address(self, engine, name):
        return self.inspect(engine, name, "{{.NetworkSettings.Networks.bench.IPAddress}}")

    def pid(self, engine, name):
        return self.inspect(engine, name, "{{.State.Pid}}")

    def start(self, engine, *flags, command):
        quiet(engine.run("-d", *flags, command=command, network="bench"))

    def round(self, engine):
        for what, network in (("run --rm, no network", "none"), ("run --rm on the bridge", "bridge"), ("run --rm, a network with names", "bench")):
            self.note(what, engine, milliseconds(engine.run("--rm", network=network)))
        self.note("run --rm -p, a network with names", engine, milliseconds(engine.run("--rm", "-p", "18080:80", network="bench")))

    def streams(self):
        """One stream after the other, of each engine and of devices made by hand in turn: the machine's own speed changes by more than
        what is looked for."""
        paths = {engine.name: self.paths(engine) for engine in self.engines}
        with raw_network() as paths["raw"]:
            everyone = [Engine("raw", [], [], [], [])] + self.engines
            for _ in range(5):
                for what in ("container to container", "host to container", "host to published port"):
                    for engine in everyone:
                        if what in paths[engine.name]:
                            self.note(what, engine, stream(paths[engine.name][what]))
        for engine in self.engines:
            self.names(engine)
            quiet(engine("rm", "-f", "server", "client"))

    def paths(self, engine):
        """Starts a server and a client; the commands that measure a stream between them."""
        port = str(5301 + self.engines.index(engine))
        self.start(engine, "--name", "server", "-p", f"{port}:5201", command=("iperf3", "-s"))
        self.start(engine, "--name", "client", command=("sleep", "1000"))
        address, pid = self.address(engine, "server"), self.pid(engine, "client")
        wait_until(lambda: succeeds(inside(pid, "iperf3", "-c", address, "-n", "1000")))
        return {"container to container": inside(pid, "iperf3", "-c", address), "host to container": ["iperf3", "-c", address],
                "host to published port": ["iperf3", "-c", "127.0.0.1", "-p", port]}

    def names(self, engine):
        pid = self.pid(engine, "client")
        # docker's server answers inside the container's own namespace.
        server = "127.0.0.11" if engine.name == "docker" else text(inside(pid, "ip", "route", "show", "default")).split()[2]
        child = subprocess.run(inside(pid, "python3", __file__, "--ask", server, "server"), stdout=subprocess.PIPE, check=True)
        self.note("DNS answers a second", engine, float(child.stdout))

    def many(self, engine, count):
        """A start, and a whole run, beside one container on the network and beside all. The kernel takes a network namespace apart after its
        container's end, and makes no device meanwhile: each is measured when that is over, and what many starts left to do too."""
        def medians():
            time.sleep(10)
            starts, runs = [], []
            for _ in range(9):
                time.sleep(0.2)
                starts.append(milliseconds(engine.run("-d", "--name", "next", command=("sleep", "100000"), network="bench")))
                quiet(engine("rm", "-f", "next"))
                time.sleep(0.2)
                runs.append(milliseconds(engine.run("--rm", network="bench")))
            return statistics.median(starts), statistics.median(runs)
        self.start(engine, command=("sleep", "100000"))
        first = medians()
        for _ in range(count - 1):
            self.start(engine, command=("sleep", "100000"))
        self.memory[engine.name] = (count, *first, *medians())

    def measure(self):
        for engine in self.engines:
            self.round(engine)
        self.results = {}
        for _ in range(self.rounds):
            for engine in self.engines:
                self.round(engine)
        self.streams()
        for engine in self.engines:
            self.many(engine, self.alive if engine.name == "hako" else self.alive // 10)

    def report(self):
        names = [engine.name for engine in self.engines]
        median = {what: {name: statistics.median(times) for name, times in rows.items()} for what, rows in self.results.items()}
        times = {what: row for what, row in median.items() if what.startswith("run")}
        lines = ["# Benchmarks of networks", "",
                 f"Written by `make bench-network`; do not edit. The engines in turn, {self.rounds} rounds; medians.", "",
                 "| command, ms | " + " | ".join(names) + " | " + " | ".join(f"to {name}" for name in names[1:]) + " |",
                 "|---|" + "---:|" * (2 * len(names) - 1)]
        for what, row in times.items():
            lines.append(f"| {what} | " + " | ".join(f"{row[name]:.1f}" for name in names) + " | "
                         + " | ".join(f"{row['hako'] / row[name]:.2f}" for name in names[1:]) + " |")
        lines += ["", f"One TCP stream of {SECONDS} s, Gbit/s, and answers a second (queries in flight: 64, the client a Python script); raw: a bridge and two pairs "
                  "of devices made by hand.", "",
                  "| | " + " | ".join(["raw"] + names) + " |", "|---|" + "---:|" * (len(names) + 1)]
        for what, row in median.items():
            if what not in times:
                form = "{:,.0f}" if "DNS" in what else "{:.1f}"
                lines.append(f"| {what} | " + " | ".join(form.format(row[name]) if name in row else "" for name in ["raw"] + names) + " |")
        lines += ["", "| with so many on one network, each 0.2 s after the one before | containers | `run -d` beside one, ms | beside all, ms "
                  "| `run --rm` beside one, ms | beside all, ms |", "|---|---:|---:|---:|---:|---:|"]
        for name, (count, first, first_run, last, last_run) in self.memory.items():
            lines.append(f"| {name} | {count} | {first:.1f} | {last:.1f} | {first_run:.1f} | {last_run:.1f} |")
        lines += [""] + self.aims(median) + ["", f"Machine: {os.cpu_count()} processors, Linux {platform.release()}. Peers: {self.versions()}.", ""]
        (ROOT / "docs" / "bench-network.md").write_text("\n".join(lines))
        print("\n".join(lines))

    def aims(self, median):
        run, streams = median["run --rm on the bridge"], median["container to container"]
        _, first, _, last, _ = self.memory["hako"]
        rows = [("`run --rm` on the bridge, ms", "at most 20", run["hako"], run["hako"] <= 20),
                ("container to container, of raw", "at least 0.95", streams["hako"] / streams["raw"], streams["hako"] / streams["raw"] >= 0.95),
                (f"a start beside {self.alive} to the first", "at most 1.3", last / first, last / first <= 1.3)]
        if "podman" in run:
            rows.insert(1, ("podman's time to hako's, on the bridge", "at least 15", run["podman"] / run["hako"], run["podman"] / run["hako"] >= 15))
        return ["| aim | | measured | met |", "|---|---|---:|---|"] + [
            f"| {what} | {aim} | {found:.2f} | {'yes' if met else 'no'} |" for what, aim, found, met in rows]


if __name__ == "__main__":
    if sys.argv[1] == "--ask":
        print(ask(*sys.argv[2:], QUERIES))
    else:
        main(NetworkBench)
