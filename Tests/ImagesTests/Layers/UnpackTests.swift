import Foundation
import Linux
import Testing

@testable import Images

@Suite struct UnpackTests {
    /// What find(1) says of a tree: kind, mode, owner, time, size, link target, name.
    static let listing = "find . -mindepth 1 -printf '%y %m %U:%G %T@ %P %l\\n' | sort"

    @Test(.enabled(if: isRoot, "makes device nodes and owners"), arguments: ["posix", "gnu", "ustar"])
    func everyKindAsTarHasIt(_ format: String) throws {
        try withScratch { scratch in
            try scratch.makeDirectory("tree")
            try scratch.shell(
                """
                cd tree; mkdir -p a/b 'with space' empty; echo 1 > a/f; echo 22 > a/b/g; ln a/f a/hard
                ln -s /etc/passwd abs; ln -s ../.. a/up
                mknod null c 1 3; mknod disk b 7 1; mkfifo pipe; touch "new
                line" é; chmod 4755 a/f; chmod 1777 empty; chmod 2750 a; chmod 0 a/b/g; chmod 500 a/b
                chown 12:34 a/f empty; chown -h 5:6 abs; touch -d @1000000000 a/b/g a empty; touch -hd @1100000000 abs
                """)
            try scratch.shell("tar --format=\(format) -C tree -cf a.tar .")
            let report = try scratch.unpack("a.tar")
            #expect(report.warnings.isEmpty)
            // These formats hold whole seconds.
            let sorted = format == "posix" ? Self.listing : "\(Self.listing) | sed 's/\\.[0-9]* / /'"
            let (expected, found) = (try scratch.shell("cd tree; \(sorted)"), try scratch.shell("cd root; \(sorted)"))
            #expect(found == expected)
            #expect(try File.status(scratch["root/a/hard"]).inode == File.status(scratch["root/a/f"]).inode)
            let node = try File.linkStatus(scratch["root/disk"])
            #expect(node.kind == .block && node.specialMajor == 7 && node.specialMinor == 1)
        }
    }

    @Test(.enabled(if: isRoot, "sets security.capability")) func attributesSurvive() throws {
        try withScratch { scratch in
            try scratch.makeDirectory("tree/d")
            try scratch.write("tree/f", "x")
            let tree = try File.open(scratch["tree"], [.read, .directory])
            // cap_net_raw+ep as linux/capability.h lays it out (VFS_CAP_REVISION_2).
            let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
            try tree.setAttribute(FileName("security.capability"), of: FileName("f"), to: capability)
            try tree.setAttribute(FileName("user.binary"), of: FileName("d"), to: [0, 255, 61, 10])
            try scratch.shell("chown 7:7 tree/d; tar --format=posix --xattrs --xattrs-include='*' -C tree -cf a.tar .")
            try scratch.unpack("a.tar")
            let root = try File.open(scratch["root"], [.read, .directory])
            #expect(try root.attribute(FileName("security.capability"), of: FileName("f")) == capability)
            #expect(try root.attribute(FileName("user.binary"), of: FileName("d")) == [0, 255, 61, 10])
        }
    }

    @Test func whiteoutsOfALayer() throws {
        try withScratch { scratch in
            try scratch.tar(
                "a.tar",
                [
                    file("gone/.keep"), file(".wh.removed"), directory("opaque"), file("opaque/.wh..wh..opq"),
                    file("opaque/new", "1"),
                    file(".wh..wh.plnk"), file(".wh.replaced"), directory("replaced"), file("replaced/x"), directory("first"),
                    file("first/y"), file(".wh.first"), file("both", "kept"), file(".wh.both"), file(".wh.later"),
                    file("later", "kept"),
                ])
            let report = try scratch.unpack("a.tar", UnpackOptions(tree: .layer))
            #expect(report.whiteouts == 7)
            let root = try File.open(scratch["root"], [.read, .directory])
            let names = try root.fileNames().sorted().map(\.description)
            #expect(names == ["both", "first", "gone", "later", "opaque", "removed", "replaced"])
            #expect(try root.status(of: FileName("removed")).isWhiteout)
            for name in ["opaque", "replaced", "first"] {
                #expect(try root.attribute(FileName("user.overlay.opaque"), of: FileName(name)) == [0x79], "\(name)")
            }
            #expect(try scratch.text("root/both") == "kept")
            #expect(try scratch.text("root/later") == "kept")
            #expect(File.exists(scratch["root/first/y"]))
        }
    }

    @Test func whiteoutNamesOfAPlainRoot() throws {
        try withScratch { scratch in
            try scratch.tar("a.tar", [file(".wh.file", "x"), directory("d"), file("d/.wh..wh..opq", "y")])
            #expect(try scratch.unpack("a.tar").whiteouts == 2)
            #expect(try scratch.text("root/.wh.file") == "x")
            #expect(try scratch.text("root/d/.wh..wh..opq") == "y")
        }
    }

    @Test func parentsThatTheArchiveOmits() throws {
        try withScratch { scratch in
            try scratch.tar(
                "a.tar", [file("a/b/c/f", "1"), symlink("var/run", "/run"), directory("run"), file("var/run/pid", "2")])
            try scratch.unpack("a.tar")
            #expect(try scratch.text("root/a/b/c/f") == "1")
            #expect(try File.status(scratch["root/a/b"]).permissions == 0o755)
            #expect(try scratch.text("root/run/pid") == "2")
        }
    }

    @Test func laterEntriesWin() throws {
        try withScratch { scratch in
            try scratch.tar(
                "a.tar",
                [
                    directory("x"), file("x/deep/f", "1"), file("x", "now a file"), file("y", "1"), directory("y", mode: 0o700),
                    file("y/z", "2"),
                    directory("m", mode: 0o700), directory("m", mode: 0o711), hardlink("y/again", "y/z"),
                    hardlink("y/again", "y/again"),
                ])
            try scratch.unpack("a.tar")
            #expect(try scratch.text("root/x") == "now a file")
            #expect(try scratch.text("root/y/again") == "2")
            #expect(try File.status(scratch["root/m"]).permissions == 0o711)
        }
    }

    @Test(.enabled(if: isRoot, "becomes another user")) func plainUserCannotSetOwners() throws {
        try withScratch { scratch in
            try scratch.tar("rootfs.tar", [file("bin/su", "x", mode: 0o4755), directory("d"), symlink("s", "d")])
            try scratch.makeDirectory("own")
            try scratch.shell("chown 65534:65534 own")
            let root = try File.open(scratch["own"], [.read, .directory]).release()
            _ = root
            let error = try asUser(65534) { scratch.refusal("rootfs.tar", into: "own") }
            #expect(error?.code == .permission)
            #expect(error?.message.hasPrefix("rootfs.tar: entry \"bin/su\": its owner 0:0 cannot be set") == true)
            try scratch.shell("rm -r own; mkdir own; chown 65534:65534 own")
            let report = try asUser(65534) {
                try scratch.unpack("rootfs.tar", into: "own", UnpackOptions(ignoreOwners: true))
            }
            #expect(report.entries == 3)
            #expect(try scratch.shell("stat -c '%u %a' own/bin/su own/d") == "65534 4755\n65534 755\n")
        }
    }

    @Test(.enabled(if: isRoot, "becomes another user")) func plainUserSkipsDevices() throws {
        try withScratch { scratch in
            try scratch.python(
                "a.tar",
                """
                add('null', tarfile.CHRTYPE, devmajor=1, devminor=3); add('sda', tarfile.BLKTYPE, devmajor=8)
                add('p', tarfile.FIFOTYPE)
                """
            )
            try scratch.makeDirectory("own")
            try scratch.shell("chown 65534:65534 own")
            let report = try asUser(65534) { try scratch.unpack("a.tar", into: "own", UnpackOptions(ignoreOwners: true)) }
            #expect(report.skippedDevices == 2)
            #expect(report.warnings == ["2 device node(s) were left out: a user namespace may not make them"])
            #expect(try scratch.shell("ls own") == "p\n")
        }
    }
}
