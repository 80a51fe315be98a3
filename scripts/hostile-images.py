#!/usr/bin/env python3
"""Images that try to do harm, for the tests: hostile-images.py DIRECTORY VICTIM [PORTFILE]

Writes an OCI layout for each attack below DIRECTORY, and tars: archives to load, root file systems to import. VICTIM is a file
outside that some of them are after. With PORTFILE it is then a registry that has each layout as it is, under its name, on a port
of loopback, until it is killed.
"""
import gzip
import json
import random
import sys
import tarfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import images
from images import directory, file, tar_of

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
LINK, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
root, victim = Path(sys.argv[1]), sys.argv[2]
up = "../" * 20 + victim[1:]


def image(name, tar=None, compression="gzip", change=None, wrap=None):
    """An image of one layer. `change` may spoil the layout before its manifest is written, `wrap` the manifest's descriptor."""
    layout = images.Layout(root / name)
    layout.layer(tar_of([file(name, "plain\n")]) if tar is None else tar, name, compression)
    if change:
        change(layout)
    layout.finish({"Cmd": ["sh"]})
    if wrap:
        index = json.loads((root / name / "index.json").read_text())
        index["manifests"] = [wrap(layout, index["manifests"][0])]
        (root / name / "index.json").write_text(json.dumps(index))


def described(layout, kind, document):
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return {"mediaType": kind, **layout.blob(data), "annotations": {"org.opencontainers.image.ref.name": "latest"}}


def nested(depth):
    def wrap(layout, entry):
        for _ in range(depth):
            entry = described(layout, INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]})
        return entry
    return wrap


def manifest(change):
    """Writes the manifest anew."""
    def wrap(layout, entry):
        path = layout.path / "blobs/sha256" / entry["digest"].split(":")[1]
        document = json.loads(path.read_text())
        return described(layout, MANIFEST, change(layout, document) or document)
    return wrap


def layer(**changes):
    return manifest(lambda layout, document: document["layers"][0].update(changes))


def sized(by):
    return manifest(lambda layout, document: document["layers"][0].update(size=document["layers"][0]["size"] + by))


def replaced(layout):
    """The layer's file has other content of the same length."""
    path = layout.path / "blobs/sha256" / layout.layers[0]["digest"].split(":")[1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def huge_config(layout, document):
    document["config"].update(layout.blob(b" " * (5 << 20) + b"{}"))


def write_all():
    zeros = bytes(24 << 20)
    big = tar_of([file("big", zeros)])
    image("bomb-gzip", big)
    image("bomb-zstd", big, "zstd")
    # What follows the end of the tar is hashed, so it is decompressed.
    image("bomb-tail", tar_of([file("small", "x")]) + zeros)
    image("bomb-sparse", tar_of([file("sparse", b"1\n1152921504606846976\n0\n".ljust(512, b"\0"), pax_headers={
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "sparse",
        "GNU.sparse.realsize": "1152921504606846976"})]))
    image("many-files", tar_of([file(f"f{number}", "") for number in range(1500)]))
    image("many-implied", tar_of([file(f"f{number}" + "/d" * 300, "") for number in range(5)]))
    image("climb", tar_of([file(up, "after")]))
    image("climb-root", tar_of([file("/" + up, "after")]))
    image("climb-below", tar_of([directory("a"), file("a/" + up, "after")]))
    image("hard-link", tar_of([("h", HARD, up, {}), file("h", "after")]))
    image("hard-link-below", tar_of([("l", LINK, "/", {}), ("h", HARD, "l/../" + up, {}), file("h", "after")]))
    # A link resolves inside of the layer, as in a container: these are fine, and reach nothing.
    image("fine-absolute", tar_of([file(victim, "after")]))
    image("fine-link", tar_of([("out", LINK, str(Path(victim).parent), {}), directory(victim[1:].rsplit("/", 1)[0]),
                               file("out/victim", "after")]))
    image("fine-slow", tar_of([file("noise", random.Random(1).randbytes(300000))]))
    image("whiteout-climb", tar_of([file("a/../../.wh.victim", "")]))
    image("diff-id", change=lambda layout: layout.diffs.__setitem__(0, "sha256:" + "0" * 64))
    image("diff-count", change=lambda layout: layout.diffs.append("sha256:" + "0" * 64))
    image("replaced", change=replaced)
    image("longer", wrap=sized(-1))
    image("shorter", wrap=sized(10))
    image("negative", wrap=layer(size=-1))
    image("digest-path", wrap=layer(digest="sha256:../../../" + up))
    image("digest-weak", wrap=layer(digest="md5:" + "0" * 32))
    image("foreign", wrap=layer(mediaType="application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"))
    image("no-tar", gzip.compress(b"not a tar" * 200), "")
    image("cut", wrap=None, change=lambda layout: (
        layout.layers.clear(), layout.diffs.clear(), layout.layer(tar_of([file("x", "y" * 5000)])[:3000], "cut")))
    image("manifest-huge", wrap=lambda layout, entry: described(layout, MANIFEST, b"{" + b" " * (5 << 20) + b"}"))
    image("manifest-deep", wrap=lambda layout, entry: described(layout, MANIFEST, b"[" * 1000000))
    image("manifest-empty", wrap=lambda layout, entry: described(layout, MANIFEST, b""))
    image("config-huge", wrap=manifest(huge_config))
    image("nested", wrap=nested(8))


def write_archives():
    """What docker's form may point at, and tars that are attacks themselves."""
    def docker(config, layers):
        return file("manifest.json", json.dumps([{"Config": config, "RepoTags": ["evil:1"], "Layers": layers}]))
    config = file("config.json", json.dumps({"os": "linux", "architecture": images.machine(),
                                             "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}))
    climb = [file(up, "after")]
    for name, entries in {
        "load-climb": climb, "load-bomb": [file("big", bytes(24 << 20))], "load-config": [docker(up, [])],
        "load-config-link": [("config.json", LINK, victim, {}), docker("config.json", [])],
        "load-layer": [config, docker("config.json", [up])],
        "load-layer-link": [config, ("layer.tar", LINK, victim, {}), docker("config.json", ["layer.tar"])],
        "load-layer-fifo": [config, ("layer.tar", tarfile.FIFOTYPE, "", {}), docker("config.json", ["layer.tar"])],
        "import-climb": climb, "import-bomb": [file("big", bytes(24 << 20))],
        "import-many": [file(f"f{number}", "") for number in range(1500)],
        "import-hard-link": [("h", HARD, up, {}), file("h", "after")],
    }.items():
        (root / f"{name}.tar.gz").write_bytes(gzip.compress(tar_of(entries), 1))


class Registry(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        parts = self.path.split("/")[2:]
        data, kind = None, "application/octet-stream"
        if parts == [""]:
            data = b"{}"
        elif len(parts) == 3:
            name, what, digest = parts
            if what == "manifests":
                entry = json.loads((root / name / "index.json").read_text())["manifests"][0]
                kind = entry["mediaType"]
                if ":" not in digest:
                    digest = entry["digest"]
            path = root / name / "blobs/sha256" / digest.split(":")[1]
            if ".." not in digest and path.is_file():
                data = path.read_bytes()
                if what == "manifests" and b'"manifests"' in data[:200]:
                    kind = INDEX
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        try:
            if self.command == "GET":
                self.send(data or b"", slowly=parts[0] == "fine-slow" and parts[1] == "blobs")
        except ConnectionError:
            pass  # whoever asked has seen enough

    do_HEAD = do_GET

    def send(self, data, slowly):
        """For bars to be seen."""
        step = len(data) // 8 + 1 if slowly and len(data) > 10000 else len(data) or 1
        for start in range(0, len(data), step):
            self.wfile.write(data[start:start + step])
            if slowly:
                time.sleep(0.1)


write_all()
write_archives()
if sys.argv[3:]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    staged = Path(sys.argv[3] + ".new")
    staged.write_text(str(server.server_port))
    staged.rename(sys.argv[3])
    server.serve_forever()
