#!/usr/bin/env python3
"""Compares pull, push, load and `images` with podman, docker, ctr, skopeo and the floor; writes docs/bench-images.md. Run by images.sh."""
import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(os.environ.get("HAKO_BIN", ROOT / "bin"))
PEERS = ROOT / ".build-peers"
IMAGE = "large"


def quiet(words, **options):
    return subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


def wait_until(ready, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.1)
    raise RuntimeError("a daemon did not start")


def succeeds(words):
    return subprocess.run([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


class Daemon:
    """A program that is started by hand, and ended by its id."""

    def __init__(self, words, log, path=None):
        environment = dict(os.environ, PATH=f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"])
        self.process = subprocess.Popen([str(word) for word in words], stdout=open(log, "w"), stderr=subprocess.STDOUT, env=environment)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Memory(threading.Thread):
    """The most memory that a process and all below it had together, in KiB; looked at every 10 ms."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.done = pid, 0, False
        self.start()

    def run(self):
        while not self.done:
            total, todo = 0, [self.pid]
            while todo:
                pid = todo.pop()
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                    total += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0)
                    todo += Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                except OSError:
                    continue
            self.peak = max(self.peak, total)
            time.sleep(0.01)


def timed(words):
    """Seconds that a command takes, with the page cache empty before, and its memory."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")
    time.sleep(0.5)
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    memory = Memory(process.pid)
    errors = process.communicate()[1]
    seconds = time.monotonic() - start
    memory.done = True
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {errors.decode()[-300:]}")
    return seconds, memory.peak


class Bench:
    def __init__(self, work):
        self.work, self.daemons, self.rows, self.places = work, [], {}, 0
        self.registry = "127.0.0.1:5979"
        self.name = f"{self.registry}/bench/{IMAGE}:latest"

    def begin(self):
        config = self.work / "registry.yml"
        config.write_text(f"version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n"
                          f"storage: {{filesystem: {{rootdirectory: {self.work}/registry}}}}\nhttp: {{addr: {self.registry}}}\n")
        self.daemons.append(Daemon(["docker-registry", "serve", config], self.work / "registry.log"))
        wait_until(lambda: succeeds(["curl", "-fs", f"http://{self.registry}/v2/"]))
        quiet(["skopeo", "copy", "-q", "--dest-tls-verify=false", f"oci:{ROOT}/.build-images/{IMAGE}:latest", f"docker://{self.name}"])
        manifest = json.loads(subprocess.run(["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{self.name}"],
                                             check=True, stdout=subprocess.PIPE).stdout)
        self.layers = [layer["digest"] for layer in manifest["layers"]]
        if (PEERS / "done").exists():
            self.begin_docker()

    def begin_docker(self):
        path = ":".join(str(PEERS / part) for part in ("usr/bin", "usr/sbin", "usr/libexec/docker"))
        place = self.work / "docker"
        place.mkdir()
        self.docker = [PEERS / "usr/bin/docker", "-H", f"unix://{place}/d.sock"]
        self.daemons.append(Daemon(
            [PEERS / "usr/sbin/dockerd", "--data-root", place / "data", "--exec-root", place / "exec", "-H", f"unix://{place}/d.sock",
             "-p", place / "pid", "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
            place / "log", path))
        wait_until(lambda: succeeds(self.docker + ["info"]))
        self.ctr = ["ctr", "-a", f"{place}/exec/containerd/containerd.sock", "-n", "bench"]

    def end(self):
        for daemon in reversed(self.daemons):
            daemon.stop()

    # What is compared

    def fresh(self, name):
        """A new place each time: a file system reuses the inodes of what was deleted slowly. Short: podman takes 50 characters."""
        self.places += 1
        place = self.work / f"{name}{self.places}"
        place.mkdir()
        return place

    def hako(self, place):
        return [BIN / "hako", "--root", place / "root", "--state", place / "state"]

    def podman(self, place):
        return ["podman", "--root", place / "root", "--runroot", place / "run", "--tmpdir", place / "tmp", "--storage-driver", "overlay",
                "--events-backend", "none"]

    def pulls(self):
        def floor():
            place = self.fresh("floor")
            tool = "igzip -d -c" if shutil.which("igzip") else "gzip -dc"
            script = (f'curl -fsS -o "$0/$1.blob" "http://{self.registry}/v2/bench/{IMAGE}/blobs/$1" && mkdir "$0/$1" && '
                      f'{tool} < "$0/$1.blob" | tar -xf - -C "$0/$1"')
            return ["sh", "-c", f"printf '%s\\n' {' '.join(self.layers)} | xargs -P 2 -n 1 sh -c '{script}' {place} && sync -f {place}"]
        def docker():
            subprocess.run([str(word) for word in self.docker + ["rmi", "-f", self.name]], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
            return self.docker + ["pull", "-q", self.name]
        def ctr():
            subprocess.run(self.ctr + ["images", "rm", "--sync", self.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           check=False)
            return self.ctr + ["images", "pull", "--plain-http", self.name]
        rows = {"floor": floor, "hako pull": lambda: self.hako(self.fresh("hako")) + ["pull", "-q", self.name],
                "skopeo copy to a directory": lambda: ["skopeo", "copy", "-q", "--src-tls-verify=false", f"docker://{self.name}",
                                                        f"dir:{self.fresh('skopeo')}"],
                "podman pull": lambda: self.podman(self.fresh("podman")) + ["pull", "-q", "--tls-verify=false", self.name]}
        if (PEERS / "done").exists():
            rows |= {"docker pull": docker, "ctr images pull": ctr}
        return rows

    def others(self):
        """Push to a new repository, and load of an archive; both of the image that was pulled once."""
        place = self.fresh("kept")
        quiet(self.hako(place) + ["pull", "-q", self.name])
        theirs = self.fresh("podman")
        quiet(self.podman(theirs) + ["pull", "-q", "--tls-verify=false", self.name])
        archive = self.work / "archive.tar"
        quiet(self.hako(place) + ["save", "-o", archive, self.name])
        target = lambda: f"{self.registry}/pushed/x{time.monotonic_ns()}:latest"
        return {"hako push": lambda: self.hako(place) + ["push", "-q", self.name, target()],
                "podman push": lambda: self.podman(theirs) + ["push", "-q", "--tls-verify=false", self.name, target()],
                "hako load": lambda: self.hako(self.fresh("hako")) + ["load", "-q", "-i", archive],
                "podman load": lambda: self.podman(self.fresh("podman")) + ["load", "-q", "-i", archive]}

    def measure(self, contestants, rounds):
        for _ in range(rounds):
            for name, words in contestants.items():
                try:
                    self.rows.setdefault(name, []).append(timed(words()))
                except RuntimeError as error:
                    print(f"bench: {name}: {error}")

    def thousand(self):
        """`hako images` with 1,000 images: the median of 20, in ms."""
        place = self.fresh("thousand")
        quiet(self.hako(place) + ["load", "-q", "-i", ROOT / ".build-images/busybox"])
        database = place / "root/hako.db"
        import sqlite3
        with sqlite3.connect(database) as connection:
            row = connection.execute("SELECT * FROM images").fetchone()
            for number in range(999):
                connection.execute("INSERT INTO images VALUES (?, ?, ?, ?, ?, ?, ?)", (f"{number:064x}", *row[1:]))
                connection.execute("INSERT INTO image_names VALUES (?, ?, ?, 0)",
                                   (f"docker.io/library/image{number}:latest", f"{number:064x}", row[1]))
        connection.close()
        times = []
        for _ in range(20):
            start = time.monotonic()
            quiet(self.hako(place) + ["images"])
            times.append(1000 * (time.monotonic() - start))
        return statistics.median(times)


def gzip_section():
    """What zlib, isa-l and libdeflate take for the largest layer (gzip.sh), and what follows for the whole image."""
    done = subprocess.run([str(ROOT / "benchmarks/gzip.sh"), "15"], stdout=subprocess.PIPE, check=True)
    table = done.stdout.decode().strip()
    speed = {}
    for line in table.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        speed[cells[0]] = float(cells[1])
    plain = 0
    for blob in (ROOT / f".build-images/{IMAGE}/blobs/sha256").iterdir():
        data = blob.read_bytes()
        if data[:2] == b"\x1f\x8b":
            plain += int.from_bytes(data[-4:], "little") / 1e6
    saved = plain / speed["zlib"] - plain / speed["isa-l"]
    return f"""## gzip

The largest layer, in memory, by one thread, in seconds of its processor; `benchmarks/gzip.sh`.

{table}

Hako stays with zlib. libdeflate has no call for a part of a file: a layer would have to be there whole, compressed and plain, before
the first of its files is made, which costs the memory above and what unpacking a layer while it comes gains. isa-l could take zlib's
place call by call, and would save {saved:.1f} of the {plain / speed["zlib"]:.1f} s of a processor's time that gzip takes in a pull of this image ({plain:.0f} MB
plain); Debian has it as a shared library only, and hako is a static program, which starts in 0.6 ms where a dynamic one takes 2.5.
"""


def report(bench, rounds, listing):
    floor = statistics.median(seconds for seconds, _ in bench.rows["floor"])
    lines = ["| command | median, s | lowest, s | times the floor | peak memory, MB |", "|---|---:|---:|---:|---:|"]
    medians = {}
    for name, results in bench.rows.items():
        seconds = [result[0] for result in results]
        medians[name] = statistics.median(seconds)
        isPull = name not in ("hako push", "podman push", "hako load", "podman load")
        daemon = name.startswith(("docker", "ctr"))
        lines.append(f"| {name} | {medians[name]:.2f} | {min(seconds):.2f} | {f'{medians[name] / floor:.2f}' if isPull else '-'} "
                     f"| {'(in its daemon)' if daemon else f'{max(result[1] for result in results) / 1000:.0f}'} |")
    memory = max(result[1] for result in bench.rows["hako pull"]) / 1000
    aims = ["| aim | at most | measured | met |", "|---|---:|---:|---|"]
    def aim(text, most, value):
        aims.append(f"| {text} | {most} | {value:.2f} | {'yes' if value <= most else 'no'} |")
    aim("`hako pull` takes at most a quarter of `podman pull`'s time", 0.25, medians["hako pull"] / medians["podman pull"])
    aim("`hako pull` takes at most 1.5 times the floor's time", 1.5, medians["hako pull"] / floor)
    aim("peak memory of `hako pull` and its hako-edge, MB", 100, memory)
    aim("`hako images` with 1,000 images, ms", 50, listing)
    size = sum(file.stat().st_size for file in (ROOT / f".build-images/{IMAGE}/blobs/sha256").iterdir()) / 1e6
    def version(*words):
        done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return done.stdout.decode().splitlines()[0]
    peers = [version("podman", "--version"), version("skopeo", "--version")]
    if (PEERS / "done").exists():
        peers += [version(PEERS / "usr/bin/docker", "--version"), version("ctr", "--version")]
    return f"""# Benchmarks of images

Written by `make bench-images`; do not edit. An image of {size:.0f} MB compressed, 46,000 files, four gzip layers, from docker-registry on
loopback; {rounds} rounds, in turn (A B C A B C …), the page cache dropped before each. The floor is curl, {'igzip' if shutil.which('igzip') else 'gzip'}
and tar, two layers at a time, and `sync -f`; it verifies nothing.

{chr(10).join(lines)}

{chr(10).join(aims)}

What falls short, and why: `hako pull` brings each layer to disk before it counts as there, a third of its time here, which podman, docker
and skopeo leave to the page cache; the rest is two processors busy with gzip, SHA-256 and making 46,000 files.

{gzip_section()}
Machine: {os.cpu_count()} processors, Linux {platform.release()}, ext4. Peers: {'; '.join(peers)}.
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    bench = Bench(arguments.work)
    try:
        bench.begin()
        bench.measure(bench.pulls(), arguments.rounds)
        bench.measure(bench.others(), max(1, arguments.rounds // 2))
        listing = bench.thousand()
    finally:
        bench.end()
    text = report(bench, arguments.rounds, listing)
    (ROOT / "docs/bench-images.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
