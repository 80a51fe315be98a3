"""Runs the comparison that benchmarks/run.sh prepared, prints its table, writes BENCHMARKS.md and docs/bench.svg."""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "/bin/true"
MASKED = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
          "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
STRICT = ["nosuid", "noexec", "nodev"]


def bundle_config():
    """What `runc spec` writes, without a terminal: root, no user namespace, no seccomp."""
    capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
    mount = lambda destination, kind, source, options: {
        "destination": destination, "type": kind, "source": source, "options": options}
    return {
        "ociVersion": "1.0.2",
        "process": {
            "terminal": False, "user": {"uid": 0, "gid": 0}, "args": [COMMAND], "cwd": "/",
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "capabilities": {kind: capabilities for kind in ("bounding", "effective", "permitted")},
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}], "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": False},
        "hostname": "bench",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            mount("/dev/shm", "tmpfs", "shm", STRICT + ["mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", "mqueue", STRICT),
            mount("/sys", "sysfs", "sysfs", STRICT + ["ro"]),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", STRICT + ["relatime", "ro"]),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": MASKED, "readonlyPaths": READ_ONLY,
        },
    }


def runtimes(binaries):
    """Each runtime's name, whether it runs in the peers' mount namespace, and its program."""
    return [("hako-runtime", False, [binaries / "hako-runtime"]), ("crun", True, ["crun"]), ("runc", True, ["runc"])]


def installed(peers, state):
    """The name of each runtime that is there, and the words every command of it begins with; its states are in `state(name)`."""
    for name, apart, command in runtimes(Path(os.environ.get("HAKO_BIN", ROOT / "bin"))):
        program = shutil.which(str(command[0]))
        if program:
            yield name, (["nsenter", f"--mount={peers}", "--"] if apart else []) + [program, "--root", str(state(name))]


def seccomp_profile():
    """The profile of podman's and docker's containers, in the specification's form, for a container of few capabilities."""
    profile = json.loads(Path("/usr/share/containers/seccomp.json").read_text())
    calls = []
    for group in profile["syscalls"]:
        includes = group.get("includes") or {}
        if includes.get("caps") or includes.get("minKernel") or (includes.get("arches") and "amd64" not in includes["arches"]):
            continue
        if "amd64" in (group.get("excludes") or {}).get("arches", []):
            continue
        call = {"names": group.get("names") or [group["name"]], "action": group["action"]}
        if group.get("args"):
            call["args"] = [{key: value for key, value in argument.items() if value is not None} for argument in group["args"]]
        if group.get("errnoRet") is not None:
            call["errnoRet"] = group["errnoRet"]
        calls.append(call)
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": profile.get("defaultErrnoRet", 38),
            "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": calls}


def full_config(work):
    """What an engine asks for: a seccomp profile, every masked path, limits, and ten bind mounts."""
    config = bundle_config()
    config["root"]["path"] = str(work / "bundle/rootfs")
    config["linux"]["seccomp"] = seccomp_profile()
    config["linux"]["resources"] |= {"memory": {"limit": 512 << 20}, "pids": {"limit": 2048}, "cpu": {"shares": 512}}
    volumes = work / "volumes"
    for number in range(10):
        (volumes / str(number)).mkdir(parents=True)
        config["mounts"].append({"destination": f"/mnt/{number}", "type": "bind", "source": str(volumes / str(number)),
                                 "options": ["rbind", "rprivate", "ro" if number % 2 else "rw"]})
    return config


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()[0].strip()
    except (OSError, IndexError):
        return "not installed"


def contestants(work):
    """Name, group, whether it runs in the peers' mount namespace, and the command."""
    bundle, tree = work / "bundle", work / "bundle/rootfs"
    binaries = Path(os.environ.get("HAKO_BIN", ROOT / "bin"))
    runtime, hako = binaries / "hako-runtime", binaries / "hako"
    podman = ["podman", "--root", work / "podman", "--runroot", work / "states/podman-run", "--tmpdir", work / "states/podman-tmp",
              "--cgroup-manager", "cgroupfs", "--storage-driver", "overlay", "--events-backend", "none", "--log-level", "error"]
    rows = [
        ("floor", "runtime", False, [ROOT / ".build-bench/floor", tree, COMMAND]),
        ("hako-runtime run", "runtime", False, [runtime, "--root", work / "states/hako", "run", "--bundle", bundle, "bench-hako"]),
        ("crun run", "runtime", True, ["crun", "--root", work / "states/crun", "run", "--bundle", bundle, "bench-crun"]),
        ("runc run", "runtime", True, ["runc", "--root", work / "states/runc", "run", "--bundle", bundle, "bench-runc"]),
        ("hako run", "engine", False, [hako, "--root", work / "hako", "--state", work / "states/hako-run",
                                       "run", "--rm", "--network", "none", "--rootfs", tree, COMMAND]),
        ("podman run", "engine", True, podman + ["run", "--rm", "--cgroup-parent", "/hako-bench", "--ulimit", "nofile=1024:1024",
                                    "--ulimit", "nproc=1024:1024", "--network", "none", "--rootfs", tree, COMMAND]),
    ]
    for name, apart, command in runtimes(binaries):
        base = [str(word) for word in command] + ["--root", str(work / f"states/{name}-lasting")]
        rows.append((f"{name} exec", "exec", apart, base + ["exec", "bench-lasting", COMMAND]))
        # Each operation alone: what comes before and after is not timed.
        create = base + ["create", "--bundle", str(work / "bundle"), "bench-cycle"]
        delete = base + ["delete", "--force", "bench-cycle"]
        rows.append((f"{name} create", "create", apart, [";;"] + create + [";;"] + delete))
        rows.append((f"{name} start", "start", apart, create + [";;"] + base + ["start", "bench-cycle", ";;"] + delete))
        rows.append((f"{name} delete", "delete", apart, create + [";;"] + delete + [";;"]))
        rows.append((f"{name} run, full", "full", apart, base + ["run", "--bundle", str(work / "full"), "bench-full"]))
    present = []
    for name, group, apart, command in rows:
        words = [str(word) for word in command]
        for at in [0] + [index + 1 for index, word in enumerate(words) if word == ";;" and index + 1 < len(words)]:
            if words[at] != ";;":
                words[at] = shutil.which(words[at]) or ""
        if "" in words:
            print(f"bench: {name} is left out: it is not installed", file=sys.stderr)
            continue
        present.append((name, group, apart, words))
    return present


def lasting(work, peers):
    """Starts the containers that `exec` enters; gives what ends them."""
    binaries = Path(os.environ.get("HAKO_BIN", ROOT / "bin"))
    bundle = work / "lasting"
    bundle.mkdir()
    config = bundle_config()
    config["process"]["args"] = ["/bin/sleep", "3600"]
    config["root"]["path"] = str(work / "bundle/rootfs")
    (bundle / "config.json").write_text(json.dumps(config))
    ends = []
    for name, base in installed(peers, lambda name: work / f"states/{name}-lasting"):
        with open(os.devnull, "r+b") as null:
            started = subprocess.run(base + ["run", "--detach", "--bundle", str(bundle), "bench-lasting"], stdin=null, stdout=null,
                                     stderr=null, check=False)
        if started.returncode == 0:
            ends.append(base + ["delete", "--force", "bench-lasting"])
    return ends


def crowd(work, peers, count, rounds):
    """Starts so many containers at once, several times, each runtime in turn; the time until all run, in ms."""
    times = {}
    for _ in range(rounds):
        for name, base in installed(peers, lambda name: work / f"states/{name}-crowd"):
            start = time.monotonic()
            started = [subprocess.Popen(base + ["run", "--detach", "--bundle", str(work / "lasting"), f"bench-{number}"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                       for number in range(count)]
            failed = sum(process.wait() != 0 for process in started)
            took = (time.monotonic() - start) * 1000
            for number in range(count):
                subprocess.run(base + ["delete", "--force", f"bench-{number}"], capture_output=True, check=False)
            if failed:
                print(f"bench: {failed} of {count} containers of {name} did not start at once", file=sys.stderr)
            else:
                times.setdefault(name, []).append(took)
    return {name: statistics.median(all_times) for name, all_times in times.items() if len(all_times) == rounds}


def alive(work, count):
    """Leaves so many containers running; gives what ends them."""
    binaries = Path(os.environ.get("HAKO_BIN", ROOT / "bin"))
    base = [str(binaries / "hako-runtime"), "--root", str(work / "states/alive")]
    for number in range(count):
        subprocess.run(base + ["run", "--detach", "--bundle", str(work / "lasting"), f"bench-alive-{number}"], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return base + ["delete", "--force", "--regex", "bench-alive-.*"]


def probe(row, peers):
    """Runs a contestant once; one that cannot run here is left out with its reason."""
    name, _, apart, command = row
    enter = ["nsenter", f"--mount={peers}", "--"] if apart else []
    phases, words = [], []
    for word in command + [";;"]:
        if word == ";;":
            phases.append(words)
            words = []
        else:
            words.append(word)
    for phase in filter(None, phases):
        # Files, as what a container leaves running would hold pipes open.
        with open("/dev/null", "rb") as nothing, tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(enter + phase, stdin=nothing, stdout=subprocess.DEVNULL, stderr=errors, check=False)
            errors.seek(0)
            done.stderr = errors.read()
        if done.returncode != 0:
            break
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"bench: {name} is left out: it ended with {done.returncode}: {reason}", file=sys.stderr)
    return done.returncode == 0


def measure(rows, arguments):
    listing = arguments.work / "commands"
    lines = ["\t".join([str(arguments.peers) if apart else "-"] + command) for _, _, apart, command in rows]
    listing.write_text("\n".join(lines) + "\n")
    output = subprocess.run([ROOT / ".build-bench/measure", str(arguments.rounds), "10", listing],
                            stdout=subprocess.PIPE, text=True, check=True).stdout
    results = {name: {"times": [], "memory": 0} for name, *_ in rows}
    for line in output.splitlines():
        index, nanoseconds, kibibytes = (int(word) for word in line.split())
        result = results[rows[index][0]]
        result["times"].append(nanoseconds / 1e6)
        result["memory"] = max(result["memory"], kibibytes)
    for name, group, *_ in rows:
        times = sorted(results[name]["times"])
        results[name] |= {"group": group, "median": statistics.median(times), "lowest": times[0],
                          "p90": times[min(len(times) - 1, round(len(times) * 0.9))]}
    return results


def crowd_table(crowded, many):
    """The containers started at once, and `run` beside many that live."""
    lines = ["| runtime | 100 containers at once, ms | `run` with 500 alive: median, ms | p90, ms |", "|---|---:|---:|---:|"]
    for name in ("hako-runtime", "crun", "runc"):
        row = many.get(f"{name} run")
        beside = f"{row['median']:.2f} | {row['p90']:.2f}" if row else "- | -"
        lines.append(f"| {name} | {crowded.get(name, float('nan')):.0f} | {beside} |")
    return "\n".join(lines)


def table(results):
    floor, lines = results["floor"]["median"], []
    lines.append("| command | median, ms | p90, ms | lowest, ms | times the floor | peak memory, KiB |")
    lines.append("|---|---:|---:|---:|---:|---:|")
    for name, row in results.items():
        lines.append(f"| {name} | {row['median']:.2f} | {row['p90']:.2f} | {row['lowest']:.2f} "
                     f"| {row['median'] / floor:.2f} | {row['memory']} |")
    return "\n".join(lines)


def aims(results):
    """The aims, each with what was measured."""
    wanted = [
        ("`hako-runtime run` takes at most half of `crun run`'s time", "hako-runtime run", "crun run", 0.5),
        ("`hako-runtime run` takes at most twice the floor's time", "hako-runtime run", "floor", 2.0),
        ("`hako-runtime exec` takes at most half of `crun exec`'s time", "hako-runtime exec", "crun exec", 0.5),
        ("`hako-runtime create` takes at most half of `crun create`'s time", "hako-runtime create", "crun create", 0.5),
        ("`hako-runtime start` takes at most half of `crun start`'s time", "hako-runtime start", "crun start", 0.5),
        ("`hako-runtime delete` takes at most half of `crun delete`'s time", "hako-runtime delete", "crun delete", 0.5),
        ("`hako-runtime run` with a full configuration takes at most half of crun's time", "hako-runtime run, full",
         "crun run, full", 0.5),
        ("`hako run` takes at most a tenth of `podman run`'s time", "hako run", "podman run", 0.1),
    ]
    lines = ["| aim | at most | measured | met |", "|---|---:|---:|---|"]
    for text, ours, theirs, most in wanted:
        if ours in results and theirs in results:
            ratio = results[ours]["median"] / results[theirs]["median"]
            lines.append(f"| {text} | {most:.2f} | {ratio:.2f} | {'yes' if ratio <= most else 'no'} |")
        else:
            lines.append(f"| {text} | {most:.2f} | not measured | no |")
    return "\n".join(lines)


def chart(results):
    """A bar chart of the medians, in plain SVG."""
    row, left, width = 30, 210, 780
    scale = (width - left - 90) / max(result["median"] for result in results.values())
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {row * len(results) + 50}" '
             'font-family="sans-serif" font-size="13">',
             '<rect width="100%" height="100%" fill="#ffffff"/>',
             f'<text x="{left}" y="22" fill="#333333">Time to run /bin/true in a container: median in ms, shorter is better</text>']
    for index, (name, result) in enumerate(results.items()):
        top, length = 36 + index * row, max(1.0, result["median"] * scale)
        colour = "#2f6fde" if name.startswith("hako") else "#b8bec8"
        parts.append(f'<text x="{left - 8}" y="{top + 15}" text-anchor="end" fill="#333333">{name}</text>')
        parts.append(f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{row - 10}" fill="{colour}"/>')
        parts.append(f'<text x="{left + length + 6:.1f}" y="{top + 15}" fill="#333333">{result["median"]:.1f}</text>')
    return "\n".join(parts + ["</svg>", ""])


def further_aims(results, crowded, many):
    lines = []
    def add(text, most, ours, theirs):
        if ours is None or theirs is None:
            lines.append(f"| {text} | {most} | not measured | no |")
        else:
            lines.append(f"| {text} | {most} | {ours / theirs:.2f} | {'yes' if ours / theirs <= float(most) else 'no'} |")
    add("100 containers at once take at most half of crun's time", "0.50", crowded.get("hako-runtime"), crowded.get("crun"))
    add("`run` with 500 containers alive takes at most half of crun's time", "0.50",
        *(many.get(f"{name} run", {}).get("median") for name in ("hako-runtime", "crun")))
    memory = [results.get(f"{name} run", {}).get("memory") for name in ("hako-runtime", "crun")]
    if None not in memory:
        lines.append(f"| peak memory of `run` is at most crun's and 2048 KiB | {memory[1] + 2048} | {memory[0]} "
                     f"| {'yes' if memory[0] <= memory[1] + 2048 else 'no'} |")
    return "\n".join(lines)


def report(results, crowded, many, arguments):
    processor = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                      if line.startswith("model name")), platform.machine())
    groups = "version 2" if Path("/sys/fs/cgroup/cgroup.controllers").exists() else "version 1 and 2 (hybrid)"
    return f"""# Benchmarks

Written by `make bench`; do not edit. Each command runs `{COMMAND}` of the same busybox root file system {arguments.rounds} times,
in turn with the others (A B C A B C …), after 10 rounds that do not count. benchmarks/README.md explains the method.

{table(results)}

{crowd_table(crowded, many)}

{aims(results)}
{further_aims(results, crowded, many)}

![bar chart](docs/bench.svg)

What falls short, and why:
- `create` is all of `run` but the command and the clean-up: namespaces, a dozen mounts, a group in each of ten hierarchies. The kernel
  takes most of that; of crun's time it is the end of `run`, and `delete`, that waits.
- 100 at once: two processors, and the kernel's locks on control groups and network namespaces, which all of them want.
- Memory: pages of the program itself, shared by all that run it; the kernel maps them sixteen at a time.

Machine: {os.cpu_count()} processors ({processor}), Linux {platform.release()}, control groups {groups}.
Peers: {first_line("crun", "--version")}; {first_line("runc", "--version")}; {first_line("podman", "--version")}.
"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()
    bundle = arguments.work / "bundle"
    bundle.mkdir()
    (bundle / "config.json").write_text(json.dumps(bundle_config(), indent=2))
    shutil.copytree(ROOT / ".build-rootfs/busybox", bundle / "rootfs", symlinks=True)
    (arguments.work / "full").mkdir()
    (arguments.work / "full/config.json").write_text(json.dumps(full_config(arguments.work), indent=2))
    ends = lasting(arguments.work, arguments.peers)
    try:
        rows = [row for row in contestants(arguments.work) if probe(row, arguments.peers)]
        if not rows or rows[0][0] != "floor":
            sys.exit("bench: the floor does not run here")
        results = measure(rows, arguments)
        crowded = crowd(arguments.work, arguments.peers, 100, 5)
        ends.append(alive(arguments.work, 500))
        many = measure([row for row in rows if row[1] == "runtime"], arguments)
    finally:
        for end in ends:
            subprocess.run(end, capture_output=True, check=False)
    print(table(results), crowd_table(crowded, many), aims(results), further_aims(results, crowded, many), sep="\n\n")
    missing = {"hako-runtime run", "hako run"} - results.keys()
    if missing:
        sys.exit(f"bench: nothing is written: {', '.join(sorted(missing))} did not run")
    (ROOT / "BENCHMARKS.md").write_text(report(results, crowded, many, arguments))
    (ROOT / "docs/bench.svg").write_text(chart(results))


main()
