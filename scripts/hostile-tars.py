"""Writes tars that try to leave their root: hostile-tars.py DIRECTORY."""

import io
import sys
import tarfile


def write(name, entries):
    with tarfile.open(f"{sys.argv[1]}/{name}.tar", "w") as tar:
        for path, kind, value in entries:
            info = tarfile.TarInfo(path)
            info.mode = 0o755
            if kind == "file":
                info.size = len(value)
                tar.addfile(info, io.BytesIO(value))
            else:
                info.type = {"symlink": tarfile.SYMTYPE, "hardlink": tarfile.LNKTYPE, "dir": tarfile.DIRTYPE}[kind]
                info.linkname = value
                tar.addfile(info)


write("climb", [("../" * 12 + "tmp/hako-escaped", "file", b"x")])
write("dotdot", [("../hako-escaped", "file", b"x"), ("a/../../hako-escaped", "file", b"x")])
write("absolute", [("/tmp/hako-escaped", "file", b"x")])
write("symlink", [("out", "symlink", "/tmp"), ("out/hako-escaped", "file", b"x")])
write("symlink-dir", [("out", "symlink", "../../../../../../../../tmp"), ("out", "dir", ""), ("out/hako-escaped", "file", b"x")])
write("hardlink", [("passwd", "hardlink", "/etc/passwd"), ("up", "hardlink", "../../../../../../../../etc/passwd")])
