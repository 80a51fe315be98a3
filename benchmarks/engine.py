#!/usr/bin/env python3
"""Compares what is done with containers all day with podman and docker; writes docs/bench-engine.md. Run by engine.sh."""
import argparse
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

from images import BIN, PEERS, ROOT, Daemon, quiet, succeeds, wait_until

LINES = 1_000_000
PARALLEL = 50
ARCHIVE = ROOT / ".build-rootfs" / "busybox.tar"


class Engine:
    """One of those compared: how its commands are written."""

    def __init__(self, name, words, image, extra, processes):
        self.name, self.words, self.image, self.extra = name, [str(word) for word in words], image, extra
        # What in a command line tells a process of its own, and not of a container's.
        self.processes = processes

    def __call__(self, *words):
        return self.words + [str(word) for word in words]

    def run(self, *flags, command=("true",), network="none"):
        return self("run", "--network", network, *self.extra, *flags, *self.image, *command)


def milliseconds(words):
    start = time.monotonic()
    result = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    took = (time.monotonic() - start) * 1000
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {result.stderr.decode()[-300:]}")
    return took


def resident(engine):
    """KiB that all of an engine's own processes have for themselves, what they share divided among them (PSS)."""
    total = 0
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            line = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if any(part in line for part in engine.processes):
                text = (place / "smaps_rollup").read_text()
                total += sum(int(row.split()[1]) for row in text.splitlines() if row.startswith("Pss:"))
        except OSError:
            continue
    return total


class Bench:
    def __init__(self, work, rounds, alive):
        self.work, self.rounds, self.alive = work, rounds, alive
        self.daemons, self.engines, self.results, self.memory, self.crowd, self.starts = [], [], {}, {}, {}, {}

    def begin(self):
        quiet(["mount", "-t", "tmpfs", "-o", "mode=700", "hako-bench", self.fresh("run")])
        state = self.work / "run"
        self.engines.append(Engine(
            "hako", [BIN / "hako", "--root", self.work / "hako", "--state", state / "hako"], ["bench:1"], [], [f"{state}/hako"]))
        quiet(self.engines[0]("import", ARCHIVE, "bench:1"))
        podman = ["podman", "--root", self.work / "p", "--runroot", state / "p", "--tmpdir", state / "pt", "--storage-driver", "overlay",
                  "--cgroup-manager", "cgroupfs", "--runtime", "crun"]
        # This machine's limits cannot be raised to podman's own.
        extra = ["--cgroup-parent", "/hako-bench", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
        self.engines.append(Engine(
            "podman", podman, ["localhost/bench:1"], extra, [f"{state}/p/", f"{self.work}/p/"]))
        quiet(self.engines[1]("import", ARCHIVE, "localhost/bench:1"))
        if (PEERS / "done").exists():
            self.begin_docker()

    def fresh(self, name):
        place = self.work / name
        place.mkdir()
        return place

    def begin_docker(self):
        path = ":".join(str(PEERS / part) for part in ("usr/bin", "usr/sbin", "usr/libexec/docker"))
        place = self.fresh("d")
        self.daemons.append(Daemon(
            [PEERS / "usr/sbin/dockerd", "--data-root", place / "data", "--exec-root", place / "exec", "-H", f"unix://{place}/d.sock",
             "-p", place / "pid", "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
            place / "log", path))
        docker = [PEERS / "usr/bin/docker", "-H", f"unix://{place}/d.sock"]
        wait_until(lambda: succeeds(docker + ["info"]))
        quiet(docker + ["import", ARCHIVE, "bench:1"])
        self.engines.append(Engine("docker", docker, ["bench:1"], [], [f"{place}/"]))

    def end(self):
        for engine in self.engines:
            self.clear(engine)
        for daemon in reversed(self.daemons):
            daemon.stop()

    def clear(self, engine):
        if engine.name == "docker":
            # One after the other: told to remove a hundred at once, dockerd 20.10 has hung for good.
            for id in subprocess.run(engine("ps", "-aq"), stdout=subprocess.PIPE, check=False).stdout.decode().split():
                subprocess.run(engine("rm", "-f", id), stdout=subprocess.DEVNULL, check=False)
        else:
            subprocess.run(engine("rm", "-af", *(["-t", "0"] if engine.name == "podman" else [])), stdout=subprocess.DEVNULL, check=False)

    # What is compared

    def note(self, what, engine, took):
        self.results.setdefault(what, {}).setdefault(engine.name, []).append(took)

    def round(self, engine):
        self.note("run --rm", engine, milliseconds(engine.run("--rm")))
        self.note("run --rm --network host", engine, milliseconds(engine.run("--rm", network="host")))
        self.note("run -d", engine, milliseconds(engine.run("-d", "--name", "box", command=("sleep", "1000"))))
        self.note("exec", engine, milliseconds(engine("exec", "box", "true")))
        self.note("ps", engine, milliseconds(engine("ps")))
        self.note("stop -t 0", engine, milliseconds(engine("stop", "-t", "0", "box")))
        self.note("rm", engine, milliseconds(engine("rm", "box")))

    def logs(self, engine):
        quiet(engine.run("--name", "talker", command=("seq", "1", str(LINES))))
        self.note(f"logs of {LINES:,} lines", engine, milliseconds(engine("logs", "talker")))
        quiet(engine("rm", "talker"))

    def parallel(self, engine):
        start = time.monotonic()
        children = [subprocess.Popen(engine.run("--rm"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(PARALLEL)]
        failed = sum(1 for child in children if (child.communicate(), child.returncode)[1] != 0)
        self.note(f"{PARALLEL} run --rm at once", engine, (time.monotonic() - start) * 1000)
        if failed:
            self.crowd[engine.name] = self.crowd.get(engine.name, 0) + failed

    def many(self, engine, count, times):
        """Memory, `ps` and one more start beside so many containers; so often in turn with starts without them, as the machine's own
        speed changes by more than what is looked for."""
        def starts():
            time.sleep(1)
            return statistics.median(milliseconds(engine.run("-d", command=("sleep", "100000"))) for _ in range(9))

        before = resident(engine)
        alone, beside, listings = [starts()], [], []
        for turn in range(times):
            for _ in range(count):
                quiet(engine.run("-d", command=("sleep", "100000")))
            if turn == 0:
                more = resident(engine) - before
            listings += [milliseconds(engine("ps", "-q")) for _ in range(9)]
            beside.append(starts())
            self.clear(engine)
            alone.append(starts())
        ratio = statistics.median(last / statistics.mean(alone[turn:turn + 2]) for turn, last in enumerate(beside))
        self.memory[engine.name] = (
            count, more, before, statistics.median(listings), statistics.median(alone), statistics.median(beside), ratio)

    def measure(self):
        for engine in self.engines:
            self.round(engine)
        self.results = {}
        for _ in range(self.rounds):
            for engine in self.engines:
                self.round(engine)
        for _ in range(3):
            for engine in self.engines:
                self.logs(engine)
                self.parallel(engine)
        for engine in self.engines:
            is_hako = engine.name == "hako"
            self.many(engine, self.alive if is_hako else max(self.alive // 10, 1), 3 if is_hako else 1)

    # What comes of it

    def report(self):
        names = [engine.name for engine in self.engines]
        median = {what: {name: statistics.median(times) for name, times in rows.items()} for what, rows in self.results.items()}
        lines = ["# Benchmarks of the engine", "",
                 "Written by `make bench-engine`; do not edit. Medians in milliseconds, the engines in turn (A B C A B C …),", f"{self.rounds} "
                 "rounds; a busybox image, no network unless it is named. Ratios are hako's time to that peer's.", "",
                 "| command | " + " | ".join(names) + " | " + " | ".join(f"to {name}" for name in names[1:]) + " |",
                 "|---|" + "---:|" * (2 * len(names) - 1)]
        for what, row in median.items():
            lines.append(f"| {what} | " + " | ".join(f"{row[name]:.1f}" for name in names) + " | "
                         + " | ".join(f"{row['hako'] / row[name]:.2f}" for name in names[1:]) + " |")
        lines += ["", "| with so many alive | containers | own memory a container, KB | of the daemon before, MB | `ps -q`, ms "
                  "| `run -d` alone, ms | and beside them, ms | ratio |", "|---|---:|---:|---:|---:|---:|---:|---:|"]
        for name, (count, more, before, listing, first, last, ratio) in self.memory.items():
            lines.append(f"| {name} | {count} | {more / count:.0f} | {before / 1024:.0f} | {listing:.1f} | {first:.1f} | {last:.1f} "
                         f"| {ratio:.2f} |")
        for name, failed in self.crowd.items():
            lines.append(f"\nOf the parallel runs of {name}, {failed} failed.")
        lines += [""] + self.aims(median) + ["", f"Machine: {os.cpu_count()} processors, Linux {platform.release()}. Peers: {self.versions()}.", ""]
        (ROOT / "docs" / "bench-engine.md").write_text("\n".join(lines))
        print("\n".join(lines))

    def aims(self, median):
        podman = {what: row["hako"] / row["podman"] for what, row in median.items()}
        hako = {what: row["hako"] for what, row in median.items()}
        _, more, _, listing, _, _, ratio = self.memory["hako"]
        rows = [("`run --rm`, ms", 12, hako["run --rm"]), ("`exec`, ms", 8, hako["exec"]), ("`ps`, ms", 5, hako["ps"]),
                ("`run --rm` to podman's", 0.1, podman["run --rm"]), ("`exec` to podman's", 0.1, podman["exec"]),
                ("`ps` to podman's", 0.1, podman["ps"]), (f"`ps` with {self.alive} containers, ms", 100, listing),
                (f"a start beside {self.alive} to the first", 1.3, ratio),
                ("memory of a monitor, KB", 1126, more / self.alive)]
        lines = ["| aim | at most | measured | met |", "|---|---:|---:|---|"]
        return lines + [f"| {what} | {most} | {found:.2f} | {'yes' if found <= most else 'no'} |" for what, most, found in rows]

    def versions(self):
        words = [["podman", "--version"], ["crun", "--version"]] + [engine("--version") for engine in self.engines if engine.name == "docker"]
        return "; ".join(subprocess.run(word, stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()[0] for word in words)


def main(kind):
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--alive", type=int, required=True)
    arguments = parser.parse_args()
    bench = kind(arguments.work, arguments.rounds, arguments.alive)
    try:
        bench.begin()
        bench.measure()
        bench.report()
    finally:
        bench.end()


if __name__ == "__main__":
    main(Bench)
