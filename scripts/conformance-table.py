#!/usr/bin/env python3
"""Makes docs/conformance.md from the results of the conformance suite.

usage: conformance-table.py NAME=RUNTIME=RESULTS...     (RESULTS: the lines of JSON that the suite wrote)
"""

import json
import os
import platform
import re
import subprocess
import sys


def version(runtime):
    text = subprocess.run([runtime, "--version"], capture_output=True, text=True).stdout.splitlines()
    return text[0].strip() if text else "?"


def groups():
    if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
        return "cgroup v2 (" + open("/sys/fs/cgroup/cgroup.controllers").read().strip() + ")"
    names = sorted(n for n in os.listdir("/sys/fs/cgroup") if os.path.exists(f"/sys/fs/cgroup/{n}/tasks"))
    return "cgroup v1 (" + " ".join(names) + ")"


def lacking():
    status = open("/proc/self/status").read()
    bounding = int(re.search(r"CapBnd:\s*(\w+)", status).group(1), 16)
    last = int(open("/proc/sys/kernel/cap_last_cap").read())
    missing = [str(n) for n in range(last + 1) if not bounding >> n & 1]
    parts = []
    if missing:
        parts.append("root lacks the capabilities number " + ", ".join(missing))
    if not os.path.exists("/sys/kernel/security/apparmor/profiles"):
        parts.append("there is no AppArmor")
    return "; ".join(parts) or "nothing is missing"


def shorten(why):
    """One line of a reason, without what changes from one run to the next, and safe in a table."""
    why = re.sub(r'time="[^"]*" level=\w+ msg=', "", why)
    why = re.sub(r"DIR/\d+", "DIR", why)
    why = re.sub(r"/hako-conformance/\d+", "/hako-conformance/N", why)
    why = " / ".join(" ".join(line.split()) for line in why.splitlines() if line.strip())
    why = why.replace("|", "\\|").replace("<", "&lt;")
    return why if len(why) <= 160 else why[:157] + "..."


def main():
    columns = []
    for argument in sys.argv[1:]:
        name, runtime, path = argument.split("=", 2)
        with open(path) as lines:
            columns.append((name, runtime, {row["id"]: row for row in map(json.loads, lines)}))
    rows = {}
    for _, _, results in columns:
        for row in results.values():
            rows.setdefault(row["id"], row)
    sections = {}
    for row in rows.values():
        sections.setdefault(row["section"].split(",")[0].split(" ")[0], []).append(row)

    notes = {}

    def cell(row):
        if row is None:
            return "-"
        if row["outcome"] == "pass":
            return "pass"
        number = notes.setdefault(shorten(row["why"]), len(notes) + 1)
        return f"**fail** ({number})" if row["outcome"] == "fail" else f"skip ({number})"

    print("# Conformance\n")
    print("What the [runtime specification](https://github.com/opencontainers/runtime-spec) 1.3.0 asks of a runtime, and the command line that")
    print("engines use, tried on the real kernel with three runtimes: one row a requirement, in the project's own words. `make conformance`")
    print("writes this page; `make conformance RUNTIME=PATH` tries one runtime. The requirements are in `Tests/ConformanceTests`.\n")
    kernel = re.match(r"[0-9.]*[0-9]", platform.release()).group()
    print(f"Machine: Linux {kernel}, {groups()}; {lacking()}.\n")
    print("| runtime | version | pass | fail | skip |\n|---|---|---|---|---|")
    for name, runtime, results in columns:
        count = [sum(row["outcome"] == kind for row in results.values()) for kind in ("pass", "fail", "skip")]
        print(f"| {name} | {version(runtime)} | {count[0]} | {count[1]} | {count[2]} |")
    print("\nMUST, SHOULD and MAY are the specification's words; a flag is a documented one of runc's command line, which crun and")
    print("hako-runtime follow. A skip says what this machine lacks; the cgroup v2 guest (`make guest`) runs those of hako-runtime.")
    order = ["runtime.md", "bundle.md", "config.md", "config-linux.md", "features.md", "features-linux.md"]
    named = [s for s in order if s in sections]
    rest = [row for section, list_ in sections.items() if section not in order for row in list_]
    for title, list_ in [(s, sections[s]) for s in named] + [("Command line", rest)]:
        print(f"\n## {title}\n")
        print("| requirement | section | | what | " + " | ".join(name for name, _, _ in columns) + " |")
        print("|---|---|---|---|" + "---|" * len(columns))
        for row in list_:
            section = row["section"].partition(", ")[2] or row["section"]
            sentence = row["sentence"].replace("|", "\\|")
            cells = " | ".join(cell(results.get(row["id"])) for _, _, results in columns)
            print(f"| `{row['id']}` | {section} | {row['strength']} | {sentence} | {cells} |")
    print("\n## Notes\n")
    for why, number in notes.items():
        print(f"{number}. {why}")


main()
