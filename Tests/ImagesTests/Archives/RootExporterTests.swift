import Foundation
import Linux
import Testing

@testable import Images

@Suite struct RootExporterTests {
    private func export(_ scratch: Scratch, upper: String? = nil, lowers: [String], to name: String = "a.tar") throws {
        let file = try File.open(scratch[name], [.write, .create, .truncate], mode: 0o644)
        try RootExporter.write(upper: upper.map { scratch[$0] }, lowers: lowers.map { scratch[$0] }, to: file)
    }

    @Test(.enabled(if: isRoot, "makes device nodes and owners")) func everyKindComesBack() throws {
        try withScratch { scratch in
            let long = String(repeating: "n", count: 255)
            try scratch.makeDirectory("tree")
            try scratch.shell(
                """
                cd tree; mkdir -p a/b empty \(long)/\(long); echo 1 > a/f; ln a/f z-hard; ln -s /etc/passwd abs
                ln -s \(long) a/up
                mknod null c 1 3; mkfifo pipe; ln pipe pipe2; touch "new
                line" é \(long)/\(long)/f; chmod 4755 a/f; chmod 1777 empty; chown 4000000:3000000 empty; chown -h 5:6 abs
                python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('socket')"; truncate -s 3M sparse
                echo tail >> sparse; truncate -s 1M hole
                python3 -c "open(b'bad\\xff', 'w')"
                find . -exec touch -hd @1000000000 {} +
                """)
            let tree = try File.open(scratch["tree"], [.read, .directory])
            try tree.setAttribute(FileName("user.k"), of: FileName("empty"), to: [0, 1, 61, 10])
            try export(scratch, lowers: ["tree"])
            try scratch.shell("rm tree/socket; touch -d @1000000000 tree")
            // Back by Hako, and by tar.
            try scratch.unpack("a.tar")
            try scratch.shell("mkdir bytar; tar --xattrs --xattrs-include='*' -C bytar -xpf a.tar --numeric-owner")
            let listing =
                """
                find . -printf '%y %m %U:%G %T@ %n %s %p %l\\n' | grep -v '^d.*' | sort
                find . -type d -printf '%m %U:%G %T@ %p\\n' | sort
                """
            let expected = try scratch.shell("cd tree; \(listing)")
            #expect(try scratch.shell("cd root; \(listing)") == expected)
            #expect(try scratch.shell("cd bytar; \(listing)") == expected)
            try scratch.shell("cmp tree/sparse root/sparse; cmp tree/sparse bytar/sparse; cmp tree/hole root/hole")
            for name in ["root", "bytar"] {
                let copy = try File.open(scratch[name], [.read, .directory])
                #expect(try copy.attribute(FileName("user.k"), of: FileName("empty")) == [0, 1, 61, 10])
            }
            try scratch.shell("python3 -c \"import tarfile; [m.name for m in tarfile.open('a.tar')]\"")
            #expect(try File.status(scratch["a.tar"]).size < 200_000)
        }
    }

    @Test func sameTreeSameArchive() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir -p t/b t/a; touch t/b/z t/b/y t/a/x t/c")
            try export(scratch, lowers: ["t"], to: "1.tar")
            try export(scratch, lowers: ["t"], to: "2.tar")
            try scratch.shell("cmp 1.tar 2.tar")
            #expect(try scratch.read("1.tar").map { $0.entry.path.description } == ["./", "a/", "a/x", "b/", "b/y", "b/z", "c"])
        }
    }

    @Test func layersMerge() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p up/d up/o up/f low1/d low1/o low2/d/sub low2/o low2/gone; echo up > up/d/a; echo up > up/o/new
                echo low1 > low1/d/a
                echo low1 > low1/d/b; echo low2 > low2/d/b; echo low2 > low2/d/sub/c; echo low2 > low2/o/old
                echo low1 > low1/o/old1
                echo low2 > low2/gone/x; mknod up/gone c 0 0; echo low2 > low2/f; mknod low1/d/sub c 0 0; echo up > up/f/in
                """)
            let up = try File.open(scratch["up"], [.read, .directory])
            try up.setAttribute(FileName("user.overlay.opaque"), of: FileName("o"), to: [0x79])
            try export(scratch, upper: "up", lowers: ["low1", "low2"])
            let entries = try scratch.read("a.tar")
            #expect(entries.map { $0.entry.path.description } == ["./", "d/", "d/a", "d/b", "f/", "f/in", "o/", "o/new"])
            #expect(
                entries.map { String(decoding: $0.data, as: UTF8.self) } == ["", "", "up\n", "low1\n", "", "up\n", "", "up\n"])
            #expect(entries.allSatisfy { $0.entry.attributes.isEmpty })
        }
    }

    @Test func deepTrees() throws {
        try withScratch { scratch in
            try scratch.makeDirectory("t")
            try scratch.shell(
                """
                python3 -c "import os
                os.chdir('t')
                for i in range(60): os.mkdir('d' * 100); os.chdir('d' * 100)
                open('f', 'w').write('x')"
                """
            )
            try export(scratch, lowers: ["t"])
            let last = try #require(try scratch.read("a.tar", limits: LayerLimits(pathLength: 20_000)).last)
            #expect(last.entry.path.count == 60 * 101 + 1 && last.data == [0x78])
        }
    }

    /// Writers at work while it is read: the archive stays whole.
    @Test func filesThatChange() throws {
        try withScratch { scratch in
            try scratch.makeDirectory("t")
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = [
                "-c",
                """
                i=0
                while :; do i=$((i+1)); head -c $((i * 7919 % 900000)) /dev/zero > t/f$((i % 7)); rm -f t/f$((i % 5)); done
                """,
            ]
            process.currentDirectoryURL = URL(filePath: scratch.path)
            try process.run()
            defer {
                process.terminate()
                process.waitUntilExit()
            }
            for _ in 0..<30 {
                try export(scratch, lowers: ["t"])
                _ = try scratch.read("a.tar")
            }
        }
    }

    @Test func aClosedPipe() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir t; head -c 3000000 /dev/zero > t/f")
            let full = try File.open("/dev/full", .write)
            let error = #expect(throws: ImagesError.self) { try RootExporter.write(upper: nil, lowers: [scratch["t"]], to: full) }
            #expect(error?.message == "cannot write the archive: No space left on device")
            #expect(throws: ImagesError.self) { try RootExporter.write(upper: nil, lowers: [scratch["none"]], to: full) }
        }
    }
}
