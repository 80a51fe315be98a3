import Foundation
import Linux
import Testing

@testable import Images

@Suite struct LayerStoreTests {
    /// A small archive; its digest.
    private func archive(_ scratch: Scratch, _ name: String = "a.tar", _ text: String = "hello") throws -> String {
        try scratch.tar(name, [directory("etc"), file("etc/motd", text)])
        return "sha256:" + (try scratch.shell("sha256sum \(name)")).prefix(64)
    }
    /// As root files keep their owners; a plain user has no others to give.
    private let options = UnpackOptions(ignoreOwners: !isRoot)

    @Test func unpacksOnce() throws {
        try withScratch { scratch in
            let digest = try archive(scratch)
            let store = LayerStore(root: scratch["root"])
            let layer = try store.add(archiveAt: scratch["a.tar"], options: options)
            #expect(layer.diffID == digest)
            #expect(try scratch.text("root/layers/\(layer.chainID.dropFirst(7))/diff/etc/motd") == "hello")
            #expect(layer.path == scratch["root/layers/\(layer.chainID.dropFirst(7))/diff"])
            let inode = try File.status(layer.path).inode
            #expect(try store.add(archiveAt: scratch["a.tar"], options: options) == layer)
            // The same content in another file, compressed: the same layer.
            try scratch.shell("gzip -k a.tar")
            #expect(try store.add(archiveAt: scratch["a.tar.gz"], options: options).path == layer.path)
            #expect(try File.status(layer.path).inode == inode)
            #expect(try scratch.shell("ls root/layers/staging") == "")
            #expect(try File.status(scratch["root/layers"]).permissions == 0o700)
        }
    }

    @Test func aChangedFileIsAnotherLayer() throws {
        try withScratch { scratch in
            let store = LayerStore(root: scratch["root"])
            _ = try archive(scratch)
            let first = try store.add(archiveAt: scratch["a.tar"], options: options)
            // Same size, same modification time.
            _ = try scratch.shell("touch -r a.tar stamp")
            let bytes = try File.read(scratch["a.tar"])
            let other = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "hello", with: "howdy")
            let handle = try #require(FileHandle(forUpdatingAtPath: scratch["a.tar"]))
            try handle.write(contentsOf: Data(other.utf8))
            try handle.close()
            try scratch.shell("touch -r stamp a.tar")
            let second = try store.add(archiveAt: scratch["a.tar"], options: options)
            #expect(second.chainID != first.chainID)
            #expect(try File.readText(second.path + "/etc/motd") == "howdy")
        }
    }

    @Test func chainsAndVariants() throws {
        try withScratch { scratch in
            let digest = try archive(scratch)
            let store = LayerStore(root: scratch["root"])
            let parent = "sha256:" + String(repeating: "a", count: 64)
            var layered = options
            layered.tree = .layer
            let layer = try store.add(archiveAt: scratch["a.tar"], options: layered, parent: parent)
            if isRoot {
                let expected = "sha256:" + (try scratch.shell("printf '\(parent) \(digest)' | sha256sum")).prefix(64)
                #expect(layer.chainID == expected)
                #expect(ChainID.of(digest, over: nil) == digest)
            }
            try scratch.tar("w.tar", [file("f"), file(".wh.f")])
            let plain = try store.add(archiveAt: scratch["w.tar"], options: options)
            let whited = try store.add(archiveAt: scratch["w.tar"], options: layered)
            #expect(plain.diffID == whited.diffID && plain.chainID != whited.chainID)
            #expect(File.exists(plain.path + "/.wh.f") && !File.exists(whited.path + "/.wh.f"))
        }
    }

    @Test(arguments: [
        ("none.tar", "cannot read archive"), ("", "is a directory, not an archive"), ("bad.tar", "is not a tar archive"),
        ("evil.tar", "points outside the root file system"), ("half.tar", "ends in the middle"),
    ])
    func refusalsLeaveNothing(_ name: String, _ reason: String) throws {
        try withScratch { scratch in
            try scratch.shell("head -c 5000 /dev/urandom > bad.tar")
            try scratch.tar("evil.tar", [file("ok"), file("../../x")])
            try scratch.tar("half.tar", [file("ok", String(repeating: "x", count: 9000))])
            try scratch.shell("truncate -s 5000 half.tar")
            let store = LayerStore(root: scratch["root"])
            let error = #expect(throws: ImagesError.self) { try store.add(archiveAt: scratch[name], options: options) }
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(try scratch.shell("ls root/layers/staging 2>/dev/null || true") == "")
        }
    }

    @Test func garbageOfTheDead() throws {
        try withScratch { scratch in
            _ = try archive(scratch)
            let store = LayerStore(root: scratch["root"])
            #expect(try store.collectGarbage() == [])
            let layer = try store.add(archiveAt: scratch["a.tar"], options: options)
            try scratch.shell(
                "mkdir -p root/layers/staging/dead/diff/x; touch root/layers/staging/dead/diff/x/y root/layers/staging/file")
            let alive = try LayerStage.make(in: scratch["root/layers/staging"])
            let deleted = try store.collectGarbage()
            #expect(deleted == [scratch["root/layers/staging/dead"], scratch["root/layers/staging/file"]])
            #expect(File.exists(alive.path) && File.exists(layer.path))
            try alive.discard()
            #expect(try scratch.shell("ls root/layers/staging") == "")
        }
    }

    @Test func manyAtOnce() throws {
        try withScratch { scratch in
            _ = try archive(scratch, "a.tar", String(repeating: "x", count: 3_000_000))
            let (store, path, options) = (LayerStore(root: scratch["root"]), scratch["a.tar"], options)
            let outcomes = (0..<6).map { _ in Outcome<Layer>() }
            for outcome in outcomes {
                Thread { outcome.set(Result { try store.add(archiveAt: path, options: options) }) }.start()
            }
            let layers = try outcomes.map { try $0.wait().get() }
            #expect(Set(layers.map(\.chainID)).count == 1)
            #expect(try scratch.shell("ls root/layers | grep -c '^[0-9a-f]*$'; ls root/layers/staging") == "1\n")
        }
    }

    @Test(.enabled(if: isRoot, "becomes another user")) func asAPlainUser() throws {
        try withScratch { scratch in
            _ = try archive(scratch)
            try scratch.makeDirectory("own")
            try scratch.shell("chown 65534 own")
            let layer = try asUser(65534) {
                try LayerStore(root: scratch["own/data"]).add(
                    archiveAt: scratch["a.tar"], options: UnpackOptions(ignoreOwners: true))
            }
            #expect(try File.readText(layer.path + "/etc/motd") == "hello")
            #expect(try File.status(layer.path + "/etc/motd").uid == 65534)
        }
    }

    @Test func digestsAreChecked() {
        #expect(ChainID.isValid("sha256:" + String(repeating: "0f", count: 32)))
        for bad in [
            "", "sha256:", "sha256:" + String(repeating: "0F", count: 32), "sha256:../" + String(repeating: "a", count: 61),
            "md5:00",
        ] {
            #expect(!ChainID.isValid(bad))
        }
    }

    @Test func indexIsBoundedAndTolerant() {
        let id = "sha256:" + String(repeating: "a", count: 64)
        var index = ArchiveIndex(parsing: "junk\nk1 \(id) \(id)\nk2 \(id)\nk3 \(id) \(id.dropLast())\n")
        #expect(index.lines.map(\.key) == ["k1"])
        for number in 0..<5000 { index.add(ArchiveIndex.Line(key: "n\(number)", diffID: id, chainID: id)) }
        #expect(index.lines.count == ArchiveIndex.mostLines)
        #expect(index.find("n4999") != nil && index.find("n1") == nil)
        #expect(ArchiveIndex(parsing: index.text) == index)
    }
}
