import Foundation
import Linux
import Testing

@testable import Images

/// Archives that try to write, link or lead out of the root file system.
@Suite struct AttackTests {
    @Test(arguments: ["../../etc/passwd", "a/../../x", "..", "/../x", "/a/.."])
    func dotDot(_ path: String) throws {
        try withScratch { scratch in
            try scratch.tar("rootfs.tar", [directory("a"), file(path, "evil")])
            let error = scratch.refusal("rootfs.tar")
            #expect(error?.code == .outsideRoot)
            #expect(error?.message == "rootfs.tar: entry \"\(path)\" points outside the root file system")
            #expect(try scratch.shell("ls -A") == "root\nrootfs.tar\n")
        }
    }

    @Test func absoluteNamesStayInside() throws {
        try withScratch { scratch in
            try scratch.python("a.tar", "add('\(scratch.path)/evil', data=b'x'); add('//etc//passwd', data=b'y')")
            try scratch.unpack("a.tar")
            #expect(try scratch.text("root\(scratch.path)/evil") == "x")
            #expect(try scratch.text("root/etc/passwd") == "y")
            #expect(!File.exists(scratch["evil"]))
        }
    }

    /// A link to the outside, then a write through it: it lands where the link leads inside the root, or nowhere.
    @Test(arguments: ["..", "../outside", "/", "/outside"])
    func writeThroughSymlink(_ target: String) throws {
        try withScratch { scratch in
            try scratch.makeDirectory("outside")
            let absolute = target == "/outside" ? scratch["outside"] : target
            try scratch.tar("a.tar", [symlink("link", absolute), file("link/evil", "x")])
            _ = try? scratch.unpack("a.tar")
            #expect(!File.exists(scratch["outside/evil"]))
            #expect(!File.exists(scratch["evil"]))
            #expect(!File.exists("/evil"))
        }
    }

    @Test func fileOverSymlinkReplacesIt() throws {
        try withScratch { scratch in
            try scratch.write("victim", "safe")
            try scratch.tar(
                "a.tar", [symlink("f", "../victim"), file("f", "evil"), symlink("d", ".."), directory("d"), file("d/x", "1")])
            try scratch.unpack("a.tar")
            #expect(try scratch.text("victim") == "safe")
            #expect(try File.linkStatus(scratch["root/f"]).kind == .regular)
            #expect(try File.linkStatus(scratch["root/d"]).isDirectory)
            #expect(!File.exists(scratch["x"]))
        }
    }

    @Test(arguments: ["../victim", "/../victim", "a/../../victim"])
    func hardlinkOutside(_ target: String) throws {
        try withScratch { scratch in
            try scratch.write("victim", "safe")
            try scratch.tar("rootfs.tar", [hardlink("h", target)])
            let error = scratch.refusal("rootfs.tar")
            #expect(error?.message == "rootfs.tar: entry \"h\" is a hard link to \"\(target)\", outside the root file system")
        }
    }

    @Test func hardlinkThroughSymlink() throws {
        try withScratch { scratch in
            try scratch.write("victim", "safe")
            // By a link to the parent, and to a link itself: neither may reach the victim's inode.
            try scratch.tar("a.tar", [symlink("up", ".."), hardlink("h", "up/victim")])
            #expect(scratch.refusal("a.tar")?.message.contains("the archive has it nowhere before") == true)
            try scratch.tar("b.tar", [symlink("s", scratch["victim"]), hardlink("h", "s"), file("h", "evil")])
            try scratch.unpack("b.tar", into: "root2")
            #expect(try scratch.text("victim") == "safe")
            #expect(try File.status(scratch["victim"]).links == 1)
        }
    }

    /// `.wh...` would remove `..`.
    @Test(arguments: [".wh.", ".wh..", ".wh..."])
    func whiteoutOfNothing(_ name: String) throws {
        try withScratch { scratch in
            try scratch.tar("a.tar", [directory("d"), file("d/\(name)")])
            #expect(scratch.refusal("a.tar", UnpackOptions(tree: .layer))?.code == .damaged)
        }
    }

    @Test func overlayAttributesAreNotTaken() throws {
        try withScratch { scratch in
            try scratch.python(
                "a.tar",
                """
                names = {'user.overlay.redirect': '/etc', 'trusted.overlay.opaque': 'y', 'user.ok': '1'}
                headers = {'SCHILY.xattr.' + k: v for k, v in names.items()}
                add('d', tarfile.DIRTYPE, mode=0o755, pax_headers=headers)
                """)
            let report = try scratch.unpack("a.tar")
            #expect(report.skippedAttributes == 2)
            let root = try File.open(scratch["root"], [.read, .directory])
            #expect(try root.attributeNames(of: FileName("d")) == [FileName("user.ok")])
        }
    }

    @Test(.enabled(if: isRoot, "needs mounts in a namespace of its own")) func neverCrossesAMount() throws {
        try withScratch { scratch in
            try scratch.makeDirectory("root/m")
            try scratch.makeDirectory("elsewhere")
            try scratch.tar("a.tar", [directory("m"), file("m/evil", "x")])
            // The mount is in a mount namespace of a process of its own, whose root the test opens by /proc.
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/unshare")
            process.arguments = [
                "-m", "sh", "-c", "mount --bind \(scratch["elsewhere"]) \(scratch["root/m"]); echo ready; exec sleep 60",
            ]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            defer {
                process.terminate()
                process.waitUntilExit()
            }
            _ = output.fileHandleForReading.readData(ofLength: 6)
            let inside = "/proc/\(process.processIdentifier)/root\(scratch["root"])"
            let root = try File.open(inside, [.read, .directory])
            let reader = ArchiveReader(ArchiveStream(try File.open(scratch["a.tar"], .read), name: "a.tar", limit: 1 << 20))
            let unpacker = try LayerUnpacker(into: root, archive: "a.tar", options: UnpackOptions())
            let error = #expect(throws: ImagesError.self) { try unpacker.unpack(reader) }
            #expect(error != nil)
            #expect(!File.exists(scratch["elsewhere/evil"]))
            // Nor does deleting.
            try scratch.write("elsewhere/keep", "x")
            let removal = #expect(throws: ImagesError.self) { try TreeRemover.remove(inside) }
            #expect(removal?.code == .mount)
            #expect(File.exists(scratch["elsewhere/keep"]))
        }
    }

    @Test func tooMuch() throws {
        try withScratch { scratch in
            try scratch.tar("many.tar", (0..<20).map { file("f\($0)") })
            #expect(scratch.refusal("many.tar", into: "a", UnpackOptions(limits: LayerLimits(entries: 10)))?.code == .limit)
            try scratch.shell("truncate -s 5G f; tar -S -cf sparse.tar f; rm f")
            #expect(
                scratch.refusal("sparse.tar", into: "b", UnpackOptions(limits: LayerLimits(totalBytes: 4 << 30)))?.code == .limit)
            try scratch.python("deep.tar", "add('d/' * 1500 + 'f')")
            #expect(scratch.refusal("deep.tar", into: "c")?.code == .limit)
            try scratch.python("long.tar", "add('/'.join(['d' * 200] * 30))")
            #expect(scratch.refusal("long.tar", into: "d")?.code == .limit)
            try scratch.python("name.tar", "add('d' * 300)")
            #expect(scratch.refusal("name.tar", into: "e")?.code == .damaged)
            try scratch.python("attribute.tar", "add('f', pax_headers={'SCHILY.xattr.user.x': 'v' * 70000})")
            #expect(scratch.refusal("attribute.tar", into: "f")?.code == .limit)
            try scratch.python("owner.tar", "add('f', uid=2**32 - 1)")
            #expect(scratch.refusal("owner.tar", into: "g")?.code == .damaged)
        }
    }

    /// A header that promises more than the file has.
    @Test func hugeSize() throws {
        try withScratch { scratch in
            try scratch.python(
                "a.tar",
                """
                i = tarfile.TarInfo('f'); i.size = 1 << 62; t.fileobj.write(i.tobuf(tarfile.GNU_FORMAT))
                t.fileobj.write(b'x' * 4096)
                """)
            #expect(scratch.refusal("a.tar")?.code == .limit)
            #expect(scratch.refusal("a.tar", into: "b", UnpackOptions(limits: LayerLimits(totalBytes: .max)))?.code == .damaged)
        }
    }

    @Test func pathThroughAFile() throws {
        try withScratch { scratch in
            try scratch.tar("a.tar", [file("f", "x"), file("f/g", "y")])
            #expect(scratch.refusal("a.tar")?.code == .damaged)
            try scratch.tar("b.tar", [symlink("l", "m"), symlink("m", "l"), file("l/g", "y")])
            #expect(scratch.refusal("b.tar", into: "b")?.code == .damaged)
            try scratch.tar("c.tar", [symlink("l", "missing"), file("l/g", "y")])
            #expect(scratch.refusal("c.tar", into: "c")?.message.contains("is a link that leads nowhere") == true)
            try scratch.tar("d.tar", [file(".", "y")])
            #expect(scratch.refusal("d.tar", into: "d")?.code == .damaged)
        }
    }
}
