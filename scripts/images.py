#!/usr/bin/env python3
"""Makes the images that the tests and benchmarks use, from this machine's own files: OCI layouts below .build-images.
   scripts/images.py [busybox] [debian] [large] [odd]      (busybox, debian and odd when none is named)
Each appears whole or not at all: it is made beside its place and renamed."""
import gzip
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOTFS = ROOT / ".build-rootfs"
OUT = ROOT / ".build-images"
TIME = 1700000000


class Layout:
    """An OCI layout that grows (image-spec, image-layout.md)."""

    def __init__(self, path):
        self.path = path
        (path / "blobs/sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.layers, self.diffs, self.history = [], [], []

    def blob(self, data):
        digest = hashlib.sha256(data).hexdigest()
        (self.path / "blobs/sha256" / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def layer(self, tar, comment, compression="gzip"):
        """Adds a layer: the bytes of a tar."""
        self.diffs.append("sha256:" + hashlib.sha256(tar).hexdigest())
        if compression == "gzip":
            data = gzip.compress(tar, 6, mtime=0)
        elif compression == "zstd":
            data = subprocess.run(["zstd", "-q", "-3", "-c"], input=tar, stdout=subprocess.PIPE, check=True).stdout
        else:
            data = tar
        suffix = f"+{compression}" if compression else ""
        self.layers.append({"mediaType": f"application/vnd.oci.image.layer.v1.tar{suffix}", **self.blob(data)})
        self.history.append({"created": "2023-11-14T22:13:20Z", "created_by": comment})

    def finish(self, config, tag="latest"):
        document = {"created": "2023-11-14T22:13:20Z", "architecture": machine(), "os": "linux", "config": config,
                    "rootfs": {"type": "layers", "diff_ids": self.diffs}, "history": self.history}
        described = {"mediaType": "application/vnd.oci.image.config.v1+json", **self.blob(json.dumps(document).encode())}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": described,
                    "layers": self.layers}
        entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", **self.blob(json.dumps(manifest).encode()),
                 "annotations": {"org.opencontainers.image.ref.name": tag}}
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))


def machine():
    return {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine]


def tar_of(entries):
    """A tar of (name, kind, data or target, changes) in order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, kind, data, changes in entries:
            info = tarfile.TarInfo(name)
            info.mtime = TIME
            info.type = kind
            info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
            if kind == tarfile.REGTYPE:
                info.size = len(data)
            elif data:
                info.linkname = data
            for key, value in changes.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(data) if kind == tarfile.REGTYPE else None)
    return out.getvalue()


def file(name, data, **changes):
    return name, tarfile.REGTYPE, data if isinstance(data, bytes) else data.encode(), changes


def directory(name, **changes):
    return name, tarfile.DIRTYPE, "", changes


def busybox(layout):
    layout.layer((ROOTFS / "busybox.tar").read_bytes(), "ADD busybox.tar /")
    layout.layer(tar_of([directory("greeting"), file("greeting/text", "hello\n")]), "RUN echo hello > /greeting/text")
    layout.finish({"Env": ["PATH=/usr/bin:/bin", "GREETING=hello"], "Cmd": ["sh"], "WorkingDir": "/greeting",
                   "Labels": {"org.example.kind": "busybox"}})


def debian(layout):
    """A minimal Debian in several layers, one that removes what another has, one of zstd, one that is not compressed."""
    layout.layer((ROOTFS / "debian.tar").read_bytes(), "ADD debian.tar /")
    layout.layer(tar_of([directory("srv/data"), file("srv/data/old", "old\n"), file("srv/data/kept", "kept\n"),
                         directory("opt/full"), file("opt/full/a", "a\n")]), "RUN make-data", "zstd")
    layout.layer(tar_of([file("srv/data/.wh.old", ""), directory("opt/full"), file("opt/full/.wh..wh..opq", ""),
                         file("opt/full/b", "b\n"), file("tmp/made", "in a directory that has no entry\n")]),
                 "RUN rm /srv/data/old", "")
    layout.finish({"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "Cmd": ["bash"],
                   "StopSignal": "SIGINT", "User": "daemon"})


def odd(layout):
    """Every kind of file that a tar can hold."""
    layout.layer((ROOTFS / "busybox.tar").read_bytes(), "ADD busybox.tar /")
    long = "long/" + "/".join(["d" * 100] * 8)
    entries = [directory("odd"), file("odd/plain", "plain\n"), ("odd/hard", tarfile.LNKTYPE, "odd/plain", {}),
               ("odd/soft", tarfile.SYMTYPE, "plain", {}), ("odd/dangling", tarfile.SYMTYPE, "/no/where", {}),
               ("odd/fifo", tarfile.FIFOTYPE, "", {}),
               ("odd/null", tarfile.CHRTYPE, "", {"devmajor": 1, "devminor": 3, "mode": 0o666}),
               ("odd/loop", tarfile.BLKTYPE, "", {"devmajor": 7, "devminor": 0, "mode": 0o660}),
               file("odd/setuid", "#!/bin/sh\n", mode=0o4755), file("odd/owned", "owned\n", uid=1000, gid=1000, mode=0o640),
               file("odd/attribute", "a\n", pax_headers={"SCHILY.xattr.user.colour": "green"}),
               file("odd/capable", "c\n", mode=0o755, pax_headers={
                   "SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}),
               file(f"{long}/deep", "deep\n"), file("odd/" + "ü" * 100, "not ascii\n"), directory("odd/sticky", mode=0o1777),
               file("odd/old", "old\n", mtime=0), file("odd/zero", b"")]
    layout.layer(tar_of(entries), "ADD odd /")
    layout.finish({"Cmd": ["sh"]})


def large(layout):
    """About 400 MB in 40,000 files: a Debian, and what a language's packages look like."""
    layout.layer((ROOTFS / "debian.tar").read_bytes(), "ADD debian.tar /")
    dice = random.Random(7)
    words = [bytes(dice.choices(b"abcdefghijklmnopqrstuvwxyz_", k=dice.randint(3, 12))) for _ in range(4000)]
    for part in range(3):
        entries = [directory(f"usr/lib/part{part}")]
        for package in range(130):
            base = f"usr/lib/part{part}/package{package}"
            entries.append(directory(base))
            for number in range(100):
                size = int(dice.paretovariate(1.1) * 1500) % 120000
                text = b" ".join(dice.choices(words, k=size // 14 + 1))
                entries.append(file(f"{base}/module{number}.py", text[:size] + b"\n"))
            entries.append(file(f"{base}/native.so", dice.randbytes(150000)))
        layout.layer(tar_of(entries), f"RUN install part {part}")
    layout.finish({"Cmd": ["bash"]})


def main():
    OUT.mkdir(exist_ok=True)
    for name in sys.argv[1:] or ["busybox", "debian", "odd"]:
        place = OUT / name
        if place.exists():
            continue
        stage = OUT / f".{name}.{os.getpid()}"
        try:
            {"busybox": busybox, "debian": debian, "odd": odd, "large": large}[name](Layout(stage))
            stage.rename(place)
        finally:
            shutil.rmtree(stage, ignore_errors=True)


if __name__ == "__main__":
    main()
